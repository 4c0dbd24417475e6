package io.chorale.jobs.evaluate;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Dataset;
import io.chorale.data.Part;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.spark.TaskDevice;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;

/** Evaluates parts of a split, one after the other. */
final class EvaluateTask implements FlatMapFunction<Iterator<Part>, PartSums> {
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final SentSettings settings;
  private final Path data;
  private final DatasetSplit split;
  private final SharedVector parameters;
  private final SharedBase base;
  private final boolean texts;
  private final boolean each;

  /**
   * @param data the dataset's directory, absolute: an executor has a working directory of its own
   * @param base what a training of the settings only reads
   * @param texts whether the model also writes texts to be measured
   * @param each whether the batches of a part are told one by one
   */
  EvaluateTask(
      Storage storage,
      Settings settings,
      Path data,
      DatasetSplit split,
      SharedVector parameters,
      SharedBase base,
      boolean texts,
      boolean each) {
    this.storage = storage;
    this.settings = new SentSettings(settings);
    this.data = data;
    this.split = split;
    this.parameters = parameters;
    this.base = base;
    this.texts = texts;
    this.each = each;
  }

  @Override
  public Iterator<PartSums> call(Iterator<Part> parts) {
    Settings settings = this.settings.get();
    Dataset dataset = Dataset.open(storage, data);
    Task task = task(settings, dataset);
    int rows = Evaluator.rows(task, settings.evaluate().batch());
    List<PartSums> sums = new ArrayList<>();
    Device device = TaskDevice.of(settings);
    try (Evaluator evaluator =
        new Evaluator(
            task, parameters, base.on(device, storage, settings, task), settings.train(), device)) {
      parts.forEachRemaining(
          part -> {
            Iterator<Batch> batches = task.feed().read(dataset, split, part, rows);
            if (batches.hasNext()) {
              sums.add(
                  new PartSums(
                      part, each ? evaluator.each(batches) : List.of(evaluator.sums(batches))));
            }
          });
    }
    return sums.iterator();
  }

  private Task task(Settings settings, Dataset dataset) {
    Task task = Task.of(settings, dataset.schema(), "dataset " + data);
    return task.writes()
        .filter(column -> texts)
        .flatMap(dataset::tokenizer)
        .map(task::writing)
        .orElse(task);
  }
}
