package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.Document;
import io.chorale.corpus.Rejection;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentHash;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.io.OwnDirectory;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import io.chorale.token.Tokenizers;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

/**
 * From a corpus to a dataset: learn what its columns are, count and check it, train the tokenizers
 * that its texts need and that are not given, encode, deal to splits and shards, write.
 *
 * <p>The corpus is read once for each of the first four, and for each tokenizer; what is encoded
 * waits on the executors' disks until the sizes of the splits are known. The bytes of the dataset
 * depend on the settings and the corpus alone, not on how Spark cut the work.
 */
public final class TokenizeJob {
  private static final DocumentHash NO_HASH = new DocumentHash(0, 0);

  /** What lies in a dataset's directory beside the manifest. */
  private static final Set<String> CONTENTS =
      Stream.concat(
              Stream.of(Dataset.TOKENIZER, Dataset.TARGET_TOKENIZER, RejectedJob.DIRECTORY),
              Arrays.stream(DatasetSplit.values()).map(DatasetSplit::key))
          .collect(Collectors.toSet());

  private final Session session;
  private final JavaSparkContext context;
  private final Storage storage;
  private final Settings settings;
  private final SentSettings sent;
  private final boolean overwrite;
  private final Consumer<String> say;

  /**
   * @param overwrite whether a dataset that is there already is replaced
   * @param say prints a line of progress
   */
  public TokenizeJob(Session session, Settings settings, boolean overwrite, Consumer<String> say) {
    this.session = session;
    this.context = session.context();
    this.storage = new Storage(context.hadoopConfiguration());
    this.settings = settings;
    this.sent = new SentSettings(settings);
    this.overwrite = overwrite;
    this.say = say;
  }

  /**
   * What a finished job tells.
   *
   * @param damaged the files that could not be read as a whole, each with the reason
   */
  public record Result(DatasetManifest manifest, CorpusCounts counts, List<String> damaged) {}

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
    CorpusReader corpus = new CorpusReader(session, storage, settings);
    refuseOwnOutput(corpus.files(), target);
    staged.probe();
    if (settings.corpus().hasSteps()) {
      return series(corpus, staged);
    }

    ColumnFacts facts = learn(corpus, wanted.byWord());
    List<PartCounts> parts = count(corpus, facts);
    CorpusCounts counts = new CorpusCounts();
    parts.forEach(part -> counts.merge(part.counts));
    counts.check(corpus.files(), settings.corpus().maxRejected());

