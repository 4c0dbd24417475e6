package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forecasts for files of which each record is one step of a series, as a user asks for them. */
class PredictStepsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession("local[2,2]");

  private static final LocalDateTime START = LocalDateTime.parse("2020-01-01T00:00:00");
  private static final String HEADER = "time,x,y,name";
  private static final int LOOK_BACK = 4;

  /** The columns of a forecast. */
  private static final List<String> FORECAST =
      List.of("predicted_forecast", "predicted_quantiles", "predicted_times");

  @TempDir static Path directory;
  @TempDir Path here;

  /** A step of a series. */
  private record Step(String name, int hour) {
    String time() {
      return START.plusHours(hour).toString().replace('T', ' ');
    }

    double x() {
      return Math.round(100 * Math.sin(hour / 3.0)) / 10.0 + name.length() + hour;
    }

    double y() {
      return Math.round(1000 * Math.cos(hour * name.length())) / 100.0;
    }

    String csv() {
      return String.format(Locale.ROOT, "%s,%s,%s,%s", time(), x(), y(), name);
    }
  }

  private static List<Step> steps(String name, int from, int to) {
    return IntStream.range(from, to).mapToObj(hour -> new Step(name, hour)).toList();
  }

  @BeforeAll
  static void train() throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEADER));
    Stream.of(steps("a", 0, 80), steps("bb", 0, 80))
        .flatMap(List::stream)
        .map(Step::csv)
        .forEach(lines::add);
    Path corpus = Files.write(directory.resolve("corpus.csv"), lines);
    run(0, List.of("corpus.paths=" + corpus), "tokenize");
    run(0, model("linear"), "train");
    run(0, model("gru"), "train");
  }

  private static CommandRun run(int exitCode, List<String> more, String... command) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "corpus.text-field=",
                "corpus.time-field=time",
                "corpus.value-fields=[x, y]",
                "corpus.group-field=name",
                "data.path=" + directory.resolve("data"),
                "data.validation=0.2",
                "data.test=0.2",
                "task.kind=forecast",
                "forecast.look-back=" + LOOK_BACK,
                "forecast.horizon=2",
                "forecast.quantiles=[0.2, 0.5, 0.8]",
                "train.batch=8",
                "train.steps=20",
                "train.average-every=20",
                "train.learning-rate=0.02",
                "train.warmup=5"));
    settings.addAll(more);
    CommandRun run = CommandRun.with(settings, command);
    assertEquals(exitCode, run.exitCode(), run.err());
    return run;
  }

  /** One that reads the calendar, too: all but linear ones do. */
  private static List<String> model(String kind) {
    List<String> settings =
        new ArrayList<>(List.of("run.path=" + directory.resolve(kind), "model.kind=" + kind));
    if (!kind.equals("linear")) {
      settings.addAll(List.of("model.layers=1", "model.width=8"));
    }
    return settings;
  }

  @AfterEach
  void allowAll() {
    Faults.end();
  }

  private static Path write(Path file, String... lines) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, List.of(lines));
  }

  private static Path write(Path file, List<Step> steps) throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEADER));
    steps.forEach(step -> lines.add(step.csv()));
    return write(file, lines.toArray(String[]::new));
  }

  private List<JsonNode> predict(String kind, Path input, String... more) throws IOException {
    Path output = here.resolve("out-%d.jsonl".formatted(Files.list(here).count()));
    predict(0, kind, input, output.toString(), more);
    return rows(output);
  }

  private static JsonNode predict(
      int exitCode, String kind, Path input, String output, String... more) throws IOException {
    List<String> settings = new ArrayList<>(model(kind));
    settings.addAll(List.of("predict.paths=" + input, "predict.output=" + output));
    settings.addAll(List.of(more));
    CommandRun run = run(exitCode, settings, "predict", "--json");
    return JsonMapper.builder().build().readTree(run.out());
  }

  private static List<JsonNode> rows(Path output) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (Path part : parts(output)) {
      for (String line : Files.readAllLines(part)) {
        rows.add(JsonMapper.builder().build().readTree(line));
      }
    }
    return rows;
  }

  private static List<Path> parts(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files.filter(file -> file.toString().contains("/part-")).sorted().toList();
    }
  }

  private static List<String> reasons(List<JsonNode> rows) {
    return rows.stream().map(row -> row.get("predicted_reason").asText("")).toList();
  }

  private static List<String> forecast(JsonNode row) {
    return FORECAST.stream().map(column -> row.get(column).toString()).toList();
  }

  /**
   * The forecasts of records that hold whole look-backs, by the name of the series and the time
   * that they end at.
   */
  private Map<String, List<String>> ofLists(String kind, List<Step> lasts) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Step last : lasts) {
      List<Step> window = steps(last.name(), last.hour() - LOOK_BACK + 1, last.hour() + 1);
      lines.add(
          "{\"name\": \"%s\", \"time\": \"%s\", \"x\": %s, \"y\": %s}"
              .formatted(
                  last.name(),
                  last.time(),
                  window.stream().map(Step::x).toList(),
                  window.stream().map(Step::y).toList()));
    }
    Path file = write(here.resolve("lists.jsonl"), lines.toArray(String[]::new));
    Map<String, List<String>> forecasts = new HashMap<>();
    for (JsonNode row : predict(kind, file, "predict.batch=1")) {
      assertTrue(row.get("predicted_reason").isNull(), row.toString());
      forecasts.put(key(row), forecast(row));
    }
    assertEquals(lasts.size(), forecasts.size());
    return forecasts;
  }

  private static String key(JsonNode row) {
    return row.get("name").asText() + " " + row.get("time").asText();
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear", "gru"})
  void theForecastOfAStepIsThatOfARecordThatHoldsItsLookBack(String kind) throws IOException {
    List<Step> all = new ArrayList<>(steps("a", 100, 130));
    all.addAll(steps("bb", 110, 125));
    List<Step> whole = new ArrayList<>(steps("a", 103, 130));
    whole.addAll(steps("bb", 113, 125));
    Map<String, List<String>> expected = ofLists(kind, whole);
    Collections.shuffle(all, new Random(1));
    write(here.resolve("in/1.csv"), all.subList(0, 20));
    write(here.resolve("in/2.csv"), all.subList(20, all.size()));

    List<JsonNode> every =
        predict(kind, here.resolve("in"), "predict.every-step=true", "predict.batch=1");
    List<JsonNode> last = predict(kind, here.resolve("in"), "predict.batch=1");
    assertEquals(all.size(), every.size());
    assertEquals(all.size(), last.size());
    for (int i = 0; i < all.size(); i++) {
      Step step = all.get(i);
      JsonNode row = every.get(i);
      assertEquals(step.name() + " " + step.time(), key(row), "in its place");
      assertEquals(key(row), key(last.get(i)), "in its place");
      int known = step.hour() - (step.name().equals("a") ? 100 : 110) + 1;
      if (known < LOOK_BACK) {
        assertEquals(
            "short-series (%d steps without a gap, expected at least 4)".formatted(known),
            row.get("predicted_reason").asText());
      } else {
        assertTrue(row.get("predicted_reason").isNull(), row.toString());
        assertEquals(expected.get(key(row)), forecast(row), key(row));
      }
      boolean ends = step.hour() == (step.name().equals("a") ? 129 : 124);
      assertEquals(
          ends ? "" : "earlier-step", last.get(i).get("predicted_reason").asText(""), key(row));
      if (ends) {
        assertEquals(forecast(row), forecast(last.get(i)));
        String next = START.plusHours(step.hour() + 1L).toString();
        String told = last.get(i).at("/predicted_times/0").asText();
        assertTrue(told.startsWith(next), told);
      } else {
        assertTrue(last.get(i).get("predicted_forecast").isNull());
      }
    }
  }

  @Test
  void whatIsNoStepOrHasNoLookBackSaysWhy() throws IOException {
    Path file =
        write(
            here.resolve("in/steps.csv"),
            HEADER,
            "2020-02-01 05:00,6,0,a",
            "2020-02-01 00:00,1,0,a",
            "2020-02-01 02:00,3,0,a",
            "2020-02-01 02:00,99,9,a",
            "2020-02-01 03:00,4,0,a",
            "soon,4,0,a",
            "2020-02-01 04:00,5,NaN,gap",
            "2020-02-01 04:00,5,0,a",
            "2020-02-01 01:00,2,0,a",
            "2020-02-01 00:00,1,0,gap",
            "2020-02-01 01:00,2,0,gap",
            "2020-02-01 02:00,3,0,gap",
            "2020-02-01 03:00,4,0,gap",
            "2020-02-01 05:00,6,0,gap",
            "2020-02-01 06:00,7,0,gap",
            "2020-02-01 05:00,3 4 5 6,0 0 0 0,",
            "2020-02-01 05:00,3 4 5,0 0 0,",
            "2020-02-01 06:00,7,0,",
            "",
            "2020-02-01 06:00,7,0,alone");
    String earlier = "earlier-step";
    String tooShort = "short-series (%d steps without a gap, expected at least 4)";
    List<JsonNode> last = predict("linear", file);
    assertEquals(
        List.of(
            "",
            earlier,
            earlier,
            "duplicate-time",
            earlier,
            "bad-time (\"soon\", expected a time)",
            "bad-series (NaN at 1)",
            earlier,
            earlier,
            earlier,
            earlier,
            earlier,
            earlier,
            earlier,
            tooShort.formatted(2),
            "",
            "short-series (3 steps, expected at least 4)",
            "no-group",
            "empty",
            tooShort.formatted(1)),
        reasons(last));
    assertEquals(forecast(last.get(15)), forecast(last.get(0)), "the first of two stays");
    assertEquals(
        List.of(
            "",
            tooShort.formatted(1),
            tooShort.formatted(3),
            "duplicate-time",
            "",
            "bad-time (\"soon\", expected a time)",
            "bad-series (NaN at 1)",
            "",
            tooShort.formatted(2),
            tooShort.formatted(1),
            tooShort.formatted(2),
            tooShort.formatted(3),
            "",
            tooShort.formatted(1),
            tooShort.formatted(2),
            "",
            "short-series (3 steps, expected at least 4)",
            "no-group",
            "empty",
            tooShort.formatted(1)),
        reasons(predict("linear", file, "predict.every-step=true")));
  }

  @Test
  void timesWithZonesAreToldInUtc() throws IOException {
    Path file =
        write(
            here.resolve("in/zones.csv"),
            "time,x,y",
            "2020-02-01T05:00:00+02:00,4,0",
            "2020-02-01T01:00:00Z,2,0",
            "2020-02-01T00:00:00Z,1,0",
            "2020-02-01T01:00:00-01:00,3,0");
    List<JsonNode> rows = predict("linear", file, "corpus.group-field=");
    assertEquals(List.of("", "earlier-step", "earlier-step", "earlier-step"), reasons(rows));
    assertTrue(rows.get(0).at("/predicted_times/0").asText().startsWith("2020-02-01T04:00:00"));
    // Without the column that tells series apart, no step has one.
    assertEquals(Collections.nCopies(4, "no-group"), reasons(predict("linear", file)));
  }

  @Test
  void filesOfAllFormatsGiveTheSameForecasts() throws IOException {
    List<Step> steps = new ArrayList<>(steps("a", 100, 110));
    Collections.reverse(steps);
    Path csv = write(here.resolve("in/steps.csv"), steps);
    List<String> expected = forecast(predict("gru", csv).get(0));
    Path table = here.resolve("table.parquet");
    SPARK
        .session()
        .sql()
        .read()
        .option("header", "true")
        .csv(csv.toString())
        .selectExpr("cast(time as timestamp_ntz) time", "double(x) x", "double(y) y", "name")
        .coalesce(1)
        .write()
        .parquet(table.toString());
    List<JsonNode> rows = predict("gru", table);
    assertEquals(expected, forecast(rows.get(0)));
    assertEquals("earlier-step", rows.get(9).get("predicted_reason").asText());
    // All channels in one field, as a corpus may have them.
    Path lines =
        write(
            here.resolve("in/steps.jsonl"),
            steps.stream()
                .map(s -> "{\"time\": \"%s\", \"v\": [%s, %s]}".formatted(s.time(), s.x(), s.y()))
                .toArray(String[]::new));
    rows = predict("gru", lines, "corpus.value-fields=[v]", "corpus.group-field=");
    assertEquals(expected, forecast(rows.get(0)));
    assertEquals("earlier-step", rows.get(9).get("predicted_reason").asText());
  }

  private static Map<String, String> bytes(Path output) throws IOException {
    Map<String, String> parts = new TreeMap<>();
    for (Path part : parts(output)) {
      parts.put(part.getFileName().toString(), Files.readString(part));
    }
    return parts;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRunThatFailedIsGoneOnWithToTheSameBytes(boolean everyStep) throws IOException {
    List<Step> steps = new ArrayList<>(steps("a", 100, 200));
    steps.addAll(steps("bb", 100, 190));
    Collections.shuffle(steps, new Random(2));
    Path input = write(here.resolve("in/steps.csv"), steps);
    String every = "predict.every-step=" + everyStep;
    Path whole = here.resolve("whole.jsonl");
    JsonNode done = predict(0, "gru", input, whole.toString(), every);
    assertEquals(everyStep ? 190 - 2 * (LOOK_BACK - 1) : 2, done.get("predicted").asLong());
    assertTrue(parts(whole).size() >= 3);

    FaultyFileSystem.register(SPARK.session().context().hadoopConfiguration());
    Path output = here.resolve("out.jsonl");
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create") && path.getName().startsWith("part-00002")) {
            throw new IllegalStateException("this machine is broken");
          }
        });
    predict(1, "gru", input, "faulty://" + output, every);
    Faults.end();
    JsonNode gone = predict(0, "gru", input, "faulty://" + output, every);
    assertTrue(gone.get("before").asLong() >= 64, gone.toString());
    assertEquals(done.get("refused"), gone.get("refused"));
    assertEquals(bytes(whole), bytes(output));
  }

  @Test
  void seriesOfAStreamAreThoseOfTheFilesThatCameTogether() throws IOException {
    Path input = here.resolve("in");
    write(input.resolve("1.csv"), steps("a", 100, 103));
    write(input.resolve("2.csv"), steps("a", 103, 106));
    Path output = here.resolve("out.jsonl");
    String stream = "predict.stream=true";
    predict(0, "linear", input, output.toString(), stream);
    assertEquals(
        List.of("", "earlier-step", "earlier-step", "earlier-step", "earlier-step", "earlier-step"),
        reasons(rows(output)).stream().sorted().toList());
    write(input.resolve("3.csv"), steps("a", 106, 108));
    JsonNode second = predict(0, "linear", input, output.toString(), stream);
    assertEquals(2, second.get("rows").asLong());
    assertEquals(
        List.of("earlier-step", "short-series (2 steps without a gap, expected at least 4)"),
        reasons(rows(output).subList(6, 8)));
  }
}
