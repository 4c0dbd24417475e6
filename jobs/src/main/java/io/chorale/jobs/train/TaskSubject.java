package io.chorale.jobs.train;

import io.chorale.average.Exchange;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.round.Subject;
import io.chorale.jobs.round.TaskTrainer;
import io.chorale.jobs.round.TrainerSource;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Task;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** A task's model, trained by gradients. */
final class TaskSubject implements Subject {
  private final JavaSparkContext spark;
  private final Storage storage;
  private final Settings settings;
  private final Dataset dataset;
  private final Task task;

  TaskSubject(JavaSparkContext spark, Storage storage, Settings settings, Dataset dataset) {
    this.spark = spark;
    this.storage = storage;
    this.settings = settings;
    this.dataset = dataset;
    this.task = Task.of(settings, dataset.schema(), "dataset " + dataset.directory());
  }

  @Override
  public Task objective() {
    return task;
  }

  @Override
  public String name() {
    return settings.model().kind().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public FloatVector initial() {
    return task.layout().initial(settings.train().seed());
  }

  @Override
  public TrainerSource trainers() {
    return new TaskTrainer(settings, dataset.directory());
  }

  @Override
  public Exchange exchange() {
    return Exchange.ofValues(settings.average().send());
  }

  @Override
  public Map<String, Double> measure(DatasetSplit split, SharedVector parameters) {
    return EvaluateJob.run(spark, storage, settings, dataset, split, parameters);
  }
}