    Map<String, byte[]> json = new HashMap<>();
    for (CorpusTokenizers.One one : wanted.all()) {
      json.put(one.file(), one.given().orElseGet(() -> train(one, corpus, facts, counts)));
    }
    SharedTokenizers tokenizers =
        new SharedTokenizers(context, wanted.files(), json::get, target.toString());
    Path staging = staged.path();
    JavaRDD<EncodedDocument> encoded = null;
    try (Tally tally = new Tally(context);
        Step step = step("Encoding", tally, tally::bytes, counts.bytes())) {
      JavaRDD<CorpusEntry> entries = facts.check(corpus.entries(tally));
      ColumnEncoders encoders = ColumnEncoders.of(settings.corpus(), facts, tokenizers);
      encoded = encode(entries, corpus.files(), encoders, tally);
      RowScale scale = RowScale.of(encoded, encoders.schema(), sent);
      Schema schema = scale.schema(encoders.schema());
      DealtRows dealt = deal(encoded.map(scale::apply), tokenizers, step);
      staged.begin();
      for (String file : schema.tokenizers().keySet()) {
        storage.publish(new Path(staging, file), json.get(file));
      }
      DatasetManifest manifest = writeShards(dealt, schema, staging);
      long[] rejected = parts.stream().mapToLong(part -> part.kept).toArray();
      RejectedJob.write(entries, corpus.files(), sent, rejected, storage, staging);
      removeAbandoned(staging);
      staged.publish(manifest.toBytes(), manifest.files());
      return new Result(manifest, counts, counts.damaged(corpus.files()));
    } catch (Throwable e) {
      discard(staged);
      throw e;
    } finally {
      if (encoded != null && !context.sc().isStopped()) {
        encoded.unpersist();
      }
      tokenizers.close();
    }
  }

  /** As {@link #run}, of a corpus whose records are the steps of series. */
  private Result series(CorpusReader corpus, StagedDirectory staged) {
    List<CorpusFile> files = corpus.files();
    StepFacts facts = stepFacts(corpus);
    try (Tally tally = new Tally(context);
        SeriesJob job = sorted(corpus, facts, tally)) {
      List<Long> kept = new ArrayList<>();
      CorpusCounts counts = job.count(files, kept);
      counts.check(files, settings.corpus().maxRejected());
      SeriesJob.Rows rows = job.rows();
      staged.begin();
      Path staging = staged.path();
      DatasetManifest manifest = writeShards(rows.dealt(), rows.schema(), staging);
      long[] rejected = kept.stream().mapToLong(Long::longValue).toArray();
      RejectedJob.write(job.rejections(), files, sent, rejected, storage, staging);
      removeAbandoned(staging);
      staged.publish(manifest.toBytes(), manifest.files());
      return new Result(manifest, counts, counts.damaged(files));
    } catch (Throwable e) {
      discard(staged);
      throw e;
    }
  }

  private StepFacts stepFacts(CorpusReader corpus) {
    try (Tally tally = new Tally(context);
        Step step = step("Reading steps", tally, tally::read, corpus.storedBytes())) {
      StepFacts facts =
          StepFacts.of(
              corpus.entries(tally), corpus.files(), settings.corpus().maxRejected(), tally);
      step.finish(facts.toString());
      return facts;
    }
  }

  private SeriesJob sorted(CorpusReader corpus, StepFacts facts, Tally tally) {
    try (Step step = step("Sorting steps", tally, tally::read, corpus.storedBytes())) {
      SeriesJob job = new SeriesJob(settings, corpus.entries(tally), facts);
      step.finish(job.found());
      return job;
    }
  }

  /** Where the dataset is to lie. */
  public static Path target(Settings settings) {
    return Storage.path("data.path", settings.data().path());
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

  private List<PartCounts> count(CorpusReader corpus, ColumnFacts facts) {
    List<CorpusFile> files = corpus.files();
    SentSettings sent = this.sent;
    String name =
        "Counting documents in %s files (%s)"
            .formatted(Amounts.count(files.size()), Amounts.bytes(corpus.storedBytes()));
    try (Tally tally = new Tally(context);
        Step step = step(name, tally, tally::read, corpus.storedBytes())) {
      List<PartCounts> parts =
          facts
              .check(corpus.entries(tally))
              .mapPartitions(part -> List.of(PartCounts.of(part, files, sent, tally)).iterator())
              .collect();
      step.finish(tally.toString());
      return parts;
    }
  }

  /** Labels and sizes in the training files, read in a pass of its own where there are any. */
  private ColumnFacts learn(CorpusReader corpus, Set<String> byWord) {
    if (!ColumnFacts.areLearned(settings.corpus())) {
      return ColumnFacts.ofText(byWord);
    }
    try (Tally tally = new Tally(context);
        Step step = step("Collecting labels and sizes", tally, tally::read, corpus.storedBytes())) {
      ColumnFacts facts =
          ColumnFacts.of(training(corpus.entries(tally), corpus.files()), byWord, tally);
      step.finish(facts.toString());
      return facts;
    }
  }

  private static JavaRDD<CorpusEntry> training(
      JavaRDD<CorpusEntry> entries, List<CorpusFile> files) {
    return entries.filter(entry -> files.get(entry.file()).split() == DatasetSplit.TRAIN);
  }

  private Step step(String name, Tally tally, LongSupplier done, long all) {
    return new Step(context, say, name, tally::toString, done, all);
  }

  private byte[] train(
      CorpusTokenizers.One wanted, CorpusReader corpus, ColumnFacts facts, CorpusCounts counts) {
    String name = "Training the tokenizer of " + String.join(" and ", wanted.columns());
    try (Tally tally = new Tally(context);
        Step step = step(name, tally, tally::bytes, counts.bytes())) {
      JavaRDD<CorpusEntry> entries = training(facts.check(corpus.entries(tally)), corpus.files());
      Map<String, Long> pieces = PieceCounter.count(entries, wanted.columns(), sent, tally);
      byte[] json = Tokenizers.train(wanted.settings(), pieces);
      step.finish("from %s distinct pieces".formatted(Amounts.count(pieces.size())));
      return json;
    }
  }

  private JavaRDD<EncodedDocument> encode(
      JavaRDD<CorpusEntry> entries, List<CorpusFile> files, ColumnEncoders encoders, Tally tally) {
    boolean byHash = settings.data().split() == DataSettings.Split.DOCUMENT;
    return entries
        .filter(entry -> entry instanceof Document)
        .map(
            entry -> {
              Document document = (Document) entry;
              Row row = encoders.encode(document);
              tally.add(document);
              return new EncodedDocument(
                  document.file(),
                  document.offset(),
                  files.get(document.file()).split(),
                  ColumnEncoders.size(row),
                  document.bytes(),
                  ColumnEncoders.textBytes(document),
                  byHash ? ColumnEncoders.hash(document) : NO_HASH,
                  row);
            })
        .persist(StorageLevel.DISK_ONLY());
  }

  private DealtRows deal(JavaRDD<EncodedDocument> encoded, SharedTokenizers tokenizers, Step step) {
    DealtRows dealt =
        settings.data().split() == DataSettings.Split.DOCUMENT
            ? DealByHash.deal(encoded, sent)
            : DealByPlace.deal(encoded, sent, tokenizers.of(Document.TEXT).orElseThrow());
    step.finish(amount(dealt.size()));
    return dealt;
  }

  /** For people: how much was encoded. */
  private String amount(long size) {
    return Amounts.count(size) + (settings.corpus().hasText() ? " tokens" : " numbers");
  }

  private DatasetManifest writeShards(DealtRows dealt, Schema schema, Path staging) {
    LongAccumulator written = context.sc().longAccumulator();
    try (Step step =
        new Step(
            context, say, "Writing", () -> amount(written.value()), written::value, dealt.size())) {
      DatasetManifest manifest = ShardJob.write(dealt, schema, storage, staging, written);
      step.finish("%s shards".formatted(Amounts.count(dealt.shards().total())));
      return manifest;
    }
  }

  private void discard(StagedDirectory staged) {
    try {
      staged.discard();
    } catch (ChoraleException e) {
      // The failure that led here is what the user must see.
      say.accept(e.getMessage());
    }
  }

  /** What killed attempts of a task have left behind. */
  private void removeAbandoned(Path staging) {
    OwnDirectory own = new OwnDirectory(storage, staging);
    storage.list(staging).stream()
        .filter(found -> found.isDirectory())
        .forEach(found -> own.deleteLeftovers(found.getPath()));
  }

  /** What the first pass finds in a partition. */
  private static final class PartCounts implements Serializable {
    private static final long serialVersionUID = 1L;

    private final CorpusCounts counts = new CorpusCounts();
    // Rejections to be written.
    private long kept;

    static PartCounts of(
        Iterator<CorpusEntry> entries, List<CorpusFile> files, SentSettings sent, Tally tally) {
      PartCounts part = new PartCounts();
      while (entries.hasNext()) {
        CorpusEntry entry = entries.next();
        part.counts.add(entry);
        if (entry instanceof Document document) {
          tally.add(document);
        } else if (RejectedJob.kept((Rejection) entry, files, sent.get().corpus())) {
          part.kept++;
        }
      }
      return part;
    }
  }
}
