package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.TokenStream;
import io.chorale.embed.SkipGram;
import io.chorale.embed.SkipGramObjective;
import io.chorale.embed.SkipGramTrainer;
import io.chorale.embed.TrainedVectors;
import io.chorale.embed.WordCounts;
import io.chorale.io.Faults;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import io.chorale.token.WordTrainer;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.train.Trained;
import io.chorale.vectors.VectorFile;
import io.chorale.vectors.VectorFormat;
import io.chorale.vectors.WordVectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Word vectors by rounds: what every training promises holds for them. */
class WordVectorsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  private static final int WORDS = WordDataset.WORDS;
  private static final int VOCABULARY = WordDataset.VOCABULARY;

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void dataset() {
    tiny =
        new TinyTraining(
            SPARK.session().context(), new Storage(new Configuration()), directory.toString());
    write("data", WordDataset.tokenizer(), 12, 60, 60);
  }

  private void write(String name, byte[] tokenizer, int heldOut, int... trainTexts) {
    WordDataset.write(tiny.storage(), new Path(tiny.root(), name), tokenizer, heldOut, trainTexts);
  }

  private Settings settings(String run, String... more) {
    return SettingsFile.with(SettingsFile.defaults(), overrides(run, more));
  }

  private List<String> overrides(String run, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data.path=" + tiny.root() + "/data",
                "run.path=" + tiny.root() + "/" + run,
                "run.keep=100",
                "task.kind=word-vectors",
                "vectors.size=12",
                "vectors.min-count=2",
                "vectors.subsample=1.0e-2",
                "train.context=16",
                "train.batch=4",
                "train.steps=12",
                "train.average-every=4",
                "train.schedule=linear",
                "train.learning-rate=0.1",
                "train.min-learning-rate=0",
                "train.warmup=0"));
    overrides.addAll(List.of(more));
    return overrides;
  }

  private FloatVector rows(Settings settings, SkipGram skipGram) {
    var objective = new SkipGramObjective(settings, skipGram.words());
    return tiny.run(settings).checkpoints().parameters(tiny.latest(settings), objective.layout());
  }

  private SkipGram skipGram(Settings settings, Dataset dataset) {
    long[] counts = new long[VOCABULARY];
    for (int shard = 0; shard < 2; shard++) {
      for (int id : dataset.shard(DatasetSplit.TRAIN, shard).tokens(Column.TEXT).toArray()) {
        counts[id]++;
      }
    }
    return new WordCounts(counts, new int[0][])
        .skipGram(settings, dataset.tokenizer(Column.TEXT).orElseThrow());
  }

  /** Three rounds of one worker are twelve steps in one go, bit for bit. */
  @ParameterizedTest
  @ValueSource(strings = {"", "2-4"})
  void oneWorkerByRoundsIsSkipGramInOneGo(String ngrams) {
    List<String> more =
        ngrams.isEmpty() ? List.of() : List.of("vectors.ngrams=" + ngrams, "vectors.buckets=40");
    Settings settings = settings("one", more.toArray(String[]::new));
    tiny.train(settings);
    Dataset dataset = Dataset.open(tiny.storage(), new Path(tiny.root(), "data"));
    SkipGram skipGram = skipGram(settings, dataset);
    FloatVector whole =
        Trained.by(
                new SkipGramTrainer(
                    skipGram,
                    TokenStream.of(settings.train(), false).batches(dataset, new int[] {0, 1}),
                    settings.train()),
                skipGram.first(),
                Trained.FRESH,
                0,
                new StepRange(0, 0, 12),
                StepListener.NONE)
            .parameters();
    assertEquals(whole, rows(settings, skipGram));
  }

  /**
   * Killed while storage changes, and gone on with: the same bytes; what is in the run is known.
   */
  @Test
  void aTrainingThatWasKilledEndsAsOneThatWasNot() {
    tiny = STORAGE.training(SPARK, "faulty", directory.resolve("faulty"));
    write("data", WordDataset.tokenizer(), 12, 60, 60);
    String[] two = {"train.workers=2", "train.steps=8", "evaluate.every=0"};
    Settings whole = settings("whole", two);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    tiny.train(whole);
    int changes = counted.get();
    Faults.end();
    assertTrue(changes > 10, changes + " changes");
    for (int kill = 3; kill < changes; kill += 9) {
      Settings killed = settings("killed-" + kill, two);
      Faults.killAfter(kill);
      assertThrows(Exception.class, () -> tiny.train(killed));
      Faults.end();
      tiny.train(killed);
      assertEquals(tiny.checksums(whole), tiny.checksums(killed), "killed at " + kill);
    }
    assertEquals(
        List.of(
            "checkpoints",
            "counts.json",
            "metrics.jsonl",
            "schema.json",
            "settings.yaml",
            "tokenizer.json"),
        tiny.names(tiny.run(whole).path()));
  }

  /** Each of two workers sees one shard; words of a kind come to lie together all the same. */
  @Test
  void workersTogetherLearnWhichWordsBelongTogether() {
    Settings settings =
        settings("two", "train.workers=2", "train.epochs=30", "train.average-every=20");
    String said = tiny.train(settings);
    assertTrue(said.contains("skip-gram of 30 words"), said);
    // 60 texts of 13 tokens are 12 batches of 64.
    assertEquals(30 * 12, tiny.latest(settings).steps());
    WordVectors vectors = open(settings).vectors();
    double same = 0;
    double other = 0;
    for (String a : vectors.words()) {
      for (String b : vectors.words()) {
        double cosine = cosine(vectors.vector(a).orElseThrow(), vectors.vector(b).orElseThrow());
        if (a.charAt(0) != b.charAt(0)) {
          other += cosine / (WORDS * WORDS / 2);
        } else if (!a.equals(b)) {
          same += cosine / (WORDS * (WORDS / 2 - 1));
        }
      }
    }
    assertTrue(same > other + 0.3, same + " " + other);
    List<String> metrics = tiny.run(settings).metrics();
    double first = loss(metrics.get(0));
    double last = loss(metrics.get(metrics.size() - 1));
    assertTrue(last < 0.95 * first, first + " " + last);
  }

  /**
   * Texts at random but for three words that always follow each other, and two that often do: the
   * score of pairs is that of a plain count.
   */
  @Test
  void wordsThatFollowEachOtherBecomePhrases() {
    phrases("data", 200, 200);
    String[] found = {
      "vectors.phrases=10", "vectors.phrase-threshold=12", "train.workers=2", "train.steps=4"
    };
    Settings settings = settings("phrases", found);
    String said = tiny.train(settings);
    // The first two, the last two, all three.
    assertTrue(said.contains("3 were found"), said);
    WordVectors vectors = open(settings).vectors();
    List<String> phrases = vectors.words().stream().filter(word -> word.contains("_")).toList();
    assertEquals(List.of("tier0_ding1_tier2"), phrases);
    assertEquals(400, vectors.counts()[vectors.words().indexOf("tier0_ding1_tier2")]);
    assertTrue(vectors.vector("tier0").isEmpty(), "it stands in the phrase alone");

    Settings pairs = settings("pairs", found);
    pairs = SettingsFile.with(pairs, List.of("vectors.phrase-words=2"));
    tiny.train(pairs);
    assertEquals(
        List.of("tier0_ding1"),
        open(pairs).vectors().words().stream().filter(word -> word.contains("_")).toList());
  }

  /** A dataset of texts of 20 random words each, every one with the three in it. */
  private void phrases(String name, int... shardTexts) {
    Path path = new Path(tiny.root(), name);
    tiny.storage().publish(new Path(path, Dataset.TOKENIZER), WordDataset.tokenizer());
    Tokenizer words = Tokenizers.load(WordDataset.tokenizer(), "a test");
    List<Column> columns = List.of(Column.ids(Column.TEXT, words.vocabularySize()));
    Random random = new Random(5);
    List<ShardFacts> shards = new ArrayList<>();
    for (int texts : shardTexts) {
      shards.add(
          phrases(columns, texts, random, words)
              .publish(tiny.storage(), path, DatasetSplit.TRAIN, shards.size()));
    }
    DatasetManifest.of(
            Schema.text(words.vocabularySize(), Tokenizers.fingerprint(WordDataset.tokenizer())),
            Map.of(DatasetSplit.TRAIN, DatasetManifest.Split.of(columns, shards, 1)))
        .publish(tiny.storage(), path);
  }

  private static ShardWriter phrases(
      List<Column> columns, int texts, Random random, Tokenizer words) {
    ShardWriter writer = new ShardWriter(columns);
    for (int text = 0; text < texts; text++) {
      List<String> spelt = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        spelt.add(WordDataset.spelling(3 + random.nextInt(WORDS - 3)));
      }
      spelt.addAll(
          random.nextInt(20),
          List.of(WordDataset.spelling(0), WordDataset.spelling(1), WordDataset.spelling(2)));
      int[] ids = words.ended(words.encode(String.join(" ", spelt)));
      writer.append(Column.TEXT, ids, 0, ids.length);
      writer.endRow();
    }
    return writer;
  }

  private static double loss(String metrics) {
    String key = "\"validation_loss\":";
    int at = metrics.indexOf(key) + key.length();
    return Double.parseDouble(metrics.substring(at, metrics.indexOf(',', at)));
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      ab += a[k] * b[k];
      aa += a[k] * a[k];
      bb += b[k] * b[k];
    }
    return ab / Math.sqrt(aa * bb);
  }

  private TrainedVectors open(Settings settings) {
    return TrainedVectors.open(
        tiny.storage(), new Path(settings.run().path()), new CheckpointChoice("last"));
  }

  @Test
  void theCommandWritesEveryFormatThatToolsRead() {
    Settings settings = settings("run", "vectors.ngrams=2-3", "vectors.buckets=16");
    tiny.train(settings);
    WordVectors vectors = open(settings).vectors();
    for (VectorFormat format : VectorFormat.values()) {
      String file = tiny.root() + "/words." + format.key();
      CommandRun written =
          CommandRun.of(
              "vectors",
              "--set",
              "run.path=" + settings.run().path(),
              "--output",
              file,
              "--format",
              format.key());
      assertEquals(0, written.exitCode(), written.err());
      assertTrue(written.out().contains("30 words, 12 numbers each, after round 3"));
      if (format == VectorFormat.PARQUET) {
        List<Row> rows = SPARK.session().sql().read().parquet(file).collectAsList();
        for (int i = 0; i < WORDS; i++) {
          assertEquals(vectors.words().get(i), rows.get(i).getString(0));
          assertEquals(vectors.counts()[i], rows.get(i).getLong(1));
          List<Float> read = rows.get(i).getList(2);
          float[] vector = vectors.vector(vectors.words().get(i)).orElseThrow();
          for (int k = 0; k < vector.length; k++) {
            assertEquals(vector[k], read.get(k));
          }
        }
      } else {
        WordVectors read = VectorFile.read(tiny.storage(), new Path(file)).vectors();
        assertEquals(vectors.words(), read.words());
        for (String word : vectors.words()) {
          assertArrayEquals(
              vectors.vector(word).orElseThrow(),
              read.vector(word).orElseThrow(),
              format == VectorFormat.FASTTEXT ? 1e-4f : 0);
        }
      }
    }
    CommandRun other = CommandRun.of("vectors", "--output", "x", "--format", "gensim");
    assertEquals(2, other.exitCode());
  }

  @Test
  void whatIsNoTextOfWordsIsRefused() {
    TinyDataset.write(tiny.storage(), new Path(tiny.root(), "characters"), 300, 300);
    assertRefused(
        settings("run", "data.path=" + tiny.root() + "/characters"),
        "its tokenizer knows pieces or characters");
  }

  @Test
  void wordsThatAreTooFewAreRefused() {
    assertRefused(settings("run", "vectors.min-count=100000"), "no word occurs 100000 times");
    write("single", WordTrainer.train(Map.of(WordDataset.spelling(0), 1L), 3), 12, 60);
    assertRefused(
        settings("run", "data.path=" + tiny.root() + "/single"), "tier0 is the only word");
  }

  private void assertRefused(Settings settings, String why) {
    ChoraleException refused = assertThrows(ChoraleException.class, () -> tiny.train(settings));
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
    assertTrue(!tiny.storage().exists(new Path(settings.run().path())));
  }

  /** Held-out text without a pair of known words tells nothing; the training goes on without it. */
  @Test
  void aSplitWithoutKnownWordsIsNoEvaluation() {
    write("data", WordDataset.tokenizer(), 0, 60, 60);
    Settings settings = settings("run");
    tiny.train(settings);
    assertEquals(12, tiny.latest(settings).steps());
    assertTrue(tiny.run(settings).metrics().get(0).contains("\"validation_loss\":null"));
  }

  @Test
  void aRunOfWordVectorsIsNoModel() {
    Settings settings = settings("run");
    tiny.train(settings);
    CommandRun evaluated = CommandRun.of("evaluate", "--set", "run.path=" + settings.run().path());
    assertEquals(2, evaluated.exitCode(), evaluated.err());
    assertTrue(evaluated.err().contains("of which there is no model"), evaluated.err());
    CommandRun report = CommandRun.of("report", "--run", settings.run().path());
    assertEquals(0, report.exitCode(), report.err());
    assertEquals("", report.err());
  }

  @Test
  void planTellsTheMemoryOfRows() {
    CommandRun plan = CommandRun.with(overrides("run", "train.workers=2"), "plan", "--json");
    assertEquals(0, plan.exitCode(), plan.err());
    // A row of 16 for each of 32 entries, and one more as output.
    assertTrue(plan.out().contains("\"parameters\":1024"), plan.out());
    assertTrue(plan.out().contains("\"stored_bytes\":4096"), plan.out());
  }
}
