package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Ledger;
import io.chorale.data.Additions;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.source.Landed;
import io.chorale.jobs.source.Landing;
import io.chorale.jobs.spark.Session;
import io.chorale.report.DatasetPage;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/**
 * From a corpus that has grown to more shards of its dataset: what the dataset has not read yet is
 * read, encoded with its tokenizer and schema, and written into a directory of its own. What is
 * there keeps its bytes, but for the manifest and the page.
 *
 * <p>The bytes of an addition depend on the dataset, the settings and the corpus alone.
 */
final class AddJob {
  /** Of which work directories are cleared all the same. */
  private static final String ANY = "00000000";

  private final Session session;
  private final Storage storage;
  private final Settings settings;
  private final Consumer<String> say;
  private final Path target;

  /**
   * @param say prints a line of progress
   */
  AddJob(Session session, Storage storage, Settings settings, Consumer<String> say) {
    this.session = session;
    this.storage = storage;
    this.settings = settings;
    this.say = say;
    this.target = storage.qualify(TokenizeJob.target(settings));
  }

  /** Whether there is a dataset to add to. */
  boolean isThere() {
    return storage.exists(new Path(target, DatasetManifest.FILE));
  }

  /**
   * Whether there may be something to add; nothing is written. What Spark reads may turn out to
   * have no rows that are new.
   */
  boolean hasNews() {
    check();
    Dataset dataset = Dataset.open(storage, target);
    Ledger ledger = Ledger.of(storage, dataset.runs());
    Landing landing = Landing.of(session, storage, settings, target, 1, say);
    Set<String> unchanged = landing.leaveOut(ledger.states());
    if (landing.copies()) {
      return true;
    }
    Sources sources = Sources.of(settings);
    List<CorpusFile> corpus = Corpus.files(storage, sources, unchanged);
    return !ledger.news(corpus, sources.names()).files().isEmpty();
  }

  /** Adds what is new, all of it or nothing; nothing where nothing is. */
  Optional<TokenizeJob.Result> run() {
    check();
    Dataset dataset = finished();
    Ledger ledger = Ledger.of(storage, dataset.runs());
    CorpusTokenizers wanted = CorpusTokenizers.of(storage, settings);
    LedgerSettings.check(
        target.toString(), ledger, LedgerSettings.of(Sources.of(settings), wanted));
    Against against = Against.of(storage, settings, target).and(storage, settings, dataset);
    Landing landing = Landing.of(session, storage, settings, target, 1, say);
    Set<String> unchanged = landing.leaveOut(ledger.states());
    Landed landed = landing.land();
    try {
      Sources sources = Sources.of(landed.settings());
      List<CorpusFile> corpus = landed.named(Corpus.files(storage, sources, unchanged));
      TokenizeJob.refuseOwnOutput(storage, corpus, target);
      Ledger.News news = ledger.news(corpus, sources.names());
      tell(news, corpus.size(), unchanged);
      return news.files().isEmpty()
          ? Optional.empty()
          : Optional.of(write(landed, dataset, news, wanted.of(dataset), against));
    } catch (SettingsException e) {
      landed.discard();
      throw e;
    }
  }

  private void check() {
    if (settings.corpus().hasSteps()) {
      settings.corpus().checkSteps();
    }
    if (settings.corpus().hasSteps() && !settings.data().borders().isEmpty()) {
      throw new SettingsException(
          "Cannot add to dataset %s: data.borders is %s, expected none, since what comes behind the last one is left out. Leave it out, and tokenize all of the corpus with --overwrite."
              .formatted(target, settings.data().borders()));
    }
    if (settings.data().split() != DataSettings.Split.DOCUMENT) {
      throw new SettingsException(
          "Cannot add to dataset %s: data.split is tail, expected document, as the tail of a corpus that grows is another one. Tokenize all of the corpus with --overwrite."
              .formatted(target));
    }
  }

  /** The dataset, when what a run has left that died after its addition was there is finished. */
  private Dataset finished() {
    Dataset dataset = Additions.finish(storage, target);
    if (!DatasetPage.isOf(storage, dataset)) {
      WorkDirectory.beside(storage, target, ANY).clear();
      DatasetPage.publish(storage, dataset);
    }
    return dataset;
  }

  private void tell(Ledger.News news, int files, Set<String> unchanged) {
    unchanged.forEach(source -> say.accept(source + " is as it was when it was read"));
    if (!news.gone().isEmpty()) {
      say.accept(
          "Files gone from the corpus: %s, such as %s. Their documents stay in the dataset"
              .formatted(Amounts.count(news.gone().size()), news.gone().get(0)));
    }
    if (files > 0) {
      say.accept(
          "Of %s files %s are new and %s have changed"
              .formatted(
                  Amounts.count(files),
                  Amounts.count(news.files().size() - news.changed().size()),
                  Amounts.count(news.changed().size())));
    }
  }

  private TokenizeJob.Result write(
      Landed landed,
      Dataset dataset,
      Ledger.News news,
      CorpusTokenizers tokenizers,
      Against against) {
    Settings settings = landed.settings();
    Growth growth = new Growth(dataset, news.changed());
    StagedDirectory staged =
        storage.grow(target, "dataset", DatasetManifest.FILE, Additions.prefix(growth.number()));
    CorpusPlan plan = CorpusPlan.of(news.files(), Sources.of(settings)).adding();
    Screening screening = new Screening(session, storage, settings, say);
    HeldOut held = HeldOut.of(storage, settings);
    WorkDirectory work = WorkDirectory.beside(storage, target, plan.fingerprint());
    WorkDirectory kept = screening.directory(plan, work, target);
    staged.probe();
    Made made = new Made(settings, plan, held, against, Optional.of(growth));
    TokenizeRun run =
        new TokenizeRun(
            session.context(), storage, settings, landed, plan, made, work, staged, say);
    try {
      run.begin();
      TokenizeJob.Result result =
          settings.corpus().hasSteps()
              ? new SeriesPipeline(run, tokenizers).write()
              : new RowPipeline(run, tokenizers, screening.screen(plan, made, kept))
                  .write()
                  .result();
      publish(run, growth, result);
      return result;
    } catch (Throwable e) {
      throw failure(run, growth, e);
    }
  }

  private void publish(TokenizeRun run, Growth growth, TokenizeJob.Result result) {
    StagedDirectory staged = run.staged();
    run.removeAbandoned();
    result.account().publish(storage, staged.path());
    Additions.keepFirst(storage, growth.dataset());
    DatasetManifest grown = growth.dataset().manifest().with(run.addition(), result.manifest());
    staged.publish(grown.toBytes(), result.manifest().shardFiles());
    // Another run may have gone on from here already, while this one was about to write.
    Dataset dataset = Additions.finish(storage, target);
    run.work().clear();
    // Last: from a page that is there the next run sees that all is done.
    DatasetPage.publish(storage, dataset);
  }

  /** A run that another one has overtaken leaves nothing. */
  private RuntimeException failure(TokenizeRun run, Growth growth, Throwable failure) {
    Path record = new Path(target, growth.record());
    if (!storage.exists(record)) {
      run.leave(failure);
      return thrown(failure);
    }
    Dataset dataset = Additions.finish(storage, target);
    if (dataset.manifest().additions().contains(run.addition())) {
      return thrown(failure);
    }
    run.discard();
    return new ChoraleException(
        "Cannot add to dataset %s: another run has added to it meanwhile (%s), expected to be the only one. What that one wrote stays: run again to add what is still new."
            .formatted(target, record),
        failure);
  }

  private static RuntimeException thrown(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
  }
}
