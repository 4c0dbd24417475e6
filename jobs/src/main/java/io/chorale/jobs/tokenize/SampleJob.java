package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.CorpusSample;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.SampleFacts;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.source.Landed;
import io.chorale.jobs.source.Landing;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.StageTimes;
import io.chorale.report.DatasetPage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/**
 * Tells what a corpus becomes, by a share of it: the sample goes through all that {@link
 * TokenizeJob} does, into a dataset that does not stay. A page is all that is written.
 *
 * <p>The sample depends on the corpus and the share alone. Of a table that Spark reads, the rows
 * are gone through once, and those are copied that a hash of what they hold chooses.
 */
public final class SampleJob {
  private static final String SUFFIX = "-sample";

  private final Session session;
  private final Storage storage;
  private final Settings settings;
  private final double share;
  private final Consumer<String> say;

  /**
   * @param share of the corpus, above 0 and at most 1
   * @param say prints a line of progress
   */
  public SampleJob(Session session, Settings settings, double share, Consumer<String> say) {
    this.session = session;
    this.storage = new Storage(session.context().hadoopConfiguration());
    this.settings = settings;
    this.share = share;
    this.say = say;
  }

  /**
   * What a finished job tells.
   *
   * @param found in the sample
   * @param facts of the whole
   * @param page where that can be read
   */
  public record Result(TokenizeJob.Result found, SampleFacts facts, String page) {}

  /**
   * Refuses what can be refused by the settings alone.
   *
   * @throws SettingsException where they name no dataset, cannot judge documents, or name steps
   */
  public static void check(Settings settings) {
    TokenizeJob.check(settings);
    if (settings.corpus().hasSteps()) {
      throw new SettingsException(
          "Cannot sample steps of series: corpus.time-field is %s, expected records that stand for themselves, as a series lacks steps of which a share is left out. Run without --sample, on fewer files."
              .formatted(settings.corpus().timeField()));
    }
  }

  /** The page of a sample of what becomes a dataset: beside it. */
  static Path page(Path dataset) {
    return new Path(dataset.getParent(), dataset.getName() + SUFFIX + ".html");
  }

  /** Reads the sample and writes the page. */
  public Result run() {
    Path target = storage.qualify(TokenizeJob.target(settings));
    Path page = page(target);
    // Nothing is ever published there.
    Path scratch = new Path(target.getParent(), target.getName() + SUFFIX + ".scratch");
    StagedDirectory staged =
        storage.stage(scratch, "sample", DatasetManifest.FILE, TokenizeJob.CONTENTS, true);
    CorpusTokenizers wanted = CorpusTokenizers.of(storage, ofSample(settings));
    Against against = Against.of(storage, settings, target);
    Landing landing = Landing.of(session, storage, ofSample(settings), scratch, share, say);
    staged.probe();
    Landed landed = landing.land();
    try {
      return write(landed, page, scratch, staged, wanted, against);
    } finally {
      landed.discard();
    }
  }

  /**
   * What a sample does with less of: it keeps no work, is never too bad to be looked at, and has
   * too few documents for the shards of the whole.
   */
  private static Settings ofSample(Settings settings) {
    return SettingsFile.with(settings, "data.work=", "data.shards=0", "corpus.max-rejected=1");
  }

  /** A page must not become a document of the corpus. */
  private void refuseAsDocument(Path page, Sources sources) {
    for (CorpusSettings source : sources.byName().values()) {
      for (DatasetSplit split : DatasetSplit.values()) {
        for (String path : source.paths(split)) {
          if (storage.isIn(new Path(path), page)) {
            throw new SettingsException(
                "Cannot write the page of a sample %s: it would be a document of the corpus, since it lies in %s, expected a place elsewhere. Choose another data.path."
                    .formatted(page, path));
          }
        }
      }
    }
  }

  private Result write(
      Landed landed,
      Path page,
      Path scratch,
      StagedDirectory staged,
      CorpusTokenizers wanted,
      Against against) {
    Settings files = landed.settings();
    Sources sources = Sources.of(files);
    List<CorpusFile> all = landed.named(Corpus.files(storage, sources));
    TokenizeJob.refuseOwnOutput(storage, all, TokenizeJob.target(settings));
    refuseAsDocument(page, sources);
    CorpusSample sample = CorpusSample.of(all, sources, share);
    CorpusPlan plan = sample.plan();
    say.accept(
        "A sample of %s of %s files"
            .formatted(Amounts.bytes(plan.storedBytes()), Amounts.count(all.size())));
    WorkDirectory work = WorkDirectory.beside(storage, scratch, plan.fingerprint());
    try (StageTimes times = new StageTimes(session.context())) {
      // What a killed run has finished tells no time.
      work.discard();
      work.begin(CorpusPlan.FILE, plan.toBytes());
      Made made = new Made(files, plan, HeldOut.of(storage, files), against, Optional.empty());
      TokenizeRun run =
          new TokenizeRun(session.context(), storage, files, landed, plan, made, work, staged, say);
      Screening.Found found = new Screening(session, storage, files, say).screen(plan, made, work);
      RowPipeline.Written written = new RowPipeline(run, wanted, found).write();
      TokenizeJob.Result result = written.result();
      result.account().publish(storage, staged.path());
      SampleEstimates estimates =
          new SampleEstimates(Sources.of(settings), sample, written.parts(), share);
      SampleFacts facts =
          estimates.facts(
              wanted.all().stream().anyMatch(one -> one.given().isEmpty()),
              result.manifest().schema().tokenizers().isEmpty()
                  ? SampleFacts.NUMBERS
                  : SampleFacts.TOKENS,
              notes(result, plan, lacking(files)),
              shardBytes(staged.path()),
              times.coreSeconds(plan.parts().size()),
              session.context().defaultParallelism());
      Dataset dataset = Dataset.of(storage, staged.path(), result.manifest().toBytes());
      storage.publish(
          page, DatasetPage.of(storage, dataset, facts).getBytes(StandardCharsets.UTF_8));
      work.clear();
      return new Result(result, facts, page.toString());
    } finally {
      staged.discard();
      work.discard();
    }
  }

  /** The held-out splits of tables of which no row was chosen: {@code validation of NAME}. */
  private List<String> lacking(Settings copied) {
    List<String> lacking = new ArrayList<>();
    Map<String, CorpusSettings> copies = Sources.of(copied).byName();
    Sources.of(settings)
        .byName()
        .forEach(
            (name, source) -> {
              for (DatasetSplit split : DatasetSplit.values()) {
                if (!source.paths(split).isEmpty() && copies.get(name).paths(split).isEmpty()) {
                  lacking.add(split.key() + (name.equals(Sources.ONLY) ? "" : " of " + name));
                }
              }
            });
    return lacking;
  }

  private List<String> notes(TokenizeJob.Result result, CorpusPlan plan, List<String> lacking) {
    List<String> notes = new ArrayList<>();
    if (!lacking.isEmpty()) {
      notes.add(
          "The sample has no row of %s: nothing of it stands here."
              .formatted(String.join(", ", lacking)));
    }
    try {
      plan.check(result.counts(), settings.corpus().maxRejected());
    } catch (ChoraleException e) {
      notes.add("So much is rejected that the whole would not be taken: " + e.getMessage());
    }
    return notes;
  }

  /** Bytes of the shards that were written. */
  private long shardBytes(Path dataset) {
    return storage.list(dataset).stream()
        .filter(found -> found.isDirectory())
        .flatMap(split -> storage.list(split.getPath()).stream())
        .filter(file -> file.getPath().getName().endsWith(".safetensors"))
        .mapToLong(file -> file.getLen())
        .sum();
  }
}
