package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.Additions;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.SourceFacts;
import io.chorale.io.OwnDirectory;
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
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileStatus;
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

  /** The dataset that is added to; empty where one is made. */
  Optional<Growth> growth() {
    return made.growth();
  }

  /** The path of what is added, in the dataset; empty where one is made. */
  String addition() {
    return growth().map(there -> Additions.DIRECTORY + "/" + staged.path().getName()).orElse("");
  }

  /** Begins work, or goes on with that of an earlier run. */
  void begin() {
    plan.heavy().forEach(file -> say.accept(heavy(file)));
    if (work.begin(CorpusPlan.FILE, plan.toBytes())) {
      say.accept("Going on with what an earlier run has finished, in " + work.path());
    }
  }

  private String heavy(CorpusFile file) {
    return "One task reads %s, which holds %.0f %% of the corpus: a file of its kind cannot be cut. Unpacked or in pieces it takes less time."
        .formatted(file, 100.0 * file.length() / plan.storedBytes());
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

  /** Deletes what killed attempts of a task have left where the dataset is staged. */
  void removeAbandoned() {
    OwnDirectory own = new OwnDirectory(storage, staged.path());
    storage.list(staged.path()).stream()
        .filter(FileStatus::isDirectory)
        .forEach(found -> own.deleteLeftovers(found.getPath()));
  }

  /**
   * After a failure: what is finished stays for the next run, unless settings or the corpus must
   * change first, or are read anew in any case.
   */
  void leave(Throwable failure) {
    try {
      if (isOfInput(failure) || !landed.lasts()) {
        discard();
      } else {
        boolean begun = storage.exists(staged.path());
        say.accept(
            "What is finished stays in %s%s: the same command goes on from there. Delete it if that is not wanted."
                .formatted(work.path(), begun ? " and " + staged.path() : ""));
      }
    } catch (ChoraleException e) {
      // The failure that led here is what the user must see.
      say.accept(e.getMessage());
    }
  }

  /** Deletes all that it has written. */
  void discard() {
    staged.discard();
    work.discard();
    landed.discard();
  }

  private static boolean isOfInput(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SettingsException) {
        return true;
      }
    }
    return false;
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
