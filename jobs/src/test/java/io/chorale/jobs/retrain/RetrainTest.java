package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.monitor.HookServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Cycles on text that comes in parts. */
class RetrainTest extends Retraining {
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

    assertEquals(
        slice(1, "fixed").get("candidate"),
        slice(2, "fixed").get("current"),
        "what was measured of a version is kept with it");
    assertTrue(slice(2, "all").get("batches").asInt() > slice(1, "all").get("batches").asInt());

    // As where the process is killed before it could tell.
    Files.delete(directory.resolve("cycles/outcome.json"));
    JsonNode again = outcome(retrain());
    assertEquals(second, again);
    assertEquals("nothing-new", outcome(retrain()).get("outcome").asText());

    writeNoise("c.txt", 400, 3);
    CommandRun noise = retrain("retrain.replay=0", "retrain.drift-limit=0.9", "evaluate.batch=8");
    assertTrue(noise.err().contains("Drift: text: divergence "), noise.err());
    JsonNode third = outcome(noise);
    assertEquals("kept", third.get("outcome").asText(), third.toString());
    assertEquals(2, third.get("production").asInt(), "the old one stays");
    assertTrue(third.get("reason").asText().contains("on fixed its loss is"), third.toString());
    assertTrue(
        slice(3, "fixed").get("batches").asInt() < slice(2, "fixed").get("batches").asInt(),
        "of other batches it is measured anew");
    assertEquals(
        slice(2, "fixed").get("candidate").asDouble(),
        slice(3, "fixed").get("current").asDouble(),
        1e-4);

    CommandRun verified = command("retrain", "--verify");
    assertEquals(0, verified.exitCode(), verified.err());
    assertTrue(
        verified.out().contains("3 files with 1,150 records, 1,150 rows, 3 cycles"),
        verified.out());

    for (String version : new String[] {"1", "3"}) {
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
