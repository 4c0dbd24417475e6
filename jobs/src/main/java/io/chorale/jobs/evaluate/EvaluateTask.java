package io.chorale.jobs.evaluate;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Tokens;
import io.chorale.evaluate.Evaluator;
import io.chorale.evaluate.LossSum;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.spark.TaskDevice;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;

/** Evaluates parts of a split, one after the other. */
final class EvaluateTask
    implements FlatMapFunction<Iterator<EvaluateTask.Part>, EvaluateTask.Result> {
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final SentSettings settings;
  private final Path data;
  private final DatasetSplit split;
  private final SharedVector parameters;

  /**
   * @param data the dataset's directory, absolute: an executor has a working directory of its own
   */
  EvaluateTask(
      Storage storage, Settings settings, Path data, DatasetSplit split, SharedVector parameters) {
    this.storage = storage;
    this.settings = new SentSettings(settings);
    this.data = data;
    this.split = split;
    this.parameters = parameters;
  }

  @Override
  public Iterator<Result> call(Iterator<Part> parts) {
    Dataset dataset = Dataset.open(storage, data);
    List<Result> results = new ArrayList<>();
    parts.forEachRemaining(part -> results.add(evaluate(dataset, part)));
    return results.iterator();
  }

  private Result evaluate(Dataset dataset, Part part) {
    Settings settings = this.settings.get();
    Tokens tokens = dataset.shard(split, part.shard).tokens(Column.TEXT);
    int[] ids = new int[part.count];
    tokens.copy(part.from, ids, 0, part.count);
    LossSum sum =
        new Evaluator(
                settings,
                dataset.schema().column(Column.TEXT).size(),
                settings.train().context(),
                settings.evaluate().batch(),
                TaskDevice.of(settings))
            .evaluate(parameters, ids);
    return new Result(sum.nats(), sum.tokens());
  }

  /** Some successive tokens of a shard, of which every one but the first is predicted. */
  static final class Part implements Serializable {
    private static final long serialVersionUID = 1L;

    final int shard;
    final int from;
    final int count;

    Part(int shard, int from, int count) {
      this.shard = shard;
      this.from = from;
      this.count = count;
    }
  }

  /** The loss of a part. */
  static final class Result implements Serializable {
    private static final long serialVersionUID = 1L;

    final double nats;
    final long tokens;

    Result(double nats, long tokens) {
      this.nats = nats;
      this.tokens = tokens;
    }
  }
}
