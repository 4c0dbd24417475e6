package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Checksums;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reviews in files get their vectors, as a user runs it. */
class EmbedJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,2]");

  private static final int ROWS = 200;

  @TempDir static Path directory;
  @TempDir Path here;

  private static Path input;

  @BeforeAll
  static void train() throws IOException {
    ToyReviews.write(directory);
    run(settings("lstm"), "tokenize");
    run(settings("lstm"), "train");
    run(settings("transformer"), "train");
    input = rows(directory, "n", 0, ROWS);
  }

  @AfterEach
  void allowAll() {
    Faults.end();
  }

  private static List<String> settings(String kind, String... more) {
    List<String> settings =
        ToyReviews.settings(
            directory,
            directory.resolve("run-" + kind).toString(),
            "model.kind=" + kind,
            "train.steps=10",
            "train.average-every=10");
    if (kind.equals("transformer")) {
      settings.add("attention.heads=2");
    }
    settings.addAll(List.of(more));
    return settings;
  }

  private static CommandRun run(List<String> settings, String... command) {
    CommandRun run = CommandRun.with(settings, command);
    assertEquals(0, run.exitCode(), run.err());
    return run;
  }

  /** JSON lines, of which some hold no text. */
  private static Path rows(Path directory, String name, int from, int to) throws IOException {
    Path input = directory.resolve("in");
    Files.createDirectories(input);
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < to; i++) {
      String review =
          i % 50 == 7 ? "" : "word%d g%d m%d ".formatted(i % 20, i % 5, i % 3).repeat(1 + i % 4);
      lines.append("{\"n\": %d, \"review\": \"%s\"}\n".formatted(i, review));
    }
    Files.writeString(input.resolve(name + ".jsonl"), lines);
    return input;
  }

  private static CommandRun embed(String kind, Path input, String output, String... more) {
    List<String> settings = settings(kind, "embed.paths=[" + input + "]", "embed.output=" + output);
    settings.addAll(List.of(more));
    return CommandRun.with(settings, "embed", "--json");
  }

  private static JsonNode done(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  private static List<Path> parts(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("part-"))
          .sorted()
          .toList();
    }
  }

  private static List<JsonNode> lines(Path output) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (Path part : parts(output)) {
      for (String line : Files.readAllLines(part)) {
        lines.add(JsonMapper.builder().build().readTree(line));
      }
    }
    return lines;
  }

  private static Map<String, String> bytes(Path output) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    for (Path part : parts(output)) {
      hashes.put(part.getFileName().toString(), Checksums.sha256(Files.readAllBytes(part)));
    }
    return hashes;
  }

  private static double[] vector(JsonNode line) {
    JsonNode list = line.get("vector");
    double[] vector = new double[list.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = list.get(i).asDouble();
    }
    return vector;
  }

  private static List<double[]> vectors(Path output) throws IOException {
    return lines(output).stream()
        .filter(line -> !line.get("vector").isNull())
        .map(EmbedJobTest::vector)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "transformer"})
  void everyRowKeepsItsPlaceAndHasItsVectorInAnyFormat(String kind) throws IOException {
    Path output = here.resolve("out.jsonl");
    JsonNode done = done(embed(kind, input, output.toString()));
    assertEquals(ROWS, done.get("rows").asLong());
    assertEquals(ROWS - 4, done.get("embedded").asLong());
    assertEquals(4, done.get("refused").get("empty").asLong());
    List<JsonNode> lines = lines(output);
    assertEquals(ROWS, lines.size());
    int width = kind.equals("lstm") ? 32 : 16; // both ways
    for (int i = 0; i < ROWS; i++) {
      JsonNode line = lines.get(i);
      assertEquals(i, line.get("n").asInt());
      assertEquals(i % 50 == 7 ? "empty" : "", line.get("vector_reason").asText(""));
      assertEquals(i % 50 == 7, line.get("vector").isNull());
      if (i % 50 != 7) {
        assertEquals(width, vector(line).length);
      }
    }

    Path alone = here.resolve("alone");
    done(embed(kind, input, alone.toString(), "embed.batch=1"));
    List<Row> rows =
        SPARK.session().sql().read().parquet(alone.toString()).orderBy("n").collectAsList();
    assertEquals("array<float>", rows.get(0).schema().apply("vector").dataType().simpleString());
    for (int i = 0; i < ROWS; i++) {
      List<Float> found = rows.get(i).isNullAt(2) ? null : rows.get(i).getList(2);
      assertEquals(i % 50 == 7, found == null);
      if (found != null) {
        double[] one = found.stream().mapToDouble(Float::doubleValue).toArray();
        assertArrayEquals(vector(lines.get(i)), one, 1e-5, "row " + i);
      }
    }
  }

  @Test
  void csvHasVectorsAsNumbersWithBlanksBetween() throws IOException {
    Path output = here.resolve("out.csv");
    done(embed("lstm", directory.resolve("test.csv"), output.toString(), "embed.column=of_review"));
    List<Row> rows =
        SPARK
            .session()
            .sql()
            .read()
            .option("header", "true")
            .option("escape", "\"")
            .option("multiLine", "true")
            .csv(output.toString())
            .collectAsList();
    assertEquals(ToyReviews.TEST + 1, rows.size());
    for (Row row : rows) {
      assertEquals(32, row.<String>getAs("of_review").split(" ").length);
      assertTrue(row.isNullAt(row.fieldIndex("of_review_reason")));
    }
  }

  @Test
  void aRunThatFailedIsGoneOnWithToTheSameBytesByTheSameMap() throws IOException {
    String[] whitened = {"embed.map=whiten", "embed.size=4", "embed.sample-rows=90"};
    Path whole = here.resolve("whole.jsonl");
    done(embed("lstm", input, whole.toString(), whitened));
    assertTrue(parts(whole).size() >= 3, parts(whole).toString());
    assertEquals(4, vectors(whole).get(0).length);

    FaultyFileSystem.register(SPARK.session().context().hadoopConfiguration());
    Path output = here.resolve("out.jsonl");
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create") && path.getName().startsWith("part-00002")) {
            throw new IllegalStateException("this machine is broken");
          }
        });
    CommandRun failed = embed("lstm", input, "faulty://" + output, whitened);
    assertEquals(1, failed.exitCode(), failed.err());
    assertEquals(List.of(), parts(output));
    Faults.end();
    Path map = output.resolve("_vectors/map.safetensors");
    Object written = Files.getLastModifiedTime(map);
    JsonNode done = done(embed("lstm", input, "faulty://" + output, whitened));
    assertTrue(done.get("before").asLong() >= 64, done.toString());
    assertEquals(bytes(whole), bytes(output));
    assertEquals(written, Files.getLastModifiedTime(map), "it is learnt once");
    assertArrayEquals(
        Files.readAllBytes(whole.resolve("_vectors/map.safetensors")), Files.readAllBytes(map));

    CommandRun other = embed("lstm", input, "faulty://" + output, "embed.map=remove");
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("Cannot write vectors"), other.err());
    assertTrue(other.err().contains("Choose another embed.output"), other.err());
    assertEquals(bytes(whole), bytes(output));
  }

  @Test
  void whitenedVectorsOfTheSampleDoNotCorrelate() throws IOException {
    Path output = here.resolve("out.jsonl");
    done(embed("lstm", input, output.toString(), "embed.map=whiten"));
    List<double[]> vectors = vectors(output);
    int size = vectors.get(0).length;
    assertTrue(size > 4, "vectors of size " + size);
    for (int i = 0; i < size; i++) {
      double mean = 0;
      for (double[] vector : vectors) {
        mean += vector[i] / vectors.size();
      }
      assertEquals(0, mean, 1e-2);
      for (int j = 0; j < size; j++) {
        double sum = 0;
        for (double[] vector : vectors) {
          sum += vector[i] * vector[j];
        }
        assertEquals(i == j ? 1 : 0, sum / (vectors.size() - 1), 2e-2, i + ", " + j);
      }
    }
  }

  @Test
  void newFilesOfAStreamGetTheirVectorsByTheFirstMap() throws IOException {
    Path files = rows(here, "a", 0, 80);
    String[] stream = {"embed.stream=true", "embed.map=remove"};
    Path output = here.resolve("out.jsonl");
    assertEquals(80, done(embed("lstm", files, output.toString(), stream)).get("rows").asLong());
    Map<String, String> before = bytes(output);
    String map = Checksums.sha256(Files.readAllBytes(output.resolve("_vectors/map.safetensors")));

    Files.writeString(files.resolve("b.jsonl"), "{\"n\": 80, \"review\": \"word0 g0 m0 \"}\n");
    assertEquals(1, done(embed("lstm", files, output.toString(), stream)).get("rows").asLong());
    Map<String, String> after = bytes(output);
    assertNotEquals(before, after);
    after.keySet().retainAll(before.keySet());
    assertEquals(before, after);
    assertEquals(
        map, Checksums.sha256(Files.readAllBytes(output.resolve("_vectors/map.safetensors"))));
    List<JsonNode> lines = lines(output);
    assertArrayEquals(vector(lines.get(0)), vector(lines.get(80)), 1e-5, "equal rows");
  }

  /** Of words with vectors; every other review has a word that has none. */
  @ParameterizedTest
  @ValueSource(strings = {"mean", "sif"})
  void wordVectorsMakeVectorsOfTheRows(String method) throws IOException {
    Path words = here.resolve("words.parquet");
    SPARK
        .session()
        .sql()
        .sql(
            "select 'a' as word, 97L as count, array(1f, 2f) as vector union all"
                + " select 'b', 3L, array(-1f, 0f)")
        .coalesce(1)
        .write()
        .parquet(words.toString());
    Path file;
    try (Stream<Path> files = Files.list(words)) {
      file = files.filter(each -> each.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    Path texts = here.resolve("texts.jsonl");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 150; i++) {
      lines.append("{\"n\": %d, \"review\": \"%s\"}\n".formatted(i, i == 9 ? "x" : "a B x"));
    }
    Files.writeString(texts, lines);
    Path output = here.resolve("out.jsonl");
    List<String> settings =
        List.of(
            "corpus.text-field=review",
            "embed.from=" + file,
            "embed.method=" + method,
            "embed.paths=[" + texts + "]",
            "embed.output=" + output);
    JsonNode done = done(CommandRun.with(settings, "embed", "--json"));
    assertEquals(149, done.get("embedded").asLong());
    assertEquals(1, done.get("refused").get("no-known-word").asLong());
    assertFalse(done.has("round"), done.toString());
    double a = method.equals("mean") ? 1 : 1e-3 / (1e-3 + 0.97);
    double b = method.equals("mean") ? 1 : 1e-3 / (1e-3 + 0.03);
    assertArrayEquals(new double[] {(a - b) / 2, a}, vector(lines(output).get(0)), 1e-6);
    JsonNode again = done(CommandRun.with(settings, "embed", "--json"));
    assertEquals(150, again.get("before").asLong());

    Path plain = here.resolve("plain.txt");
    Files.writeString(plain, "a 1 2\nb -1 0\n");
    List<String> other = new ArrayList<>(settings);
    other.add("embed.from=" + plain);
    CommandRun refused = CommandRun.with(other, "embed");
    assertEquals(2, refused.exitCode());
    String expected = method.equals("mean") ? "Cannot write vectors" : "nobody has counted them";
    assertTrue(refused.err().contains(expected), refused.err());
  }

  private static List<JsonNode> answers(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    List<JsonNode> answers = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      answers.add(JsonMapper.builder().build().readTree(line));
    }
    return answers;
  }

  @Test
  void theNearestWordsAnswerAQuery() throws IOException {
    Path words = here.resolve("words.txt");
    Files.writeString(words, "king 1 0.1\nqueen 1 0.2\nship 0 1\nboat 0.1 1\nsea -1 1\n");
    List<String> settings = List.of("embed.from=" + words, "query.neighbours=2");
    CommandRun run = CommandRun.with(settings, "embed", "--query", "King", "--query", "none");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        List.of("King", "  0.9952  queen", "  0.1980  boat", "none", "  it has no vector"),
        run.out().lines().toList());

    Path queries = here.resolve("queries");
    Files.writeString(queries, "ship\n\nsea\n");
    List<JsonNode> answers =
        answers(CommandRun.with(settings, "embed", "--json", "--file", queries.toString()));
    assertEquals(3, answers.size());
    assertEquals("ship", answers.get(0).get("query").asText());
    assertEquals("boat", answers.get(0).get("neighbours").get(0).get("word").asText());
    assertTrue(answers.get(1).get("neighbours").isNull());
    assertEquals("ship", answers.get(2).get("neighbours").get(0).get("word").asText());
    double cosine = answers.get(2).get("neighbours").get(0).get("cosine").asDouble();
    assertEquals(1 / Math.sqrt(2), cosine, 1e-6);
  }

  /** A text that is a row has that row, and others with the same text, as its nearest. */
  @ParameterizedTest
  @ValueSource(strings = {"parquet", "jsonl", "csv"})
  void theNearestRowsAnswerAQuery(String format) throws IOException {
    Path output = here.resolve("out." + format);
    String[] more = {"embed.map=whiten", "embed.size=8", "query.neighbours=3"};
    List<String> settings =
        settings("lstm", "embed.paths=[" + input + "]", "embed.output=" + output);
    settings.addAll(List.of(more));
    // Row 3: i % 20, 5, 3, repeated 1 + i % 4 times.
    String text = "word3 g3 m0 ".repeat(4);
    List<JsonNode> first = answers(CommandRun.with(settings, "embed", "--json", "--query", text));
    JsonNode nearest = first.get(0).get("neighbours");
    assertEquals(3, nearest.size());
    assertEquals(1, nearest.get(0).get("cosine").asDouble(), 1e-4);
    List<Integer> equal = List.of(3, 63, 123, 183);
    for (JsonNode neighbour : nearest) {
      JsonNode row = neighbour.get("row");
      assertTrue(equal.contains(row.get("n").asInt()), nearest.toString());
      assertEquals(text, row.get("review").asText());
      assertEquals(2, row.size(), row.toString());
    }
    Map<String, String> bytes = bytes(output);

    List<String> indexed = new ArrayList<>(settings);
    indexed.addAll(List.of("query.index-above=50", "query.index=" + here.resolve("index")));
    CommandRun again = CommandRun.with(indexed, "embed", "--json", "--query", text);
    assertTrue(again.err().contains("index of 196 vectors"), again.err());
    assertEquals(1, answers(again).get(0).get("neighbours").get(0).get("cosine").asDouble(), 1e-4);
    assertEquals(bytes, bytes(output), "the vectors are those that were there");
  }

  @Test
  void messagesNameTheKeysOfTheCommand() throws IOException {
    CommandRun none = CommandRun.with(settings("lstm"), "embed");
    assertEquals(2, none.exitCode());
    assertTrue(none.err().contains("Cannot embed rows: embed.paths is empty"), none.err());

    CommandRun nothing = CommandRun.with(settings("lstm"), "embed", "--query", "king");
    assertEquals(2, nothing.exitCode());
    assertTrue(nothing.err().contains("embed.paths and embed.from are empty"), nothing.err());

    Path named = here.resolve("named.jsonl");
    Files.writeString(named, "{\"review\": \"g1\", \"vector\": 1}\n");
    CommandRun clash = embed("lstm", named, here.resolve("p").toString());
    assertEquals(2, clash.exitCode());
    assertTrue(clash.err().contains("a column vector already"), clash.err());
    assertTrue(clash.err().contains("Choose another embed.column"), clash.err());
    assertFalse(Files.exists(here.resolve("p")));
  }
}
