package io.chorale.jobs.evaluate;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.data.Part;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** The measures of a model over a whole split. */
public final class EvaluateJob {
  /** So many that the last ones to end leave few cores idle. */
  private static final int TASKS_PER_CORE = 4;

  private EvaluateJob() {}

  /** Predictions that a split asks for, as far as its manifest tells. */
  public static long predictions(Objective objective, Dataset dataset, DatasetSplit split) {
    return objective.feed().predictions(dataset.manifest().split(split).shards());
  }

  /**
   * Refuses a split that holds no predictions.
   *
   * @throws SettingsException naming it
   */
  public static void check(Objective objective, Dataset dataset, DatasetSplit split) {
    if (predictions(objective, dataset, split) < 1) {
      throw nothing(objective, dataset, split);
    }
  }

  private static SettingsException nothing(
      Objective objective, Dataset dataset, DatasetSplit split) {
    return new SettingsException(
        ("Cannot evaluate on split %s of %s: its %d rows hold no %s to predict, expected some."
                + " Choose another evaluate.split, or tokenize with a larger share for it.")
            .formatted(
                split.key(),
                dataset.directory(),
                dataset.manifest().split(split).rows(),
                objective.predictions()));
  }

  /**
   * As {@link #check}, for a training: it does without the split that is evaluated by default, but
   * not without one that was chosen, or whose evaluations say when to stop.
   */
  public static void checkTraining(Objective objective, Dataset dataset, Settings settings) {
    DatasetSplit split = settings.evaluate().split();
    int patience = settings.train().patience();
    if (split != DatasetSplit.VALIDATION || patience > 0) {
      check(objective, dataset, split);
    }
    if (patience > 0 && settings.evaluate().every() < 1) {
      throw new SettingsException(
          ("Cannot train with train.patience %d: evaluate.every is 0, so that only the last round"
                  + " is evaluated, expected evaluations to count. Set evaluate.every, or"
                  + " train.patience to 0.")
              .formatted(patience));
    }
  }

  /**
   * Evaluates a split that holds predictions, without the measures of texts that the model writes.
   *
   * @param parameters of the model; shared by all tasks
   * @param base what a training of the settings only reads
   * @return the task's measures, by name
   */
  public static Map<String, Double> run(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      DatasetSplit split,
      SharedVector parameters,
      SharedBase base) {
    double[] sums = sums(spark, storage, settings, dataset, split, parameters, base, false);
    return task(settings, dataset).read(sums, dataset.manifest().split(split).bytes());
  }

  private static Task task(Settings settings, Dataset dataset) {
    return Task.of(settings, dataset.schema(), "dataset " + dataset.directory());
  }

  /**
   * What the measures of a split that holds predictions are made from. Sums are added in the order
   * of the split, so the result does not depend on who finished first.
   *
   * @param parameters of the model; shared by all tasks
   * @param base what a training of the settings only reads
   * @param texts whether the model also writes texts to be measured, where the task has such
   *     measures and the dataset a tokenizer: slow
   */
  public static double[] sums(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      DatasetSplit split,
      SharedVector parameters,
      SharedBase base,
      boolean texts) {
    EvaluateTask task =
        new EvaluateTask(
            storage, settings, dataset.directory(), split, parameters, base, texts, false);
    return measured(spark, task(settings, dataset).feed().parts(dataset, split), task).stream()
        .flatMap(part -> part.sums().stream())
        .reduce(Evaluator::sum)
        .orElseThrow(() -> nothing(task(settings, dataset), dataset, split));
  }

  /**
   * What the measures of each batch are made from, by the parts in their order, without the
   * measures of texts: two models are compared by them, batch by batch.
   *
   * @param parts of the split; one without a batch is left out of the result
   * @param parameters of the model; shared by all tasks
   */
  public static List<PartSums> batches(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      DatasetSplit split,
      List<Part> parts,
      SharedVector parameters) {
    EvaluateTask task =
        new EvaluateTask(
            storage,
            settings,
            dataset.directory(),
            split,
            parameters,
            SharedBase.NONE,
            false,
            true);
    return measured(spark, parts, task);
  }

  private static List<PartSums> measured(
      JavaSparkContext spark, List<Part> parts, EvaluateTask task) {
    int tasks = Math.min(parts.size(), TASKS_PER_CORE * spark.defaultParallelism());
    return tasks == 0 ? List.of() : spark.parallelize(parts, tasks).mapPartitions(task).collect();
  }
}
