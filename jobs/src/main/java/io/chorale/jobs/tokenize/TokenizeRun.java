package io.chorale.jobs.tokenize;

import io.chorale.config.Settings;
import io.chorale.config.Sources;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.SourceFacts;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.source.Landed;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * One run of a tokenization, whatever its documents are: what is read, where its work is kept, and
 * where the dataset is written.
 *
 * @param settings of a corpus of files
 * @param landed which of these are copies
 * @param say prints a line of progress
 */
record TokenizeRun(
    JavaSparkContext context,
    Storage storage,
    Settings settings,
    Landed landed,
    CorpusPlan plan,
    Made made,
    WorkDirectory work,
    StagedDirectory staged,
    Consumer<String> say) {

  Sources sources() {
    return Sources.of(settings);
  }

  SentSettings sent() {
    return new SentSettings(settings);
  }

  /** A step that reads the corpus once. */
  Step reading(String name, Tally tally) {
    return new Step(context, say, name, tally::toString, tally::read, plan.storedBytes());
  }

  /** The stage of that name, whose parts wait in the work directory. */
  <F> PartStage<F> stage(String name, String made, Class<F> type) {
    return new PartStage<>(storage, work.path(), name, made, type);
  }

  /** For people: how much was encoded. */
  String amount(long size) {
    return Amounts.count(size) + (sources().columns().hasText() ? " tokens" : " numbers");
  }

  /**
   * Writes the shards where the dataset is staged.
   *
   * @param made all that decides their bytes, in words
   */
  DatasetManifest writeShards(DealtRows dealt, Schema schema, String made) {
    LongAccumulator written = context.sc().longAccumulator();
    PartStage<ShardJob.Written> stage = stage("shards", made, ShardJob.Written.class);
    try (Step step =
        new Step(
            context, say, "Writing", () -> amount(written.value()), written::value, dealt.size())) {
      DatasetManifest manifest =
          new ShardJob(context, storage, stage, sourceFacts(), staged.path(), written)
              .write(dealt, schema);
      step.finish("%s shards".formatted(Amounts.count(dealt.shards().total())));
      return manifest;
    }
  }

  /** Sets aside, where the dataset is staged, what the corpus holds besides documents. */
  void writeRejected(JavaRDD<RejectedLine> lines, long rows) {
    RejectedJob.write(lines, rows, plan.files().size(), storage, staged.path());
  }

  private List<SourceFacts> sourceFacts() {
    Map<String, String> snapshots = landed.snapshots();
    return sources().all().stream()
        .map(
            source ->
                new SourceFacts(
                    source.name(),
                    source.corpus().tags(),
                    source.corpus().weight(),
                    snapshots.getOrDefault(source.name(), "")))
        .toList();
  }
}
