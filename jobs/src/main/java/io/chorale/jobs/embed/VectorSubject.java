package io.chorale.jobs.embed;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Part;
import io.chorale.embed.SkipGram;
import io.chorale.embed.SkipGramObjective;
import io.chorale.embed.WordCounts;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.round.Subject;
import io.chorale.jobs.round.TrainerSource;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Word vectors, trained by skip-gram: rows that workers move, averaged row by row. */
public final class VectorSubject implements Subject {
  private final JavaSparkContext spark;
  private final Storage storage;
  private final Dataset dataset;
  private final CountedText text;
  private final SkipGram skipGram;
  private final SkipGramObjective objective;
  private final SharedTokenizer shared;
  private final Broadcast<WordCounts> sent;
  private final SkipGramSource source;

  /**
   * Counts the words of the dataset and finds its phrases, unless a run that goes on has them.
   *
   * @param begun the run, where it has a checkpoint
   * @throws SettingsException where it has no text of words
   */
  public VectorSubject(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      Optional<RunDirectory> begun) {
    this.spark = spark;
    this.storage = storage;
    this.dataset = dataset;
    this.text = CountedText.of(spark, storage, settings, dataset, begun);
    this.skipGram = text.counts().skipGram(settings, text.tokenizer());
    this.objective = new SkipGramObjective(settings, skipGram.words());
    byte[] json = dataset.tokenizers().get(dataset.schema().tokenizer(Column.TEXT).orElseThrow());
    this.shared = new SharedTokenizer(spark, json, dataset.directory().toString());
    this.sent = spark.broadcast(text.counts());
    this.source = new SkipGramSource(settings, dataset.directory(), shared, sent);
  }

  @Override
  public Objective objective() {
    return objective;
  }

  @Override
  public String name() {
    return "skip-gram of " + text.told(skipGram.words());
  }

  @Override
  public FloatVector initial() {
    FloatSlices first = skipGram.first();
    FloatVector rows = new FloatVector(first.length());
    for (int slice = 0; slice < rows.sliceCount(); slice++) {
      System.arraycopy(first.slice(slice), 0, rows.slice(slice), 0, rows.slice(slice).length);
    }
    return rows;
  }

  @Override
  public TrainerSource trainers(long round) {
    return source;
  }

  @Override
  public Exchange exchange() {
    return Exchange.ofRows(objective.stride());
  }

  @Override
  public Map<String, byte[]> files() {
    return Map.of(WordCounts.FILE, text.counts().write());
  }

  @Override
  public void close() {
    shared.close();
    Broadcasts.destroy(spark, sent);
  }

  /** Sums are added in the order of the split, so the loss does not depend on who ended first. */
  @Override
  public Map<String, Double> measure(DatasetSplit split, SharedVector parameters) {
    List<Part> parts = objective.feed().parts(dataset, split);
    int tasks = Math.min(parts.size(), spark.defaultParallelism());
    double[] sums =
        spark
            .parallelize(parts, tasks)
            .mapPartitions(new HeldOutTask(storage, source, split, parameters))
            .collect()
            .stream()
            .reduce(new double[3], Evaluator::sum);
    // Without a pair of known words there is nothing to tell.
    return sums[1] == 0 ? Map.of() : Map.of(Task.LOSS, sums[0] / sums[1]);
  }
}
