package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.embed.FoundEmbeddings;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.model.ParameterLayout;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose tables begin from word vectors. */
class FirstEmbeddingsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final int WIDTH = 16;

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;
  private Path file;
  private int[] known;

  /** The entries are letters; of three words two are among them. */
  @BeforeEach
  void dataset() {
    tiny =
        new TinyTraining(
            SPARK.session().context(), new Storage(new Configuration()), directory.toString());
    tiny.dataset(400, 400);
    file = vectors("words.txt", WIDTH, "b", "word", "e");
    Tokenizer tokenizer =
        Dataset.open(tiny.storage(), new Path(tiny.root(), "data")).tokenizer("text").orElseThrow();
    known = new int[] {tokenizer.encode("b")[0], tokenizer.encode("e")[0]};
  }

  /** A vector of a word has the word's place in all of its numbers, with the sign in turn. */
  private Path vectors(String name, int width, String... words) {
    StringBuilder text = new StringBuilder();
    for (int word = 0; word < words.length; word++) {
      text.append(words[word]);
      for (int i = 0; i < width; i++) {
        text.append(i % 2 == 0 ? " " : " -").append(word + 1);
      }
      text.append('\n');
    }
    Path path = new Path(tiny.root(), name);
    tiny.storage().publish(path, text.toString().getBytes(StandardCharsets.UTF_8));
    return path;
  }

  private Settings settings(String run, String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.add("embeddings.from=" + file);
    all.add("train.workers=2");
    return tiny.settings(run, all.toArray(String[]::new));
  }

  /** The table after a round, row by row. */
  private float[][] table(Settings settings, long round) {
    CheckpointManifest manifest = tiny.run(settings).checkpoints().find(round).orElseThrow();
    FloatVector parameters =
        tiny.run(settings).checkpoints().parameters(manifest, tiny.layout(settings));
    return rows(settings, parameters);
  }

  private float[][] rows(Settings settings, FloatVector parameters) {
    ParameterLayout.Entry table = tiny.layout(settings).entry("embedding.weight");
    float[][] rows = new float[TinyDataset.VOCABULARY][WIDTH];
    for (int i = 0; i < table.length(); i++) {
      rows[i / WIDTH][i % WIDTH] = parameters.get(table.offset() + i);
    }
    return rows;
  }

  private static float[] vector(int place, float factor) {
    float[] vector = new float[WIDTH];
    IntStream.range(0, WIDTH).forEach(i -> vector[i] = (i % 2 == 0 ? place : -place) * factor);
    return vector;
  }

  /**
   * With all that could move a row whose gradient is zero: decay, momentum of the outer step,
   * clipping, a share of the head.
   */
  @ParameterizedTest
  @CsvSource({
    "adamw, nesterov, float32, float32, transformer",
    "sgd, adam, int8, float32, transformer",
    "adamw, mean, float32, bfloat16, transformer",
    "adamw, mean, float32, float32, lstm"
  })
  void frozenRowsKeepTheirBitsForSoManyRoundsAndThenMove(
      String optimizer, String outer, String send, String precision, String model) {
    Settings settings =
        settings(
            "frozen",
            "embeddings.frozen=2",
            "embeddings.scale=none",
            "train.optimizer=" + optimizer,
            "train.weight-decay=0.5",
            "train.clip=0.1",
            "average.outer=" + outer,
            "average.send=" + send,
            "train.precision=" + precision,
            "model.kind=" + model);
    String said = tiny.train(settings);
    assertTrue(said.contains("words.txt: 2 of 10 entries (20.0 %)"), said);
    float[][] first = rows(settings, tiny.layout(settings).initial(settings.train().seed()));
    for (int round = 1; round <= 2; round++) {
      float[][] table = table(settings, round);
      assertArrayEquals(vector(1, 1), table[known[0]], "round " + round);
      assertArrayEquals(vector(3, 1), table[known[1]], "round " + round);
      for (int id = 0; id < table.length; id++) {
        boolean frozen = id == known[0] || id == known[1];
        assertEquals(frozen, Arrays.equals(table[id], vector(id == known[0] ? 1 : 3, 1)));
        assertFalse(Arrays.equals(table[id], first[id]), "id " + id);
      }
    }
    assertFalse(Arrays.equals(vector(1, 1), table(settings, 3)[known[0]]));
  }

  @Test
  void aTrainingGoesOnWithoutTheVectors() {
    Settings whole = settings("whole", "embeddings.frozen=2");
    tiny.train(whole);
    Settings killed = settings("killed", "embeddings.frozen=2");
    tiny.trainUntil(1, killed);
    tiny.storage().deleteRecursively(file);
    String said = tiny.train(killed);
    assertTrue(said.contains("words.txt: 2 of 10 entries"), said);
    assertEquals(tiny.checksums(whole), tiny.checksums(killed));
    FoundEmbeddings found = FoundEmbeddings.read(tiny.run(killed));
    assertArrayEquals(known, found.found());
  }

  /** Their numbers are 1 and 3, so their mean square is 5. */
  @Test
  void vectorsBecomeAsLargeAsTheTableWouldBeAtRandom() {
    Settings settings = settings("scaled", "embeddings.frozen=always");
    tiny.train(settings);
    double squares = 0;
    for (float[] row : rows(settings, tiny.layout(settings).initial(settings.train().seed()))) {
      for (float value : row) {
        squares += (double) value * value;
      }
    }
    float factor = (float) Math.sqrt(squares / (TinyDataset.VOCABULARY * WIDTH) / 5);
    float[][] table = table(settings, 3);
    assertArrayEquals(vector(1, factor), table[known[0]], 1e-7f);
    assertArrayEquals(vector(3, factor), table[known[1]], 1e-7f);
  }

  @Test
  void planAndReportSayWhereATableBegins() throws IOException {
    List<String> given =
        tiny.overrides("told", "embeddings.from=" + file, "embeddings.frozen=2", "train.steps=4");
    CommandRun plan = CommandRun.with(given, "plan");
    assertEquals(0, plan.exitCode(), plan.err());
    String told = "words.txt: 2 of 10 entries (20.0 %); frozen for 2 rounds";
    assertTrue(plan.out().contains(told), plan.out());
    CommandRun json = CommandRun.with(given, "plan", "--json");
    assertTrue(json.out().contains("\"embeddings_entries\":10,\"embeddings_found\":2"), json.out());
    List<String> other = new ArrayList<>(given);
    other.add("embeddings.from=" + vectors("wide.txt", WIDTH + 1, "b"));
    CommandRun impossible = CommandRun.with(other, "plan");
    assertEquals(2, impossible.exitCode());
    assertTrue(impossible.err().contains("Set model.width=17"), impossible.err());
    other.add("data.path=" + tiny.root() + "/none");
    CommandRun early = CommandRun.with(other, "plan");
    assertTrue(early.out().contains("wide.txt: no entry is known yet"), early.out() + early.err());

    assertEquals(0, CommandRun.with(given, "train").exitCode());
    java.nio.file.Path page = directory.resolve("page.html");
    String run = tiny.root() + "/told";
    CommandRun report = CommandRun.of("report", "--run", run, "--output", page.toString());
    assertEquals(0, report.exitCode(), report.err());
    assertTrue(Files.readString(page).contains(told), "a tile");
    tiny.storage().deleteRecursively(new Path(run, FoundEmbeddings.FILE));
    assertEquals(0, CommandRun.of("report", "--run", run, "--output", page.toString()).exitCode());
    assertTrue(Files.readString(page).contains("embeddings.json"), "it is missed");
  }

  @Test
  void vectorsThatDoNotFitAreRefusedBeforeAnythingIsWritten() {
    file = vectors("wide.txt", WIDTH + 1, "b");
    refused("its vectors have 17 numbers, expected 16", "Set model.width=17");
    file = vectors("others.txt", WIDTH, "Apfel", "Birne");
    refused("it has none of the 10 entries of the tokenizer");
    file = new Path(tiny.root(), "data");
    refused("it holds no settings.yaml");
    Settings other = settings("other");
    tiny.train(tiny.settings("language"));
    file = new Path(tiny.root(), "language");
    refused("its task.kind is language-model, expected word-vectors");
    assertFalse(tiny.storage().exists(new Path(other.run().path())));
  }

  private void refused(String... parts) {
    Settings settings = settings("refused");
    String message = assertThrows(SettingsException.class, () -> tiny.train(settings)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
    assertFalse(tiny.storage().exists(new Path(settings.run().path())));
  }
}
