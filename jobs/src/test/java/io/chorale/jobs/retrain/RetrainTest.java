package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.monitor.HookServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cycles on text that comes in parts. */
class RetrainTest {
  private static final List<String> WORDS =
      List.of("river", "stone", "valley", "runs", "through", "the", "old", "of", "and", "water");

  @TempDir Path directory;
  private Path corpus;

  @BeforeEach
  void makeCorpus() throws IOException {
    corpus = Files.createDirectories(directory.resolve("corpus"));
  }

  /** Lines of a language whose words follow each other in an order of its own. */
  private void write(String name, int lines, long seed) throws IOException {
    Random random = new Random(seed);
    List<String> all = new ArrayList<>();
    for (int line = 0; line < lines; line++) {
      StringBuilder text = new StringBuilder();
      int word = random.nextInt(WORDS.size());
      for (int i = 0; i < 12; i++) {
        text.append(WORDS.get(word)).append(' ');
        word = (word + (random.nextInt(4) == 0 ? 1 + random.nextInt(9) : 3)) % WORDS.size();
      }
      all.add(text.toString());
    }
    Files.write(corpus.resolve(name), all);
  }

  /** Letters in any order: whoever learns them is worse at the language. */
  private void writeNoise(String name, int lines, long seed) throws IOException {
    Random random = new Random(seed);
    Files.write(
        corpus.resolve(name),
        IntStream.range(0, lines)
            .mapToObj(
                line ->
                    random
                        .ints(70, 0, 12)
                        .mapToObj(i -> String.valueOf("rivestonhalg".charAt(i)))
                        .reduce("", String::concat))
            .toList());
  }

