package io.chorale.jobs.evaluate;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.evaluate.Evaluator;
import io.chorale.evaluate.LossSum;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/** The loss of a model over a whole split. */
public final class EvaluateJob {
  /** Tokens of a part of a shard, before rounding to whole blocks. */
  private static final int PART_TOKENS = 1 << 15;

  /** So many that the last ones to end leave few cores idle. */
  private static final int TASKS_PER_CORE = 4;

  private EvaluateJob() {}

  /** Tokens of a split that are predicted: all but the first of each shard. */
  public static long predictions(Dataset dataset, DatasetSplit split) {
    return Arrays.stream(dataset.shardElements(split, Column.TEXT)).map(tokens -> tokens - 1).sum();
  }

  /**
   * Refuses a split that holds no predictions.
   *
   * @throws SettingsException naming it
   */
  public static void check(Dataset dataset, DatasetSplit split) {
    if (predictions(dataset, split) < 1) {
      throw new SettingsException(
          ("Cannot evaluate on split %s of %s: it has %d tokens, expected at least 2. Choose"
                  + " another evaluate.split, or tokenize with a larger share for it.")
              .formatted(
                  split.key(),
                  dataset.directory(),
                  dataset.manifest().split(split).elements(Column.TEXT)));
    }
  }

  /**
   * As {@link #check}, for a training: it does without the split that is evaluated by default, but
   * not without one that was chosen.
   */
  public static void checkChosen(Dataset dataset, DatasetSplit split) {
    if (split != DatasetSplit.VALIDATION) {
      check(dataset, split);
    }
  }

  /** The most tokens that a task reads at the same time. */
  public static long tokensAtOnce(Settings settings, int vocabulary) {
    int context = settings.train().context();
    long tokens = (long) context * Evaluator.rows(vocabulary, context, settings.evaluate().batch());
    return settings.model().recurrent() ? tokens : Math.min(tokens, stride(context));
  }

  /** Tokens of a part of a shard that a transformer reads: whole blocks. */
  private static int stride(int context) {
    return Math.max(1, PART_TOKENS / context) * context;
  }

  /**
   * Evaluates a split that holds predictions. Sums are added in the order of the split, so the
   * result does not depend on who finished first.
   *
   * @param parameters of the model; shared by all tasks
   */
  public static LossSum run(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      DatasetSplit split,
      SharedVector parameters) {
    List<EvaluateTask.Part> parts =
        parts(
            dataset.shardElements(split, Column.TEXT),
            settings.train().context(),
            settings.model().recurrent());
    int tasks = Math.min(parts.size(), TASKS_PER_CORE * spark.defaultParallelism());
    List<EvaluateTask.Result> results =
        spark
            .parallelize(parts, tasks)
            .mapPartitions(
                new EvaluateTask(storage, settings, dataset.directory(), split, parameters))
            .collect();
    double nats = 0;
    long tokens = 0;
    for (EvaluateTask.Result result : results) {
      nats += result.nats;
      tokens += result.tokens;
    }
    return new LossSum(nats, tokens);
  }

  /**
   * Cuts shards between blocks, where a transformer sees nothing of what came before; a recurrent
   * model carries its state through the whole shard.
   */
  static List<EvaluateTask.Part> parts(long[] shardTokens, int context, boolean recurrent) {
    List<EvaluateTask.Part> parts = new ArrayList<>();
    int stride = stride(context);
    for (int shard = 0; shard < shardTokens.length; shard++) {
      int tokens = Math.toIntExact(shardTokens[shard]);
      int step = recurrent ? Math.max(1, tokens) : stride;
      for (int from = 0; from < tokens - 1; from += step) {
        // The last token of a part is the first input of the next.
        parts.add(new EvaluateTask.Part(shard, from, Math.min(step + 1, tokens - from)));
      }
    }
    return parts;
  }
}
