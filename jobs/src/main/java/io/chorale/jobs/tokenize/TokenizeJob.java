package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.corpus.Account;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.ScreeningFacts;
import io.chorale.io.OwnDirectory;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.source.Landed;
import io.chorale.jobs.source.Landing;
import io.chorale.jobs.spark.Session;
import io.chorale.report.DatasetPage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;

/**
 * From a corpus to a dataset: copy what Spark reads to files; cut the corpus into parts; make rows
 * of its documents ({@link RowPipeline}) or of series ({@link SeriesPipeline}); publish.
 *
 * <p>With a given tokenizer the corpus is read once, and once more for each that is to be trained,
 * and for labels and sizes. What is learned and encoded of a part waits in the {@link
 * WorkDirectory} until the dataset is published, and so do shards: a run that was killed is gone on
 * with by the next one, on another cluster, too. Of the steps of series only the shards are.
 *
 * <p>The bytes of the dataset depend on the settings and the corpus alone, not on how the work was
 * cut or how often it was begun.
 */
public final class TokenizeJob {
  /**
   * Settings of Spark by which it is fastest: a task has rows of hundreds of shards, and sorts them
   * by shard into one file, where otherwise it would open a file for each, to write a little to it.
   */
  public static final Map<String, String> SPARK =
      Map.of("spark.shuffle.sort.bypassMergeThreshold", "1");

  /** What lies in a dataset's directory beside the manifest. */
  static final Set<String> CONTENTS =
      Stream.concat(
              Stream.of(
                  Dataset.TOKENIZER,
                  Dataset.TARGET_TOKENIZER,
                  RejectedJob.DIRECTORY,
                  DocumentFacts.DIRECTORY,
                  Account.FILE,
                  ScreeningFacts.FILE,
                  DatasetPage.FILE),
              Arrays.stream(DatasetSplit.values()).map(DatasetSplit::key))
          .collect(Collectors.toSet());

  private final Session session;
  private final Storage storage;
  private final Settings settings;
  private final boolean overwrite;
  private final Consumer<String> say;

  /**
   * @param overwrite whether a dataset that is there already is replaced
   * @param say prints a line of progress
   */
  public TokenizeJob(Session session, Settings settings, boolean overwrite, Consumer<String> say) {
    this.session = session;
    this.storage = new Storage(session.context().hadoopConfiguration());
    this.settings = settings;
    this.overwrite = overwrite;
    this.say = say;
  }

  /**
   * What a finished job tells.
   *
   * @param account what became of each source
   * @param damaged the files that could not be read as a whole, each with the reason
   * @param screening what was found in its documents
   */
  public record Result(
      DatasetManifest manifest,
      CorpusCounts counts,
      Account account,
      List<String> damaged,
      ScreeningFacts screening) {}

  /** Writes the dataset, all of it or nothing. */
  public Result run() {
    if (settings.corpus().hasSteps()) {
      settings.corpus().checkSteps();
      SeriesBorders.of(settings.data());
    }
    Path target = target(settings);
    StagedDirectory staged =
        storage.stage(target, "dataset", DatasetManifest.FILE, CONTENTS, overwrite);
    CorpusTokenizers wanted = CorpusTokenizers.of(storage, settings);
    Against against = Against.of(storage, settings, target);
    Landing landing = Landing.of(session, storage, settings, target, 1, say);
    if (landing.copies()) {
      staged.probe();
    }
    Landed landed = landing.land();
    try {
      return write(landed, target, staged, wanted, against);
    } catch (SettingsException e) {
      landed.discard();
      throw e;
    }
  }

  private Result write(
      Landed landed,
      Path target,
      StagedDirectory staged,
      CorpusTokenizers wanted,
      Against against) {
    Settings settings = landed.settings();
    Sources sources = Sources.of(settings);
    Screening screening = new Screening(session, storage, settings, say);
    List<CorpusFile> files = landed.named(Corpus.files(storage, sources));
    refuseOwnOutput(storage, files, target);
    HeldOut held = HeldOut.of(storage, settings);
    CorpusPlan plan = CorpusPlan.of(files, sources);
    WorkDirectory work = WorkDirectory.beside(storage, target, plan.fingerprint());
    WorkDirectory kept = screening.directory(plan, work, target);
    staged.probe();
    plan.heavy().forEach(file -> say.accept(heavy(file, plan)));
    try {
      if (work.begin(CorpusPlan.FILE, plan.toBytes())) {
        say.accept("Going on with what an earlier run has finished, in " + work.path());
      }
      Made made = new Made(settings, plan, held, against);
      TokenizeRun run =
          new TokenizeRun(
              session.context(), storage, settings, landed, plan, made, work, staged, say);
      Result result =
          settings.corpus().hasSteps()
              ? new SeriesPipeline(run).write()
              : new RowPipeline(run, wanted, screening.screen(plan, made, kept)).write().result();
      publish(staged, result);
      work.clear();
      return result;
    } catch (Throwable e) {
      leave(e, landed, work, staged);
      throw e;
    }
  }

  /**
   * Refuses what can be refused by the settings alone.
   *
   * @throws SettingsException where they name no dataset, or cannot judge documents
   */
  public static void check(Settings settings) {
    target(settings);
    Screening.check(settings);
  }

  /** Where the dataset is to lie. */
  static Path target(Settings settings) {
    return Storage.path("data.path", settings.data().path());
  }

  private static String heavy(CorpusFile file, CorpusPlan plan) {
    return "One task reads %s, which holds %.0f %% of the corpus: a file of its kind cannot be cut. Unpacked or in pieces it takes less time."
        .formatted(file, 100.0 * file.length() / plan.storedBytes());
  }

  /** A dataset that is written again must not become its own corpus. */
  static void refuseOwnOutput(Storage storage, List<CorpusFile> files, Path target) {
    for (CorpusFile file : files) {
      if (storage.isIn(target, file.path())) {
        throw new SettingsException(
            "Cannot write dataset %s: corpus.paths leads to %s inside it, expected a corpus elsewhere. Choose another data.path or corpus.paths."
                .formatted(target, file));
      }
    }
  }

  private void publish(StagedDirectory staged, Result result) {
    removeAbandoned(staged.path());
    result.account().publish(storage, staged.path());
    byte[] manifest = result.manifest().toBytes();
    DatasetPage.publish(storage, Dataset.of(storage, staged.path(), manifest));
    staged.publish(manifest, result.manifest().files());
  }

  /**
   * After a failure: what is finished stays for the next run, unless settings or the corpus must
   * change first, or are read anew in any case.
   */
  private void leave(Throwable failure, Landed landed, WorkDirectory work, StagedDirectory staged) {
    try {
      if (isOfInput(failure) || !landed.lasts()) {
        staged.discard();
        work.discard();
        landed.discard();
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

  private static boolean isOfInput(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SettingsException) {
        return true;
      }
    }
    return false;
  }

  /** What killed attempts of a task have left behind. */
  private void removeAbandoned(Path staging) {
    OwnDirectory own = new OwnDirectory(storage, staging);
    storage.list(staging).stream()
        .filter(found -> found.isDirectory())
        .forEach(found -> own.deleteLeftovers(found.getPath()));
  }
}
