package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Shard;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Series in, series out, as a user runs it. */
class ForecastJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final LocalDateTime START = LocalDateTime.parse("2020-01-01T00:00:00");

  @TempDir Path directory;

  private CommandRun chorale(List<String> settings, String... command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "corpus.text-field=",
                "corpus.time-field=time",
                "corpus.value-fields=[x, y]",
                "corpus.group-field=name",
                "corpus.max-rejected=0.9",
                "data.validation=0.2",
                "data.test=0.2",
                "data.shards=3",
                "task.kind=forecast",
                "forecast.look-back=4",
                "forecast.horizon=2"));
    all.addAll(settings);
    return CommandRun.with(all, command);
  }

  private CommandRun tokenize(String out, List<Path> corpus, String... more) {
    List<String> all = new ArrayList<>(List.of("data.path=" + directory.resolve(out)));
    all.add("corpus.paths=" + corpus);
    all.addAll(List.of(more));
    return chorale(all, "tokenize", "--overwrite");
  }

  private Dataset dataset(String name) {
    return Dataset.open(
        new Storage(new Configuration(false)),
        new org.apache.hadoop.fs.Path(directory.resolve(name).toUri().getPath()));
  }

  private static String line(String time, Object x, Object y, String name) {
    return "%s,%s,%s,%s".formatted(time, x, y, name);
  }

  private static String time(int hours, int minutes) {
    return START.plusHours(hours).plusMinutes(minutes).toString().replace('T', ' ');
  }

  /**
   * Series a of 60 hours; b of 40 with a gap, a step off the hour, and one that comes twice; c,
   * which is too short; and a time in another form.
   */
  private static List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (int t = 0; t < 60; t++) {
      lines.add(line(time(t, 0), t, Math.sin(t), "a"));
    }
    for (int t = 0; t < 40; t++) {
      lines.add(line(time(t, 0), t == 20 ? "NaN" : 100 + t, -t, "b"));
    }
    lines.add(line(time(39, 30), 0, 0, "b"));
    for (int t = 0; t < 4; t++) {
      lines.add(line(time(t, 0), t, t, "c"));
    }
    lines.add(line("2020-01-05T00:00:00Z", 1, 1, "a"));
    Collections.shuffle(lines, new Random(1));
    lines.add(line(time(22, 0), 999, 999, "b"));
    return lines;
  }

  private Path write(String name, List<String> lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("time,x,y,name"));
    all.addAll(lines);
    return Files.write(directory.resolve(name), all);
  }

  /**
   * The steps of each row in the numbers' own unit: {@code history | own}, of the first channel.
   */
  private static List<String> rows(Dataset dataset, DatasetSplit split) {
    Facts facts = dataset.schema().facts(Column.SERIES);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < dataset.manifest().split(split).shards().size(); i++) {
      Shard shard = dataset.shard(split, i);
      for (int row = 0; row < shard.rows(); row++) {
        Row cells = shard.row(List.of(Column.HISTORY, Column.SERIES), row, Integer.MAX_VALUE);
        rows.add(
            numbers(cells, Column.HISTORY, facts) + " | " + numbers(cells, Column.SERIES, facts));
      }
    }
    Collections.sort(rows);
    return rows;
  }

  private static String numbers(Row row, String column, Facts facts) {
    float[] values = ((Numbers) row.cell(column)).values();
    return IntStream.range(0, values.length / 2)
        .mapToObj(i -> values[2 * i] * facts.deviation().get(0) + facts.mean().get(0))
        .map(value -> Long.toString(Math.round(value)))
        .collect(Collectors.joining(" "));
  }

  private static String range(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  private Map<String, Integer> reasons(String out) throws IOException {
    Map<String, Integer> reasons = new TreeMap<>();
    for (String line : Files.readAllLines(directory.resolve(out + "/rejected/part-00000.jsonl"))) {
      JsonNode node = new JsonMapper().readTree(line);
      reasons.merge(node.get("reason").asText(), 1, Integer::sum);
    }
    return reasons;
  }

  @Test
  void seriesAreSortedCutAndScaledAndNothingIsLostUnseen() throws IOException {
    List<String> lines = lines();
    CommandRun run = tokenize("one", List.of(write("one.csv", lines)));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("3 series with a step of PT1H"), run.err());
    assertEquals(
        Map.of("bad-series", 1, "bad-time", 1, "duplicate-time", 1, "short-series", 9),
        reasons("one"));
    assertTrue(run.out().contains("%d documents".formatted(lines.size() - 12)), run.out());

    Dataset dataset = dataset("one");
    Facts facts = dataset.schema().facts(Column.SERIES);
    assertEquals("PT1H", facts.step());
    assertEquals(5, facts.history());
    assertEquals(List.of("x", "y"), facts.labels());
    // Series a trains on 0 to 35, b on 100 to 119.
    double mean = (IntStream.range(0, 36).sum() + IntStream.range(100, 120).sum()) / 56.0;
    double squares =
        IntStream.concat(IntStream.range(0, 36), IntStream.range(100, 120))
            .mapToDouble(x -> (x - mean) * (x - mean))
            .sum();
    assertEquals(mean, facts.mean().get(0), 1e-9);
    assertEquals(Math.sqrt(squares / 56), facts.deviation().get(0), 1e-9);
    assertEquals(
        List.of(
            range(120 + 1, 125) + " | " + range(125, 133), range(31, 36) + " | " + range(36, 48)),
        rows(dataset, DatasetSplit.VALIDATION));
    assertEquals(
        List.of(range(128, 133) + " | " + range(133, 140), range(43, 48) + " | " + range(48, 60)),
        rows(dataset, DatasetSplit.TEST));
    List<String> trained = rows(dataset, DatasetSplit.TRAIN);
    assertTrue(trained.size() >= 3, trained.toString());
    // 31 and 15 windows of 6 steps, however the two series were cut.
    CommandRun plan = chorale(List.of("data.path=" + directory.resolve("one")), "plan");
    assertEquals(0, plan.exitCode(), plan.err());
  }

  /** The same steps in other files, in another order, give the same bytes. */
  @Test
  void aDatasetDoesNotDependOnHowItsCorpusLies() throws IOException {
    List<String> lines = lines();
    CommandRun one = tokenize("one", List.of(write("one.csv", lines)));
    assertEquals(0, one.exitCode(), one.err());
    List<String> other = new ArrayList<>(lines.subList(0, lines.size() - 1));
    Collections.reverse(other);
    CommandRun many =
        tokenize(
            "many",
            List.of(
                write("m1.csv", other.subList(0, 30)),
                write("m2.csv", other.subList(30, 31)),
                write("m3.csv", other.subList(31, other.size())),
                write("m4.csv", lines.subList(lines.size() - 1, lines.size()))));
    assertEquals(0, many.exitCode(), many.err());
    assertEquals(dataset("one").fingerprint(), dataset("many").fingerprint());
  }

  @Test
  void bordersAreStepsOrTimes() throws IOException {
    Path file = write("one.csv", lines());
    CommandRun steps = tokenize("steps", List.of(file), "data.borders=[30, 40, 50]");
    assertEquals(0, steps.exitCode(), steps.err());
    assertTrue(steps.err().contains("10 steps behind the last border left out"), steps.err());
    assertTrue(
        rows(dataset("steps"), DatasetSplit.TEST).contains(range(35, 40) + " | " + range(40, 50)));
    CommandRun times =
        tokenize("times", List.of(file), "data.borders=['2020-01-02 06:00', 2020-01-03]");
    assertEquals(0, times.exitCode(), times.err());
    assertTrue(
        rows(dataset("times"), DatasetSplit.TEST).contains(range(43, 48) + " | " + range(48, 60)));
    CommandRun wrong = tokenize("wrong", List.of(file), "data.borders=[soon]");
    assertEquals(2, wrong.exitCode(), wrong.err());
    assertTrue(
        wrong.err().contains("data.borders must be numbers of steps, or times (got: soon)"),
        wrong.err());
    for (String borders : List.of("[40, 30, 50]", "[2020-01-03, 2020-01-02]")) {
      CommandRun turned = tokenize("turned", List.of(file), "data.borders=" + borders);
      assertEquals(2, turned.exitCode(), turned.err());
      assertTrue(turned.err().contains("must be in the order of time"), turned.err());
    }
  }

  /** The first day of months, one that February lacks, and the last. */
  @ParameterizedTest
  @ValueSource(ints = {1, 30, 31})
  void monthsAreSteps(int day) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int month = 0; month < 48; month++) {
      LocalDate date = START.toLocalDate().withDayOfMonth(day).plusMonths(month);
      lines.add(line(date.toString(), month, 21.3, "a"));
    }
    CommandRun run = tokenize("months", List.of(write("months.csv", lines)));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("1 series with a step of P1M, day " + day), run.err());
    // The first step of a run is history alone: of two runs two steps would be.
    assertEquals(
        47,
        Arrays.stream(DatasetSplit.values())
            .flatMap(split -> dataset("months").manifest().split(split).shards().stream())
            .mapToLong(shard -> shard.elements(Column.SERIES))
            .sum(),
        "one run without a gap");
    Facts facts = dataset("months").schema().facts(Column.SERIES);
    assertEquals(21.3, facts.mean().get(1), 1e-5);
    assertEquals(1, facts.deviation().get(1), 1e-9, "of a channel that never changes");
    assertEquals(
        List.of("day-of-year"), dataset("months").schema().facts(Column.CALENDAR).labels());
  }

  @Test
  void aCorpusOfShortSeriesIsRefused() throws IOException {
    Path file = write("one.csv", lines());
    CommandRun run = tokenize("none", List.of(file), "data.history=40", "corpus.max-rejected=1");
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(
        run.err().contains("no series has more than 40 steps without a gap in its training part"),
        run.err());
    CommandRun rejected = tokenize("none", List.of(file), "corpus.max-rejected=0.01");
    assertEquals(1, rejected.exitCode(), rejected.err());
    assertTrue(rejected.err().contains("9 short-series"), rejected.err());
    assertTrue(!Files.exists(directory.resolve("none")));
    Path twice = Files.writeString(directory.resolve("twice.csv"), "time,x,x,name\n1,2,3,a\n");
    CommandRun header = tokenize("none", List.of(twice), "corpus.value-fields=x");
    assertEquals(2, header.exitCode(), header.err());
    assertTrue(header.err().contains("expected a different name for each column"), header.err());
  }

  /** The hashes of what the last checkpoint holds, but for its times. */
  private Map<String, String> files(String run, int round) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    Path checkpoint = directory.resolve(run + "/checkpoints/round-%08d".formatted(round));
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".safetensors")).toList()) {
        hashes.put(file.getFileName().toString(), Checksums.sha256(Files.readAllBytes(file)));
      }
    }
    assertTrue(hashes.size() >= 3, hashes.toString());
    return hashes;
  }

  private CommandRun trained(String run, int steps, String... command) {
    return trained(List.of(), run, steps, command);
  }

  private CommandRun trained(List<String> more, String run, int steps, String... command) {
    List<String> settings =
        List.of(
            "data.path=" + directory.resolve("one"),
            "run.path=" + directory.resolve(run),
            "model.kind=linear",
            "forecast.moving-average=3",
            "forecast.quantiles=[0.2, 0.5, 0.8]",
            "train.batch=8",
            "train.workers=2",
            "train.steps=" + steps,
            "train.average-every=20",
            "train.schedule=constant",
            "train.learning-rate=0.02",
            "train.weight-decay=0",
            "train.warmup=5");
    List<String> all = new ArrayList<>(settings);
    all.addAll(more);
    return chorale(all, command);
  }

  @Test
  void aForecastIsTrainedResumedAndMeasured() throws IOException {
    CommandRun tokenized = tokenize("one", List.of(write("one.csv", lines())));
    assertEquals(0, tokenized.exitCode(), tokenized.err());
    CommandRun whole = trained("whole", 120, "train");
    assertEquals(0, whole.exitCode(), whole.err());
    CommandRun begun = trained("run", 60, "train");
    assertEquals(0, begun.exitCode(), begun.err());
    CommandRun gone = trained("run", 120, "train");
    assertEquals(0, gone.exitCode(), gone.err());
    assertTrue(gone.err().contains("goes on after round 3 of 6"), gone.err());
    assertEquals(files("whole", 6), files("run", 6));
    CommandRun evaluated = trained("run", 120, "evaluate", "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode measures = new JsonMapper().readTree(evaluated.out());
    // 11 and 7 windows of two steps and two channels.
    assertEquals(18 * 4, measures.get("values").asLong());
    assertTrue(
        measures.get("mse").asDouble() < 0.9 * measures.get("naive_mse").asDouble(),
        measures.toString());
    assertTrue(measures.get("quantile_loss").asDouble() > 0, measures.toString());
    CommandRun one = trained(List.of("evaluate.batch=1"), "run", 120, "evaluate", "--json");
    double mse = new JsonMapper().readTree(one.out()).get("mse").asDouble();
    assertEquals(measures.get("mse").asDouble(), mse, 1e-6);
    CommandRun longer = trained(List.of("forecast.look-back=9"), "longer", 120, "train");
    assertEquals(2, longer.exitCode(), longer.err());
    assertTrue(
        longer.err().contains("Tokenize again with data.history of at least 10"), longer.err());
  }

  private List<JsonNode> predicted(String input) throws IOException {
    Path file = Files.writeString(directory.resolve("new.jsonl"), input);
    return predicted(file);
  }

  private List<JsonNode> predicted(Path file) throws IOException {
    Path output = directory.resolve("predicted-%s.jsonl".formatted(file.getFileName()));
    CommandRun run =
        trained(List.of("predict.paths=" + file, "predict.output=" + output), "run", 40, "predict");
    assertEquals(0, run.exitCode(), run.err());
    List<JsonNode> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path part : files.filter(path -> path.toString().contains("/part-")).sorted().toList()) {
        for (String line : Files.readAllLines(part)) {
          lines.add(new JsonMapper().readTree(line));
        }
      }
    }
    return lines;
  }

  @Test
  void rowsOfLastStepsGetForecastsInTheirOwnUnit() throws IOException {
    CommandRun tokenized = tokenize("one", List.of(write("one.csv", lines())));
    assertEquals(0, tokenized.exitCode(), tokenized.err());
    CommandRun trained = trained("run", 40, "train");
    assertEquals(0, trained.exitCode(), trained.err());
    List<JsonNode> found =
        predicted(
            """
            {"time": "2020-02-28 23:00:00", "x": [9, 50, 51, 52, 53], "y": [0, 1, 1, 1, 1], "id": "a"}
            {"time": "2020-02-28 23:00:00", "x": [51, 52, 53], "y": [1, 1, 1], "id": "b"}
            {"time": "2020-02-28 23:00:00", "x": [50, 51, 52, 53], "y": [1, 1, 1], "id": "c"}
            {"time": "soon", "x": [50, 51, 52, 53], "y": [1, 1, 1, 1], "id": "d"}
            {"time": "2020-02-28 23:00:00", "x": [50, 51, 52, 53], "y": [1, 1, 1, 1], "id": "e"}
            """);
    assertEquals(
        List.of(
            "",
            "short-series (3 steps, expected at least 4)",
            "bad-series (3 steps of y, 4 of x)",
            "bad-time (\"soon\", expected a time)",
            ""),
        found.stream().map(row -> row.get("predicted_reason").asText("")).toList());
    JsonNode first = found.get(0);
    assertEquals("a", first.get("id").asText());
    assertEquals(54, first.at("/predicted_forecast/x/0").asDouble(), 6);
    assertEquals(55, first.at("/predicted_forecast/x/1").asDouble(), 6);
    assertEquals(2, first.at("/predicted_forecast/y").size());
    assertTrue(
        first.at("/predicted_quantiles/x/0.2/0").asDouble()
            <= first.at("/predicted_quantiles/x/0.8/0").asDouble());
    assertEquals(
        first.at("/predicted_forecast/x"), first.at("/predicted_quantiles/x/0.5"), "the median");
    assertTrue(first.at("/predicted_times/0").asText().startsWith("2020-02-29T00:00:00"));
    assertTrue(first.at("/predicted_times/1").asText().startsWith("2020-02-29T01:00:00"));
    // Only the last steps count.
    assertEquals(first.get("predicted_forecast"), found.get(4).get("predicted_forecast"));

    for (String time :
        List.of("timestamp_seconds(1582930800)", "timestamp_ntz'2020-02-28 23:00:00'")) {
      Path table = directory.resolve(time.charAt(10) + ".parquet");
      SPARK
          .session()
          .sql()
          .sql("select %s time, array(50, 51, 52, 53) x, array(1, 1, 1, 1) y".formatted(time))
          .write()
          .parquet(table.toString());
      JsonNode row = predicted(table).get(0);
      assertEquals("", row.get("predicted_reason").asText(""), time);
      assertEquals(first.get("predicted_forecast"), row.get("predicted_forecast"), time);
      assertEquals(first.get("predicted_times"), row.get("predicted_times"), time);
    }
  }

  @Test
  void aPlanNeedsNoDataset() {
    CommandRun plan = CommandRun.with(List.of("task.kind=forecast"), "plan");
    assertEquals(0, plan.exitCode(), plan.err());
    CommandRun linear = CommandRun.with(List.of("task.kind=forecast", "model.kind=linear"), "plan");
    assertEquals(0, linear.exitCode(), linear.err());
  }
}
