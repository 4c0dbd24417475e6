package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
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

/** Reviews in files get their classes, as a user runs it. */
class PredictJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,2]");

  @TempDir static Path directory;
  @TempDir Path here;

  /** Rows of all kinds, and their predictions as JSON lines. */
  private static Path input;

  private static Path whole;
  private static JsonNode wholeDone;

  @BeforeAll
  static void train() throws IOException {
    ToyReviews.write(directory);
    for (String command : List.of("tokenize", "train")) {
      CommandRun run = CommandRun.with(settings(), command);
      assertEquals(0, run.exitCode(), run.err());
    }
    input = mixed(directory);
    whole = directory.resolve("whole.jsonl");
    wholeDone = done(predict(input, whole.toString()));
  }

  @AfterEach
  void allowAll() {
    Faults.end();
  }

  private static List<String> settings(String... more) {
    List<String> settings =
        ToyReviews.settings(
            directory,
            directory.resolve("run").toString(),
            "model.kind=lstm",
            "train.steps=60",
            "train.average-every=60");
    settings.addAll(List.of(more));
    return settings;
  }

  private static CommandRun predict(Path input, String output, String... more) {
    List<String> settings = settings("predict.paths=[" + input + "]", "predict.output=" + output);
    settings.addAll(List.of(more));
    return CommandRun.with(settings, "predict", "--json");
  }

  private static JsonNode done(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  /** The parts one after the other, by their names. */
  private static List<JsonNode> lines(Path output) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (Path part : parts(output)) {
      for (String line : Files.readAllLines(part)) {
        lines.add(JsonMapper.builder().build().readTree(line));
      }
    }
    return lines;
  }

  private static List<Path> parts(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("part-"))
          .sorted()
          .toList();
    }
  }

  private static Map<String, String> bytes(Path output) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    for (Path part : parts(output)) {
      hashes.put(part.getFileName().toString(), Checksums.sha256(Files.readAllBytes(part)));
    }
    return hashes;
  }

  @Test
  void textsMayStandInsideOfOthers() throws IOException {
    StringBuilder flat = new StringBuilder();
    StringBuilder nested = new StringBuilder();
    for (String text : List.of("m0 word1 m3", "b1 word2 b2", "g4 g5", " ", "caf\u00e9 b0 b3")) {
      flat.append("{\"review\": \"%s\"}\n".formatted(text));
      nested.append("{\"page\": {\"review\": \"%s\", \"id\": 1}}\n".formatted(text));
    }
    Path lines = Files.writeString(here.resolve("nested.jsonl"), nested);
    Path table = here.resolve("nested.parquet");
    SPARK.session().sql().read().json(lines.toString()).write().parquet(table.toString());
    Path expected = here.resolve("expected.jsonl");
    done(predict(Files.writeString(here.resolve("flat.jsonl"), flat), expected.toString()));
    for (Path input : List.of(lines, table)) {
      Path output = here.resolve(input.getFileName() + ".out.jsonl");
      done(predict(input, output.toString(), "corpus.text-field=page.review"));
      assertEquals(predicted(expected), predicted(output), input.toString());
    }
    CommandRun missing = predict(table, here.resolve("no").toString(), "corpus.text-field=page.no");
    assertEquals(2, missing.exitCode(), missing.err());
    assertTrue(missing.err().contains("they have no column page.no"), missing.err());
  }

  private static List<String> predicted(Path output) throws IOException {
    return lines(output).stream()
        .map(line -> line.get("predicted_class") + " " + line.get("predicted_reason"))
        .toList();
  }

  @Test
  void theClassesAreThoseThatEvaluateCounts() throws IOException {
    Path output = here.resolve("out.jsonl");
    JsonNode done = done(predict(directory.resolve("test.csv"), output.toString()));
    assertEquals(ToyReviews.TEST + 1, done.get("rows").asLong());
    assertEquals(ToyReviews.TEST + 1, done.get("predicted").asLong());
    List<JsonNode> lines = lines(output);
    assertEquals(ToyReviews.TEST + 1, lines.size());
    long right = 0;
    for (int i = 0; i < ToyReviews.TEST; i++) {
      JsonNode line = lines.get(i);
      assertEquals(i, line.get("id").asInt(), "in the order of the file");
      String found = line.get("predicted_class").asText();
      right += found.equals(line.get("class").asText()) ? 1 : 0;
      double sum = 0;
      double most = 0;
      for (String label : ToyReviews.LABELS) {
        double probability = line.get("predicted_probabilities").get(label).asDouble();
        sum += probability;
        most = Math.max(most, probability);
      }
      assertEquals(1, sum, 1e-9);
      assertEquals(most, line.get("predicted_probabilities").get(found).asDouble());
      assertTrue(line.get("predicted_reason").isNull());
    }
    CommandRun evaluated = CommandRun.with(settings("evaluate.split=test"), "evaluate", "--json");
    assertEquals(
        done(evaluated).get("accuracy").asDouble(), (double) right / ToyReviews.TEST, 1e-12);
  }

  /** Without labels; what is no document stays where it was, and says why. */
  private static Path mixed(Path directory) throws IOException {
    Path input = directory.resolve("in");
    Files.createDirectories(input);
    StringBuilder first = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      String review =
          switch (i % 50) {
            case 7 -> "\"\"";
            case 8 -> "null";
            case 9 -> "\" \\t\"";
            case 10 -> "[1, 2]";
            default -> "\"word%d g%d m%d b%d\"".formatted(i % 20, i % 5, i % 3, i % 6);
          };
      first.append(i == 133 ? "{\"n\": \n" : "{\"n\": %d, \"review\": %s}\n".formatted(i, review));
    }
    Files.writeString(input.resolve("a.jsonl"), first);
    String long_ = "g1 ".repeat(500);
    Files.writeString(input.resolve("b.jsonl"), "{\"review\": \"" + long_ + "\", \"n\": 200}\n");
    return input;
  }

  @Test
  void whatCannotBePredictedKeepsItsPlaceWithItsReason() throws IOException {
    List<JsonNode> lines = lines(whole);
    assertEquals(201, lines.size());
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = lines.get(i);
      if (i == 133) {
        String reason = line.get("predicted_reason").asText();
        assertTrue(reason.startsWith("bad-json (Unexpected end-of-input"), reason);
        assertTrue(reason.endsWith(": {\"n\": )"), reason);
        continue;
      }
      assertEquals(i, line.get("n").asInt());
      String reason =
          switch (i % 50) {
            case 7, 9 -> "empty";
            case 8 -> "no-text";
            case 10 -> "no-text (a list of numbers, expected text)";
            default -> "";
          };
      reason = i == 200 ? "" : reason;
      assertEquals(reason, line.get("predicted_reason").asText(""), "row " + i);
      assertEquals(reason.isEmpty(), !line.get("predicted_class").isNull(), "row " + i);
    }
    assertEquals(201, wholeDone.get("rows").asLong());
    assertEquals(8, wholeDone.get("refused").get("empty").asLong());
    assertEquals(8, wholeDone.get("refused").get("no-text").asLong());
    assertEquals(1, wholeDone.get("refused").get("bad-json").asLong());
    assertEquals(201 - 17, wholeDone.get("predicted").asLong());
  }

  private List<String> reasons(Path output) throws IOException {
    return lines(output).stream().map(row -> row.get("predicted_reason").asText("")).toList();
  }

  @Test
  void everyLineIsARowWhateverIsInIt() throws IOException {
    Path input = here.resolve("lines.jsonl");
    byte[] before =
        """
        \ufeff{"id": 0, "review": "g1 g2"}

        [{"id": 2, "review": "g1"}, {"id": 3, "review": "b1"}]
        {"id": 3, "review": "g1"} {"id": 4, "review": "b1"}
        {"id": 4, "review": 12}
        {"id": 5, "review": "b1 b2"}\r
        {"id": 6, "review": "\
        """
            .getBytes(UTF_8);
    byte[] after = "\"}\n{\"id\": 7, \"review\": \"m1\"}".getBytes(UTF_8);
    try (OutputStream out = Files.newOutputStream(input)) {
      out.write(before);
      out.write(0xff);
      out.write(after);
    }
    Path output = here.resolve("out.jsonl");
    done(predict(input, output.toString()));
    assertEquals(
        List.of(
            "",
            "empty",
            "bad-json (the line is not one JSON object: [{\"id\": 2, \"review\": \"g1\"}, {\"id\": 3, \"review\": \"b1\"}])",
            "bad-json (the line holds more than one JSON object: {\"id\": 3, \"review\": \"g1\"} {\"id\": 4, \"review\": \"b1\"})",
            "no-text (12, expected text)",
            "",
            "not-utf8",
            ""),
        reasons(output));
    List<JsonNode> lines = lines(output);
    for (int row : List.of(0, 4, 5, 7)) {
      assertEquals(row, lines.get(row).get("id").asInt());
    }
    assertEquals("bad", lines.get(5).get("predicted_class").asText());
    assertEquals("12", lines.get(4).get("review").asText());
  }

  @Test
  void tablesAreReadAsTokenizeReadsThem() throws IOException {
    Path tables = here.resolve("tables");
    Files.createDirectories(tables);
    byte[] latin = "5,\"b1 \u00e9 b2\"\n".getBytes(StandardCharsets.ISO_8859_1);
    try (OutputStream out = Files.newOutputStream(tables.resolve("a.csv"))) {
      out.write("id, review \n0,g1 g2\n\n2,g1,g2\n3,\n4,\"b1, b2\nb3\"\n".getBytes(UTF_8));
      out.write(latin);
      out.write("6,\"b1\" b2\n7,m1 m2\n".getBytes(UTF_8));
    }
    Files.writeString(tables.resolve("b.tsv"), "id\treview\n8\tb1, b2\n");
    Path output = here.resolve("out.jsonl");
    done(predict(tables, output.toString()));
    assertEquals(
        List.of(
            "",
            "empty",
            "bad-csv (3 fields, expected 2)",
            "empty",
            "",
            "not-utf8",
            "bad-csv (quotes that do not close a field)",
            "",
            ""),
        reasons(output));
    List<JsonNode> lines = lines(output);
    for (int row : List.of(0, 2, 3, 4, 5, 7, 8)) {
      assertEquals(row, lines.get(row).get("id").asInt());
    }
    assertEquals("b1, b2\nb3", lines.get(4).get("review").asText());
    assertEquals("b1, b2", lines.get(8).get("review").asText());

    Path streamed = here.resolve("streamed.jsonl");
    done(predict(tables, streamed.toString(), "predict.stream=true"));
    assertEquals(lines, lines(streamed));
  }

  @Test
  void aRowAloneIsPredictedAsInAnyBatchAndInAnyFormat() throws IOException {
    Path alone = here.resolve("alone");
    done(predict(input, alone.toString(), "predict.batch=1"));
    Path csv = here.resolve("out.csv");
    done(predict(input, csv.toString()));
    List<Row> rows = read("parquet", alone);
    List<JsonNode> lines = lines(whole);
    assertEquals(lines.size(), rows.size());
    for (int i = 0; i < rows.size(); i++) {
      JsonNode line = lines.get(i);
      Row row = rows.get(i);
      assertEquals(line.get("predicted_class").asText(null), row.getAs("predicted_class"));
      Map<String, Double> probabilities = row.getJavaMap(row.fieldIndex("predicted_probabilities"));
      if (probabilities != null) {
        probabilities.forEach(
            (label, value) ->
                assertEquals(
                    line.get("predicted_probabilities").get(label).asDouble(), value, 1e-5));
      }
    }
    List<Row> texts = read("csv", csv);
    assertEquals(
        rows.stream().map(row -> row.<String>getAs("predicted_class")).toList(),
        texts.stream().map(row -> row.<String>getAs("predicted_class")).toList());
    assertEquals(
        rows.stream().map(row -> row.<String>getAs("predicted_reason")).toList(),
        texts.stream().map(row -> row.<String>getAs("predicted_reason")).toList());
  }

  private static List<Row> read(String format, Path output) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (Path part : parts(output)) {
      rows.addAll(
          SPARK
              .session()
              .sql()
              .read()
              .option("header", "true")
              .option("escape", "\"")
              .format(format)
              .load(part.toString())
              .collectAsList());
    }
    return rows;
  }

  @Test
  void aRunThatFailedIsGoneOnWithToTheSameBytes() throws IOException {
    assertTrue(parts(whole).size() >= 3, parts(whole).toString());

    FaultyFileSystem.register(SPARK.session().context().hadoopConfiguration());
    Path output = here.resolve("out.jsonl");
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create") && path.getName().startsWith("part-00002")) {
            throw new IllegalStateException("this machine is broken");
          }
        });
    CommandRun failed = predict(input, "faulty://" + output);
    assertEquals(1, failed.exitCode(), failed.err());
    assertEquals(List.of(), parts(output));
    Faults.end();
    JsonNode done = done(predict(input, "faulty://" + output));
    assertTrue(done.get("before").asLong() >= 64, done.toString());
    assertEquals(201, done.get("rows").asLong());
    assertEquals(bytes(whole), bytes(output));

    JsonNode again = done(predict(input, "faulty://" + output));
    assertEquals(201, again.get("before").asLong(), "nothing is computed twice");
    assertEquals(done.get("refused"), again.get("refused"));

    CommandRun other = predict(input, "faulty://" + output, "predict.batch=2");
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("it holds those of another model"), other.err());
    assertEquals(bytes(whole), bytes(output));
  }

  @Test
  void newFilesOfAStreamArePredictedOnce() throws IOException {
    Path input = mixed(here);
    Path output = here.resolve("out.jsonl");
    JsonNode first = done(predict(input, output.toString(), "predict.stream=true"));
    assertEquals(201, first.get("rows").asLong());
    Map<String, String> before = bytes(output);

    JsonNode nothing = done(predict(input, output.toString(), "predict.stream=true"));
    assertEquals(0, nothing.get("rows").asLong());
    assertEquals(before, bytes(output));

    Files.writeString(
        input.resolve("c.jsonl"), "{\"n\": 201, \"review\": \"g1 g2\"}\n{\"n\": 202}\n");
    JsonNode second = done(predict(input, output.toString(), "predict.stream=true"));
    assertEquals(2, second.get("rows").asLong());
    assertEquals(1, second.get("refused").get("no-text").asLong());
    Map<String, String> after = bytes(output);
    assertNotEquals(before, after);
    after.keySet().retainAll(before.keySet());
    assertEquals(before, after);
    List<JsonNode> lines = lines(output);
    assertEquals(203, lines.size());
    // The line that is no JSON has no number.
    assertEquals(203, lines.stream().map(line -> line.path("n").asText()).distinct().count());

    Path other = input.resolve("d.jsonl");
    Files.writeString(other, "{\"n\": 203, \"review\": \"g1\", \"stars\": 5}\n");
    CommandRun refused = predict(input, output.toString(), "predict.stream=true");
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("have a column stars (BIGINT) now"), refused.err());
    Files.delete(other);
    assertEquals(0, predict(input, output.toString(), "predict.stream=true").exitCode());
    assertEquals(203, lines(output).size());
  }

  @Test
  void whatBelongsToOthersStays() throws IOException {
    Path input = mixed(here);
    Path foreign = here.resolve("foreign");
    Files.createDirectories(foreign);
    Files.writeString(foreign.resolve("thesis.txt"), "all of it");
    CommandRun run = predict(input, foreign.toString());
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("it holds thesis.txt"), run.err());
    assertEquals("all of it", Files.readString(foreign.resolve("thesis.txt")));

    Path out = input.resolve("out.jsonl");
    done(predict(input, out.toString()));
    CommandRun again = predict(input, out.toString());
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("inside it"), again.err());

    CommandRun clash =
        predict(directory.resolve("test.csv"), here.resolve("p").toString(), "predict.prefix=");
    assertEquals(2, clash.exitCode());
    assertTrue(clash.err().contains("a column class already"), clash.err());
    CommandRun field =
        predict(
            input.resolve("a.jsonl"), here.resolve("q").toString(), "corpus.text-field=reviews");
    assertEquals(2, field.exitCode());
    assertTrue(field.err().contains("no column reviews"), field.err());
    assertFalse(Files.exists(here.resolve("q")));
  }

  @Test
  void filesWithOtherHeadersAreRefusedBeforeAnythingIsWritten() throws IOException {
    Path tables = here.resolve("tables");
    Files.createDirectories(tables);
    Files.writeString(tables.resolve("a.csv"), "id,review\n1,g1 g2\n");
    Files.writeString(tables.resolve("b.csv"), "");
    Files.writeString(tables.resolve("c.csv"), "review,id\nb1 b2,2\n");
    CommandRun run = predict(tables, here.resolve("out").toString());
    assertEquals(2, run.exitCode());
    String expected = "c.csv: its header is review, id, expected id, review as that of ";
    assertTrue(run.err().contains(expected), run.err());
    assertFalse(Files.exists(here.resolve("out")));
    Files.delete(tables.resolve("c.csv"));
    assertEquals(1, done(predict(tables, here.resolve("out").toString())).get("rows").asLong());
  }

  @Test
  void stepsAreRefusedWhereRowsWereLearnt() {
    CommandRun run =
        predict(
            input,
            here.resolve("out").toString(),
            "corpus.text-field=",
            "corpus.time-field=n",
            "corpus.value-fields=[review]");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("corpus.time-field is n"), run.err());
    assertFalse(Files.exists(here.resolve("out")));
  }
}
