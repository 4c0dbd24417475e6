package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.corpus.Account;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Ledger;
import io.chorale.data.Additions;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.ScreeningFacts;
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
import java.util.Optional;
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
                  SeriesTail.DIRECTORY,
                  DocumentFacts.DIRECTORY,
                  Account.FILE,
                  Ledger.FILE,
                  Additions.DIRECTORY,
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
   * @param addition the directory of what was added, in the dataset; empty where one was made. All
   *     else tells of what was added alone
   */
  public record Result(
      DatasetManifest manifest,
      CorpusCounts counts,
      Account account,
      List<String> damaged,
      ScreeningFacts screening,
      String addition) {}

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

  /**
   * Adds to the dataset what of the corpus is new to it, all of it or nothing; makes one where
   * there is none.
   *
   * @return nothing where nothing is new
   */
  public Optional<Result> add() {
    AddJob add = new AddJob(session, storage, settings, say);
    if (add.isThere()) {
      return add.run();
    }
    if (storage.exists(target(settings))) {
      throw new SettingsException(
          "Cannot add to dataset %s: what is there holds no %s, expected a dataset, or nothing yet. Choose another data.path."
              .formatted(target(settings), DatasetManifest.FILE));
    }
    say.accept("There is no dataset %s yet: it is made".formatted(target(settings)));
    return Optional.of(run());
  }

  /** Whether {@link #add} may find something, or there is no dataset yet; nothing is written. */
  public boolean hasNews() {
    AddJob add = new AddJob(session, storage, settings, say);
    return !add.isThere() || add.hasNews();
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
    Made made = new Made(settings, plan, held, against, Optional.empty());
    TokenizeRun run =
        new TokenizeRun(
            session.context(), storage, settings, landed, plan, made, work, staged, say);
    try {
      run.begin();
      Result result =
          settings.corpus().hasSteps()
              ? new SeriesPipeline(run, wanted).write()
              : new RowPipeline(run, wanted, screening.screen(plan, made, kept)).write().result();
      publish(run, result);
      work.clear();
      return result;
    } catch (Throwable e) {
      run.leave(e);
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

  /** A dataset that is written again must not become its own corpus, nor the page of a sample. */
  static void refuseOwnOutput(Storage storage, List<CorpusFile> files, Path target) {
    Path page = SampleJob.page(storage.qualify(target));
    for (CorpusFile file : files) {
      if (file.path().equals(page)) {
        throw new SettingsException(
            "Cannot write dataset %s: corpus.paths leads to %s, which --sample wrote, expected documents alone. Delete it, or choose other corpus.paths."
                .formatted(target, file));
      }
      if (storage.isIn(target, file.path())) {
        throw new SettingsException(
            "Cannot write dataset %s: corpus.paths leads to %s inside it, expected a corpus elsewhere. Choose another data.path or corpus.paths."
                .formatted(target, file));
      }
    }
  }

  private void publish(TokenizeRun run, Result result) {
    StagedDirectory staged = run.staged();
    run.removeAbandoned();
    result.account().publish(storage, staged.path());
    byte[] manifest = result.manifest().toBytes();
    DatasetPage.publish(storage, Dataset.of(storage, staged.path(), manifest));
    staged.publish(manifest, result.manifest().files());
  }
}
