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
import io.chorale.data.Schema;
import io.chorale.io.OwnDirectory;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

/**
 * From text to a dataset: count and check the corpus, train the tokenizer unless one is given,
 * encode, deal to splits and shards, write.
 *
 * <p>The corpus is read once for each of the first three; what is encoded waits on the executors'
 * disks until the sizes of the splits are known. The bytes of the dataset depend on the settings
 * and the corpus alone, not on how Spark cut the work.
 */
public final class TokenizeJob {
  private static final DocumentHash NO_HASH = new DocumentHash(0, 0);

  /** What lies in a dataset's directory beside the manifest. */
  private static final Set<String> CONTENTS =
      Stream.concat(
              Stream.of(Dataset.TOKENIZER, RejectedJob.DIRECTORY),
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

  /** What a finished job tells. */
  public record Result(DatasetManifest manifest, CorpusCounts counts) {}

  /** Writes the dataset, all of it or nothing. */
  public Result run() {
    Path target = target(settings);
    StagedDirectory staged =
        storage.stage(target, "dataset", DatasetManifest.FILE, CONTENTS, overwrite);
    Tokenizers.check(settings.tokenizer());
    byte[] given = Tokenizers.given(storage, settings.tokenizer());
    if (given != null) {
      // Fails here where it is damaged, not later on an executor.
      Tokenizers.load(given, settings.tokenizer().file());
    }
    CorpusReader corpus = new CorpusReader(session, storage, settings);
    refuseOwnOutput(corpus.files(), target);
    staged.probe();

    JavaRDD<CorpusEntry> entries = corpus.entries();
    List<PartCounts> parts = count(entries, corpus);
    CorpusCounts counts = new CorpusCounts();
    parts.forEach(part -> counts.merge(part.counts));
    counts.check(settings.corpus().maxRejected());

    byte[] json = given == null ? train(entries, counts) : given;
    SharedTokenizer tokenizer = new SharedTokenizer(context, json, Dataset.TOKENIZER);
    Tally tally = new Tally(context);
    JavaRDD<EncodedDocument> encoded =
        encode(entries, tokenizer, tally).persist(StorageLevel.DISK_ONLY());
    Path staging = staged.path();
    try {
      DealtRows dealt = deal(encoded, tokenizer, corpus.hasParquet(), counts, tally);
      staged.begin();
      storage.publish(new Path(staging, Dataset.TOKENIZER), json);
      DatasetManifest manifest = writeShards(dealt, tokenizer.get(), json, staging);
      long[] rejected = parts.stream().mapToLong(part -> part.kept).toArray();
      RejectedJob.write(entries, corpus.files(), sent, rejected, storage, staging);
      removeAbandoned(staging);
      staged.publish(manifest.toBytes(), manifest.files());
      return new Result(manifest, counts);
    } catch (Throwable e) {
      discard(staged);
      throw e;
    } finally {
      if (!context.sc().isStopped()) {
        encoded.unpersist();
      }
      tokenizer.close();
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

  private List<PartCounts> count(JavaRDD<CorpusEntry> entries, CorpusReader corpus) {
    Tally tally = new Tally(context);
    List<CorpusFile> files = corpus.files();
    SentSettings sent = this.sent;
    String name =
        "Counting documents in %s files (%s)"
            .formatted(Amounts.count(files.size()), Amounts.bytes(corpus.storedBytes()));
    try (Step step = new Step(context, say, name, tally::toString)) {
      List<PartCounts> parts =
          entries
              .mapPartitions(part -> List.of(PartCounts.of(part, files, sent, tally)).iterator())
              .collect();
      step.finish(tally.toString());
      return parts;
    }
  }

  /** A step that goes through the whole corpus. */
  private Step step(String name, Tally tally, CorpusCounts counts) {
    return new Step(context, say, name, tally::toString, tally::bytes, counts.bytes());
  }

  private byte[] train(JavaRDD<CorpusEntry> entries, CorpusCounts counts) {
    Tally tally = new Tally(context);
    try (Step step = step("Training the tokenizer", tally, counts)) {
      Map<String, Long> pieces = PieceCounter.count(entries, sent, tally);
      byte[] json = Tokenizers.train(settings.tokenizer(), pieces);
      step.finish("from %s distinct pieces".formatted(Amounts.count(pieces.size())));
      return json;
    }
  }

  private JavaRDD<EncodedDocument> encode(
      JavaRDD<CorpusEntry> entries, SharedTokenizer tokenizer, Tally tally) {
    boolean byHash = settings.data().split() == DataSettings.Split.DOCUMENT;
    return entries
        .filter(entry -> entry instanceof Document)
        .map(
            entry -> {
              Document document = (Document) entry;
              Tokenizer loaded = tokenizer.get();
              int[] ids = loaded.encode(document.text());
              int[] row = Arrays.copyOf(ids, ids.length + 1);
              row[ids.length] = loaded.endOfText();
              tally.add(document);
              return new EncodedDocument(
                  document.file(),
                  document.offset(),
                  document.bytes(),
                  byHash ? DocumentHash.of(document.text()) : NO_HASH,
                  row);
            });
  }

  private DealtRows deal(
      JavaRDD<EncodedDocument> encoded,
      SharedTokenizer tokenizer,
      boolean perFile,
      CorpusCounts counts,
      Tally tally) {
    try (Step step = step("Encoding", tally, counts)) {
      DealtRows dealt =
          settings.data().split() == DataSettings.Split.DOCUMENT
              ? DealByHash.deal(encoded, sent)
              : DealByPlace.deal(encoded, sent, tokenizer, perFile);
      step.finish("%s tokens".formatted(Amounts.count(dealt.tokens())));
      return dealt;
    }
  }

  private DatasetManifest writeShards(
      DealtRows dealt, Tokenizer tokenizer, byte[] json, Path staging) {
    Schema schema = Schema.text(tokenizer.vocabularySize(), Tokenizers.fingerprint(json));
    LongAccumulator written = context.sc().longAccumulator();
    try (Step step =
        new Step(
            context,
            say,
            "Writing",
            () -> Amounts.count(written.value()) + " tokens",
            written::value,
            dealt.tokens())) {
      Map<DatasetSplit, DatasetManifest.Split> splits =
          ShardJob.write(dealt, schema.columns(), storage, staging, written);
      step.finish("%s shards".formatted(Amounts.count(dealt.shards().total())));
      return DatasetManifest.of(schema, splits);
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
