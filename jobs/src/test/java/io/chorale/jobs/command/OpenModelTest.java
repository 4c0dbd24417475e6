package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.TinyTraining;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The commands that open a trained model: which one, and what they make of their input. */
class OpenModelTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path temporary;
  private List<String> overrides;

  @BeforeEach
  void train() {
    TinyTraining tiny =
        new TinyTraining(
            SPARK.session().context(), new Storage(new Configuration()), temporary.toString());
    tiny.dataset(400);
    tiny.train(tiny.settings("run", "run.keep=1"));
    overrides = tiny.overrides("run", "generate.tokens=9", "generate.temperature=2");
  }

  private CommandRun chorale(String... command) {
    return CommandRun.with(overrides, command);
  }

  /** With this on standard input. */
  private CommandRun chorale(byte[] input, String... command) {
    return CommandRun.reading(input, () -> chorale(command));
  }

  private static List<JsonNode> objects(CommandRun run) throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    List<JsonNode> objects = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      objects.add(JsonMapper.builder().build().readTree(line));
    }
    return objects;
  }

  @Test
  void everyLineIsAPromptAndGivesWhatThePromptAloneGives() throws IOException {
    List<JsonNode> texts =
        objects(chorale("abc\n\nf\r\nabc".getBytes(UTF_8), "generate", "--stdin", "--json"));
    assertEquals(
        List.of("abc", "", "f", "abc"),
        texts.stream().map(text -> text.get("prompt").asText()).toList());
    for (JsonNode text : texts) {
      JsonNode alone =
          objects(chorale("generate", "--json", "--prompt", text.get("prompt").asText())).get(0);
      assertEquals(alone.get("text"), text.get("text"));
      assertEquals(alone.get("tokens"), text.get("tokens"));
    }
    String plain = chorale("abc\nf\n".getBytes(UTF_8), "generate", "--stdin").out();
    assertEquals(
        "abc%s%nf%s%n"
            .formatted(texts.get(0).get("text").asText(), texts.get(2).get("text").asText()),
        plain);
    assertEquals("", chorale(new byte[0], "generate", "--stdin").out());
  }

  @Test
  void inputThatIsNoTextIsToldByItsLine() {
    CommandRun run =
        chorale("abc\ncaf\u00e9\n".getBytes(ISO_8859_1), "generate", "--stdin", "--json");
    assertEquals(1, run.exitCode());
    assertEquals(1, run.out().lines().count());
    assertTrue(run.err().contains("standard input: line 2 is not UTF-8"), run.err());
    CommandRun both = chorale(new byte[0], "generate", "--stdin", "--prompt", "a");
    assertEquals(2, both.exitCode(), both.err());
  }

  @Test
  void everyCommandTakesACheckpoint() throws IOException {
    for (String checkpoint : List.of("best", "last", "3")) {
      for (String command : List.of("evaluate", "generate")) {
        JsonNode object = objects(chorale(command, "--json", "--checkpoint", checkpoint)).get(0);
        assertEquals(3, object.get("round").asLong());
      }
    }
    for (String command : List.of("evaluate", "generate")) {
      CommandRun gone = chorale(command, "--checkpoint=1");
      assertEquals(2, gone.exitCode());
      assertTrue(
          gone.err().contains("round 1 is not kept, expected one of the rounds 3."), gone.err());
      CommandRun neither = chorale(command, "--checkpoint=first");
      assertEquals(2, neither.exitCode());
      assertTrue(neither.err().contains("expected best, last or the number"), neither.err());
    }
  }

  @Test
  void whatShapedTheRunIsTakenFromItAndTold() throws IOException {
    CommandRun same = chorale("evaluate", "--json");
    assertFalse(same.err().contains("taken from it"), same.err());
    CommandRun other = chorale("evaluate", "--json", "--set", "model.dropout=0.25");
    assertEquals(objects(same), objects(other));
    assertTrue(
        other.err().contains("model.dropout is 0.0, not 0.25: what shaped run "), other.err());
  }
}