  private List<String> settings(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "corpus.paths=['" + corpus + "']",
                "tokenizer.kind=characters",
                "data.path=" + directory.resolve("data"),
                "data.shards=4",
                "data.validation=0.2",
                "model.kind=gru",
                "model.layers=1",
                "model.width=32",
                "train.context=16",
                "train.batch=4",
                "train.steps=150",
                "train.average-every=25",
                "train.warmup=10",
                "train.learning-rate=0.01",
                "train.workers=2",
                "evaluate.every=0",
                "evaluate.batch=4",
                "run.path=" + directory.resolve("cycles"),
                "registry.path=" + directory.resolve("registry"),
                "registry.name=news"));
    settings.addAll(List.of(more));
    return settings;
  }

  private CommandRun retrain(String... more) {
    return CommandRun.with(settings(more), "retrain", "--json", "--master=local[2]");
  }

  private JsonNode outcome(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    JsonNode told = JsonMapper.builder().build().readTree(run.out());
    assertEquals(
        told,
        JsonMapper.builder()
            .build()
            .readTree(Files.readString(directory.resolve("cycles/outcome.json"))));
    return told;
  }

  private CommandRun command(String... command) {
    return CommandRun.with(settings(), command);
  }

  /** Of a cycle that had nothing to do there is no word. */
  @Test
  void aWebhookIsToldWhatACycleCameTo() throws IOException {
    write("a.txt", 150, 1);
    try (HookServer server = new HookServer(200)) {
      String hook = "alerts.webhook=" + server.url();
      outcome(retrain(hook));
      outcome(retrain(hook));
      assertTrue(retrain(hook, "data.split=tail").exitCode() > 0);

      assertEquals(2, server.requests().size());
      JsonNode promoted = told(server, 0);
      assertEquals("retrain", promoted.get("command").asText());
      assertEquals("promoted", promoted.get("outcome").asText());
      assertEquals("news", promoted.get("model").asText());
      assertEquals(1, promoted.get("version").asInt());
      assertEquals(1, promoted.get("production").asInt());
      assertFalse(promoted.get("reason").asText().isEmpty());
      JsonNode failed = told(server, 1);
      assertEquals("failed", failed.get("outcome").asText());
      assertFalse(failed.get("reason").asText().isEmpty());
    }
  }

  private static JsonNode told(HookServer server, int request) throws IOException {
    return JsonMapper.builder().build().readTree(server.requests().get(request).body());
  }

  @Test
  void newDataMakeABetterModelAndBadDataNone() throws IOException {
    write("a.txt", 150, 1);
    JsonNode first = outcome(retrain());
    assertEquals("promoted", first.get("outcome").asText(), first.toString());
    assertEquals(1, first.get("production").asInt());

    JsonNode nothing = outcome(retrain());
    assertEquals("nothing-new", nothing.get("outcome").asText(), nothing.toString());
    assertEquals(1, nothing.get("production").asInt());

    write("b.txt", 600, 2);
    JsonNode second = outcome(retrain());
    assertEquals("promoted", second.get("outcome").asText(), second.toString());
    assertEquals(2, second.get("production").asInt());

    writeNoise("c.txt", 400, 3);
    CommandRun noise = retrain("retrain.replay=0", "retrain.drift-limit=0.9");
    assertTrue(noise.err().contains("Drift: text: divergence "), noise.err());
    JsonNode third = outcome(noise);
    assertEquals("kept", third.get("outcome").asText(), third.toString());
    assertEquals(2, third.get("production").asInt(), "the old one stays");
    assertTrue(third.get("reason").asText().contains("on fixed its loss is"), third.toString());

    CommandRun verified = command("retrain", "--verify");
    assertEquals(0, verified.exitCode(), verified.err());
    assertTrue(
        verified.out().contains("3 files with 1,150 records, 1,150 rows, 3 cycles"),
        verified.out());

    for (String version : new String[] {"1", "2", "3"}) {
      CommandRun rebuilt =
          command(
              "retrain", "--rebuild", version, "--to", directory.resolve("v" + version).toString());
      assertEquals(0, rebuilt.exitCode(), rebuilt.err());
      assertTrue(rebuilt.out().contains("the same bytes"), rebuilt.out());
    }
    CommandRun unknown =
        command("retrain", "--rebuild", "9", "--to", directory.resolve("v9").toString());
    assertEquals(2, unknown.exitCode(), unknown.err());

    CommandRun lineage = command("models", "lineage", "news@2");
    assertEquals(0, lineage.exitCode(), lineage.err());
    CommandRun predicted = command("evaluate", "--json", "--model", "registry:news@production");
    assertEquals(0, predicted.exitCode(), predicted.err());
  }

  @Test
  void aPersonDecidesWhereTheSettingsSaySo() throws IOException {
    write("a.txt", 150, 1);
    JsonNode first = outcome(retrain("retrain.promote=manual"));
    assertEquals("held", first.get("outcome").asText(), first.toString());
    assertEquals(0, first.get("production").asInt());
    JsonNode again = outcome(retrain("retrain.promote=manual"));
    assertEquals("nothing-new", again.get("outcome").asText(), again.toString());
    assertEquals(0, command("models", "promote", "news@candidate").exitCode());
    write("b.txt", 600, 2);
    JsonNode second = outcome(retrain("retrain.promote=manual"));
    assertEquals("held", second.get("outcome").asText(), second.toString());
    assertEquals(1, second.get("production").asInt());
  }

  @Test
  void whatCannotBeJudgedIsNotTrained() throws IOException {
    write("a.txt", 150, 1);
    CommandRun unmeasured = retrain("data.validation=0");
    assertEquals(2, unmeasured.exitCode(), unmeasured.err());
    assertTrue(unmeasured.err().contains("Cannot evaluate on split validation"), unmeasured.err());
    assertFalse(unmeasured.err().contains("round 1"), unmeasured.err());
    assertEquals(0, command("tokenize", "--overwrite", "--master=local[2]").exitCode());
    outcome(retrain());
    write("b.txt", 200, 2);
    CommandRun longer = retrain("train.context=8", "retrain.from=scratch");
    assertEquals(2, longer.exitCode(), longer.err());
    assertTrue(longer.err().contains("another train.context"), longer.err());
    // Another dataset in its place is none that grows.
    assertEquals(0, command("tokenize", "--overwrite", "--master=local[2]").exitCode());
    CommandRun other = retrain();
    assertEquals(2, other.exitCode(), other.err());
    assertTrue(other.err().contains("it is not the one that cycle 1 had"), other.err());
  }

  @Test
  void fewRowsWaitForMore() throws IOException {
    write("a.txt", 150, 1);
    outcome(retrain());
    write("b.txt", 20, 2);
    JsonNode few = outcome(retrain("retrain.min-rows=100"));
    assertEquals("nothing-new", few.get("outcome").asText(), few.toString());
    assertTrue(few.get("reason").asText().contains("fewer than retrain.min-rows"));
    write("c.txt", 200, 3);
    JsonNode second = outcome(retrain("retrain.min-rows=100"));
    assertEquals(2, second.get("cycle").asInt(), second.toString());
  }

  @Test
  void onlyTheNewestCyclesStay() throws IOException {
    write("a.txt", 150, 1);
    outcome(retrain());
    write("b.txt", 200, 2);
    CommandRun refused = retrain("run.keep=0");
    assertEquals(2, refused.exitCode(), refused.err());
    JsonNode second = outcome(retrain());
    assertEquals(2, second.get("cycle").asInt(), second.toString());
    try (Stream<Path> left = Files.list(directory.resolve("cycles"))) {
      List<String> names = left.map(path -> path.getFileName().toString()).sorted().toList();
      assertEquals(2, names.size(), names.toString());
      assertTrue(names.get(0).startsWith("cycle-000002-"), names.toString());
    }
    assertEquals(12, command("retrain", "--exit-codes=detailed", "--master=local[2]").exitCode());
  }

  @Test
  void whatDoesNotAddUpIsFound() throws IOException {
    write("a.txt", 150, 1);
    outcome(retrain());
    write("b.txt", 200, 2);
    outcome(retrain());
    Path ledger;
    try (Stream<Path> files = Files.walk(directory.resolve("data/additions"))) {
      ledger = files.filter(path -> path.endsWith("ledger.json")).findFirst().orElseThrow();
    }
    String told = Files.readString(ledger);
    Files.writeString(ledger, told.replaceFirst("200", "199"));
    CommandRun changed = command("retrain", "--verify");
    assertEquals(1, changed.exitCode(), changed.out());
    assertTrue(changed.err().contains("its checksum does not fit"), changed.err());
    Files.writeString(ledger, told);
    assertEquals(0, command("retrain", "--verify").exitCode());
    Files.delete(ledger.resolveSibling("account.json"));
    Files.delete(directory.resolve("data/additions/0000.json"));
    CommandRun lost = command("retrain", "--verify");
    assertEquals(1, lost.exitCode(), lost.out());
    assertTrue(lost.out().contains("addition 1 has no account"), lost.out());
    assertTrue(lost.out().contains("keeps no manifest of 0 additions"), lost.out());
  }

  @Test
  void whatACycleNeedsIsAskedFor() throws IOException {
    write("a.txt", 150, 1);
    for (String[] refused :
        new String[][] {
          {"registry.name=", "registry.name is empty"},
          {"registry.path=", "registry.path"},
          {"run.path=", "run.path"},
          {"data.path=", "data.path"},
          {"data.split=tail", "data.split is tail"},
        }) {
      CommandRun run = retrain(refused[0]);
      assertEquals(2, run.exitCode(), refused[0] + ": " + run.err());
      assertTrue(run.err().contains(refused[1]), run.err());
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of("corpus"), left.map(p -> p.getFileName().toString()).toList());
    }
  }

  /** More of the old rows are gone through where the new ones are far from them. */
  @Test
  void driftIsToldAndRaisesTheReplay() throws IOException {
    write("a.txt", 150, 1);
    outcome(retrain());
    write("b.txt", 150, 2);
    CommandRun like = retrain("retrain.replay=0.01", "retrain.drift-replay=0.8");
    outcome(like);
    assertTrue(like.err().contains("Drift: text: divergence 0.0"), like.err());
    JsonNode near = scorecard(2).get("drift");
    JsonNode text = near.get("columns").get(0);
    assertEquals("text", text.get("name").asText());
    assertTrue(text.get("divergence").asDouble() < 0.01, near.toString());
    assertEquals(text.at("/length/before").asDouble(), text.at("/length/now").asDouble(), 5);
    assertEquals(0, text.at("/unknown/now").asDouble(), near.toString());
    assertEquals(0.01, replay(1));

    writeNoise("c.txt", 150, 3);
    CommandRun other = retrain("retrain.replay=0.01", "retrain.drift-replay=0.8");
    outcome(other);
    assertTrue(other.err().contains("Warning: what is new drifts: text: "), other.err());
    JsonNode far = scorecard(3).get("drift").get("columns").get(0);
    assertTrue(far.get("divergence").asDouble() > 0.1, far.toString());
    assertTrue(far.get("noise").asDouble() < 0.01, far.toString());
    assertEquals(0.8, replay(2));
    assertEquals(4, scorecard(3).get("answers").size());
  }

  private JsonNode scorecard(int version) throws IOException {
    return JsonMapper.builder()
        .build()
        .readTree(
            Files.readString(
                directory.resolve(
                    "registry/news/versions/00000%d/scorecard.json".formatted(version))));
  }

  /** That of a cycle, from 0. */
  private double replay(int cycle) throws IOException {
    Path newest;
    try (Stream<Path> files = Files.list(directory.resolve("registry/news/cycles"))) {
      newest = files.max(Comparator.comparing(file -> file.toFile().length())).orElseThrow();
    }
    return JsonMapper.builder()
        .build()
        .readTree(Files.readString(newest))
        .at("/all/%d/replay".formatted(cycle))
        .asDouble();
  }

  /** The model of the round is as good a candidate as any, and is rebuilt with as many rounds. */
  @Test
  void aCycleEndsWithTheRoundThatIsAtWorkWhenItsTimeIsUp() throws IOException {
    write("a.txt", 150, 1);
    CommandRun run = retrain("retrain.minutes=0.0001");
    JsonNode first = outcome(run);
    assertEquals("promoted", first.get("outcome").asText(), first.toString());
    assertTrue(run.err().contains("cut short after round 1 of 6"), run.err());
    CommandRun rebuilt =
        command("retrain", "--rebuild", "1", "--to", directory.resolve("again").toString());
    assertEquals(0, rebuilt.exitCode(), rebuilt.err());
    assertTrue(rebuilt.out().contains("the same bytes"), rebuilt.out());
  }

  /** Hours of a day and a slow rise, of some series. */
  private void writeHours(String name, int from, int to) throws IOException {
    Random random = new Random(from);
    List<String> all = new ArrayList<>(List.of("time,x,name"));
    for (int series = 0; series < 4; series++) {
      for (int hour = from; hour < to; hour++) {
        double value = Math.sin(hour * Math.PI / 12 + series) + 0.1 * random.nextGaussian();
        all.add(
            "%s,%.4f,s%d"
                .formatted(LocalDateTime.of(2020, 1, 1, 0, 0).plusHours(hour), value, series));
      }
    }
    Files.write(corpus.resolve(name), all);
  }

  /** New steps of series are news as documents are; old ones are their history. */
  @Test
  void seriesGoOnToo() throws IOException {
    String[] forecast = {
      "corpus.text-field=",
      "corpus.time-field=time",
      "corpus.value-fields=[x]",
      "corpus.group-field=name",
      "tokenizer.kind=bpe",
      "task.kind=forecast",
      "forecast.look-back=24",
      "forecast.horizon=6",
      "train.batch=16",
      "train.steps=100",
      "train.average-every=50",
      "train.learning-rate=0.01",
      "retrain.learning-rate=0.5"
    };
    writeHours("a.csv", 0, 400);
    JsonNode first = outcome(retrain(forecast));
    assertEquals("promoted", first.get("outcome").asText(), first.toString());
    assertEquals("nothing-new", outcome(retrain(forecast)).get("outcome").asText());
    writeHours("b.csv", 400, 700);
    CommandRun run = retrain(forecast);
    JsonNode second = outcome(run);
    assertEquals("promoted", second.get("outcome").asText(), run.err());
    assertTrue(run.err().contains("Drift: series: "), run.err());
    assertEquals(
        List.of("all", "fixed", "new"), IntStream.range(0, 3).mapToObj(i -> name(i)).toList());

    List<String> settings = settings(forecast);
    CommandRun verified = CommandRun.with(settings, "retrain", "--verify");
    assertEquals(0, verified.exitCode(), verified.err());
    assertTrue(verified.out().contains("2 files with 2,800 records"), verified.out());
    CommandRun rebuilt =
        CommandRun.with(
            settings, "retrain", "--rebuild", "2", "--to", directory.resolve("again").toString());
    assertEquals(0, rebuilt.exitCode(), rebuilt.err());
    assertTrue(rebuilt.out().contains("the same bytes"), rebuilt.out());
  }

  private String name(int slice) {
    try {
      return scorecard(2).get("slices").get(slice).get("name").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeRecords(String name, String field, int from, int to) throws IOException {
    Files.write(
        corpus.resolve(name),
        IntStream.range(from, to)
            .mapToObj(i -> "{\"%s\": \"the river runs past stone %d\"}".formatted(field, i))
            .toList());
  }

  /** Whatever its date, a file is counted once; of what cannot be read nothing is counted. */
  @Test
  void whatFilesGoThroughHasAnOutcomeThatIsTold() throws IOException {
    String[] records = {"corpus.text-field=text", "retrain.min-rows=1000"};
    writeRecords("a.jsonl", "text", 0, 150);
    outcome(retrain(records));
    writeRecords("b.jsonl", "text", 150, 200);
    Files.setLastModifiedTime(
        corpus.resolve("b.jsonl"), FileTime.from(Instant.now().minus(Duration.ofDays(31))));
    writeRecords("a.jsonl", "text", 0, 151);
    CommandRun late = retrain(records);
    assertEquals("nothing-new", outcome(late).get("outcome").asText());
    assertTrue(late.err().contains("Of 2 files 1 are new and 1 have changed"), late.err());

    writeRecords("c.jsonl", "body", 200, 210);
    CommandRun another = retrain(records);
    assertEquals(1, another.exitCode(), another.out());
    assertTrue(another.err().contains("10 no-text"), another.err());
    JsonNode failed =
        JsonMapper.builder()
            .build()
            .readTree(Files.readString(directory.resolve("cycles/outcome.json")));
    assertEquals("failed", failed.get("outcome").asText());
    assertTrue(failed.get("reason").asText().contains("10 no-text"), failed.toString());
    writeRecords("c.jsonl", "text", 200, 210);
    Files.delete(corpus.resolve("b.jsonl"));
    CommandRun mended = retrain(records);
    assertEquals("nothing-new", outcome(mended).get("outcome").asText());
    assertTrue(mended.err().contains("Files gone from the corpus: 1"), mended.err());

    CommandRun verified = CommandRun.with(settings(records), "retrain", "--verify");
    assertEquals(0, verified.exitCode(), verified.err());
    assertTrue(verified.out().contains("211 rows, 1 cycles"), verified.out());
    assertEquals(1, outcome(retrain(records)).get("production").asInt());
  }
}
