package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.corpus.Account;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.corpus.Rejection;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.Schema;
import io.chorale.data.ScreeningFacts;
import io.chorale.data.SourceFacts;
import io.chorale.io.OwnDirectory;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.source.Landed;
import io.chorale.jobs.source.Landing;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import io.chorale.report.DatasetPage;
import io.chorale.token.Tokenizers;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * From a corpus to a dataset: copy what Spark reads to files; cut the corpus into parts; learn what
 * its columns are and train the tokenizers, where either is needed; encode; deal to splits and
 * shards; write.
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
  /** What lies in a dataset's directory beside the manifest. */
  private static final Set<String> CONTENTS =
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
  private final JavaSparkContext context;
  private final Storage storage;
  private final Settings settings;
  private final Sources sources;
  private final SentSettings sent;
  private final boolean overwrite;
  private final Consumer<String> say;
  private final Landed landed;

  /**
   * @param overwrite whether a dataset that is there already is replaced
   * @param say prints a line of progress
   */
  public TokenizeJob(Session session, Settings settings, boolean overwrite, Consumer<String> say) {
    this(
        session,
        settings,
        overwrite,
        say,
        Landed.nothing(new Storage(session.context().hadoopConfiguration()), settings));
  }

  private TokenizeJob(
      Session session, Settings settings, boolean overwrite, Consumer<String> say, Landed landed) {
    this.landed = landed;
    this.session = session;
    this.context = session.context();
    this.storage = new Storage(context.hadoopConfiguration());
    this.settings = settings;
    this.sources = Sources.of(settings);
    this.sent = new SentSettings(settings);
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
    Landing landing = Landing.of(session, storage, settings, target, say);
    if (landing.copies()) {
      staged.probe();
    }
    Landed copies = landing.land();
    try {
      return new TokenizeJob(session, copies.settings(), overwrite, say, copies)
          .run(target, staged, wanted, against);
    } catch (SettingsException e) {
      copies.discard();
      throw e;
    }
  }

  private Result run(
      Path target, StagedDirectory staged, CorpusTokenizers wanted, Against against) {
    Screening screening = new Screening(session, storage, settings, say);
    List<CorpusFile> files = landed.named(Corpus.files(storage, sources));
    refuseOwnOutput(files, target);
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
      Result result =
          settings.corpus().hasSteps()
              ? series(plan, made, work, staged)
              : rows(plan, made, work, staged, wanted, screening.screen(plan, made, kept));
      work.clear();
      return result;
    } catch (Throwable e) {
      leave(e, work, staged);
      throw e;
    }
  }

  private Result rows(
      CorpusPlan plan,
      Made made,
      WorkDirectory work,
      StagedDirectory staged,
      CorpusTokenizers wanted,
      Screening.Found found) {
    Screen screen = found.screen();
    ColumnFacts facts = learn(plan, made, work, screen, wanted.byWord());
    Map<String, byte[]> json = new HashMap<>();
    for (CorpusTokenizers.One one : wanted.all()) {
      json.put(
          one.file(), one.given().orElseGet(() -> train(one, plan, made, work, screen, facts)));
    }
    try (SharedTokenizers tokenizers =
        new SharedTokenizers(context, wanted.files(), json::get, target(settings).toString())) {
      ColumnEncoders encoders = ColumnEncoders.of(sources.columns(), facts, tokenizers);
      EncodedCorpus corpus = encode(plan, made.encoded(json), work, screen, facts, encoders);
      CorpusCounts counts = corpus.counts();
      counts.check(plan.files(), settings.corpus().maxRejected());
      Account account = corpus.account(sources.names());
      account.check();
      RowScale scale = RowScale.of(corpus, encoders.schema(), sent);
      Schema schema = scale.schema(encoders.schema());
      DealtRows dealt =
          settings.data().split() == DataSettings.Split.DOCUMENT
              ? DealByHash.deal(corpus, scale, sent, new SignedDocuments(sent, screen.documents()))
              : DealByPlace.deal(corpus, sent, tokenizers.of(Document.TEXT).orElseThrow());
      String shards = made.shards(json);
      staged.begin(PartStage.key(shards));
      for (String file : schema.tokenizers().keySet()) {
        storage.publish(new Path(staged.path(), file), json.get(file));
      }
      DatasetManifest manifest = writeShards(dealt, schema, shards, work, staged.path());
      if (settings.data().split() == DataSettings.Split.DOCUMENT) {
        account.checkRows(manifest.rowsBySource());
      }
      RejectedJob.write(
          corpus.rejections(), corpus.rejected(), plan.files().size(), storage, staged.path());
      ScreeningFacts screening = screening(found, corpus, plan);
      screening.publish(storage, staged.path());
      publish(staged, account, manifest);
      return new Result(manifest, counts, account, counts.damaged(plan.files()), screening);
    }
  }

  /** As {@link #rows}, of a corpus whose records are the steps of series. */
  private Result series(CorpusPlan plan, Made made, WorkDirectory work, StagedDirectory staged) {
    CorpusReader corpus = new CorpusReader(context, storage, sent, plan);
    StepFacts facts = stepFacts(corpus);
    Broadcast<List<CorpusFile>> files = context.broadcast(plan.files());
    try (Tally tally = new Tally(context);
        SeriesJob job = sorted(corpus, facts, tally)) {
      SeriesJob.Counted counted = job.count(files);
      CorpusCounts counts = counted.counts();
      counts.check(plan.files(), settings.corpus().maxRejected());
      Account account = Account.of(sources.names().get(0), facts.read(), counts, plan.files());
      account.check();
      SeriesJob.Rows rows = job.rows();
      String shards = made.shards(Map.of());
      staged.begin(PartStage.key(shards));
      DatasetManifest manifest =
          writeShards(rows.dealt(), rows.schema(), shards, work, staged.path());
      RejectedJob.write(
          job.rejectedLines(files, counted),
          counted.rejected(),
          plan.files().size(),
          storage,
          staged.path());
      publish(staged, account, manifest);
      return new Result(
          manifest, counts, account, counts.damaged(plan.files()), ScreeningFacts.NONE);
    } finally {
      Broadcasts.destroy(context, files);
    }
  }

  private ScreeningFacts screening(Screening.Found found, EncodedCorpus corpus, CorpusPlan plan) {
    CorpusCounts counts = corpus.counts();
    long exact = counts.rejected(Rejection.Reason.DUPLICATE);
    long near = counts.rejected(Rejection.Reason.NEAR_DUPLICATE);
    return new ScreeningFacts(
        new TreeMap<>(corpus.byRule()),
        new TreeMap<>(corpus.masked()),
        found.attributes().map(AttributeTotals::languages).orElseGet(TreeMap::new),
        found.attributes().map(AttributeTotals::measures).orElseGet(List::of),
        new ScreeningFacts.Copies(
            exact,
            near,
            exact + near == 0
                ? List.of()
                : LargestClusters.of(
                    context,
                    storage,
                    found.screen().copied(),
                    plan.parts().size(),
                    corpus.rejections())),
        found.contamination());
  }

  private StepFacts stepFacts(CorpusReader corpus) {
    CorpusPlan plan = corpus.plan();
    try (Tally tally = new Tally(context);
        Step step = step("Reading steps", tally, tally::read, plan.storedBytes())) {
      StepFacts facts =
          StepFacts.of(corpus.entries(tally), plan.files(), settings.corpus().maxRejected(), tally);
      step.finish(facts.toString());
      return facts;
    }
  }

  private SeriesJob sorted(CorpusReader corpus, StepFacts facts, Tally tally) {
    long bytes = corpus.plan().storedBytes();
    try (Step step = step("Sorting steps", tally, tally::read, bytes)) {
      SeriesJob job = new SeriesJob(settings, corpus.entries(tally), facts);
      step.finish(job.found());
      return job;
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

  private static Path target(Settings settings) {
    return Storage.path("data.path", settings.data().path());
  }

  private static String heavy(CorpusFile file, CorpusPlan plan) {
    return "One task reads %s, which holds %.0f %% of the corpus: a file of its kind cannot be cut. Unpacked or in pieces it takes less time."
        .formatted(file, 100.0 * file.length() / plan.storedBytes());
  }

  /** A dataset that is written again must not become its own corpus. */
  private void refuseOwnOutput(List<CorpusFile> files, Path target) {
    for (CorpusFile file : files) {
      if (storage.isIn(target, file.path())) {
        throw new SettingsException(
            "Cannot write dataset %s: corpus.paths leads to %s inside it, expected a corpus elsewhere. Choose another data.path or corpus.paths."
                .formatted(target, file));
      }
    }
  }

  /** Labels and sizes in the training files, read in a pass of its own where there are any. */
  private ColumnFacts learn(
      CorpusPlan plan, Made made, WorkDirectory work, Screen screen, Set<String> byWord) {
    if (!ColumnFacts.areLearned(sources.columns())) {
      return ColumnFacts.ofText(byWord);
    }
    PartStage<ColumnFacts.Seen> stage =
        new PartStage<>(storage, work.path(), "learned", made.learned(), ColumnFacts.Seen.class);
    try (Tally tally = new Tally(context);
        Step step = step("Collecting labels and sizes", tally, tally::read, plan.storedBytes())) {
      List<ColumnFacts.Seen> parts = stage.run(context, plan.parts(), new LearnTask(screen, tally));
      ColumnFacts facts = ColumnFacts.of(parts, byWord);
      step.finish(facts.toString());
      return facts;
    }
  }

  /**
   * The bytes of a tokenizer, made of what the training files hold; the corpus is checked first.
   */
  private byte[] train(
      CorpusTokenizers.One wanted,
      CorpusPlan plan,
      Made made,
      WorkDirectory work,
      Screen screen,
      ColumnFacts facts) {
    String name = "Training the tokenizer of " + String.join(" and ", wanted.columns());
    PartStage<CountedPart> stage =
        new PartStage<>(
            storage,
            work.path(),
            "pieces",
            made.pieces(wanted.columns(), facts.byWord()),
            CountedPart.class);
    try (Tally tally = new Tally(context);
        Step step = step(name, tally, tally::read, plan.storedBytes())) {
      PieceTask task = new PieceTask(storage, sent, screen, facts, wanted.columns(), stage, tally);
      List<CountedPart> parts = stage.run(context, plan.parts(), task);
      CorpusCounts counts = new CorpusCounts();
      parts.forEach(part -> counts.merge(part.counts()));
      counts.check(plan.files(), settings.corpus().maxRejected());
      Map<String, Long> pieces = PieceCounter.sum(context, storage, stage, parts);
      byte[] json = Tokenizers.train(wanted.settings(), pieces);
      step.finish("from %s distinct pieces".formatted(Amounts.count(pieces.size())));
      return json;
    }
  }

  private EncodedCorpus encode(
      CorpusPlan plan,
      String made,
      WorkDirectory work,
      Screen screen,
      ColumnFacts facts,
      ColumnEncoders encoders) {
    PartStage<EncodedPart> stage =
        new PartStage<>(storage, work.path(), "encoded", made, EncodedPart.class);
    boolean hashed = settings.data().split() == DataSettings.Split.DOCUMENT;
    String name =
        "Encoding %s files (%s)"
            .formatted(Amounts.count(plan.files().size()), Amounts.bytes(plan.storedBytes()));
    try (Tally tally = new Tally(context);
        Step step = step(name, tally, tally::read, plan.storedBytes())) {
      EncodeTask task =
          new EncodeTask(storage, sent, screen, facts, encoders, stage, hashed, tally);
      List<EncodedPart> parts = stage.run(context, plan.parts(), task);
      EncodedCorpus.Files files =
          new EncodedCorpus.Files(
              storage,
              stage,
              encoders.schema().columns(),
              FileSplits.of(plan.files()),
              new TreeSet<>());
      EncodedCorpus corpus = new EncodedCorpus(context, files, plan, parts).withoutDamaged();
      step.finish(amount(corpus.size()));
      return corpus;
    }
  }

  private Step step(String name, Tally tally, LongSupplier done, long all) {
    return new Step(context, say, name, tally::toString, done, all);
  }

  /** For people: how much was encoded. */
  private String amount(long size) {
    return Amounts.count(size) + (sources.columns().hasText() ? " tokens" : " numbers");
  }

  private DatasetManifest writeShards(
      DealtRows dealt, Schema schema, String made, WorkDirectory work, Path staging) {
    LongAccumulator written = context.sc().longAccumulator();
    PartStage<ShardJob.Written> stage =
        new PartStage<>(storage, work.path(), "shards", made, ShardJob.Written.class);
    try (Step step =
        new Step(
            context, say, "Writing", () -> amount(written.value()), written::value, dealt.size())) {
      DatasetManifest shards =
          new ShardJob(context, storage, stage, sourceFacts(), staging, written)
              .write(dealt, schema);
      DatasetManifest manifest =
          dealt
              .documents()
              .map(
                  documents ->
                      new DocumentsJob(
                              context,
                              storage,
                              new PartStage<>(
                                  storage,
                                  work.path(),
                                  "documents",
                                  made,
                                  DocumentsJob.Written.class),
                              staging)
                          .write(
                              documents,
                              dealt.shards(),
                              shards,
                              SignedDocuments.facts(settings.duplicates())))
              .orElse(shards);
      step.finish("%s shards".formatted(Amounts.count(dealt.shards().total())));
      return manifest;
    }
  }

  private List<SourceFacts> sourceFacts() {
    Map<String, String> snapshots = landed.snapshots();
    return sources.all().stream()
        .map(
            source ->
                new SourceFacts(
                    source.name(),
                    source.corpus().tags(),
                    source.corpus().weight(),
                    snapshots.getOrDefault(source.name(), "")))
        .toList();
  }

  private void publish(StagedDirectory staged, Account account, DatasetManifest manifest) {
    removeAbandoned(staged.path());
    account.publish(storage, staged.path());
    DatasetPage.publish(storage, Dataset.of(storage, staged.path(), manifest.toBytes()));
    staged.publish(manifest.toBytes(), manifest.files());
  }

  /**
   * After a failure: what is finished stays for the next run, unless settings or the corpus must
   * change first, or are read anew in any case.
   */
  private void leave(Throwable failure, WorkDirectory work, StagedDirectory staged) {
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
