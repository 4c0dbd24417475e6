package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  @TempDir Path directory;

  /** Trains a classifier a little, then further, and a second run; asks for their pages. */
  @Test
  void aPageIsWrittenOfRunsInAnyState() throws Exception {
    ToyReviews.write(directory);
    Path run = directory.resolve("first");
    String[] few = {
      "model.kind=lstm",
      "train.steps=4",
      "train.schedule=constant",
      "train.average-every=2",
      "train.patience=0",
      "evaluate.every=1"
    };
    List<String> settings = ToyReviews.settings(directory, run.toString(), few);
    CommandRun tokenized = CommandRun.with(settings, "tokenize");
    assertEquals(0, tokenized.exitCode(), tokenized.err());
    assertEquals(0, CommandRun.with(settings, "train").exitCode());
    few[1] = "train.steps=8";
    settings = ToyReviews.settings(directory, run.toString(), few);
    CommandRun further = CommandRun.with(settings, "train");
    assertEquals(0, further.exitCode(), further.err());
    List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
    JsonMapper json = JsonMapper.builder().build();
    assertEquals(1, json.readTree(lines.get(0)).get("starts").asInt());
    assertEquals(2, json.readTree(lines.get(lines.size() - 1)).get("starts").asInt());
    assertFalse(Files.exists(run.resolve("failure.json")));

    Path texts = Files.writeString(directory.resolve("texts"), "a good day\n\nbad <b>\n");
    CommandRun report =
        CommandRun.with(
            List.of(), "report", "--run", run.toString(), "--inside-file", texts.toString());
    assertEquals(0, report.exitCode(), report.err());
    assertEquals(run.resolve("report.html").toString(), report.out().strip());
    String page = Files.readString(run.resolve("report.html"));
    assertTrue(page.contains("Finished: 8 steps"), page.substring(0, 300));
    assertTrue(page.contains("gone on from a checkpoint"));
    assertTrue(page.contains("bad &lt;b&gt;"));
    assertTrue(page.contains("predicts "));
    assertTrue(page.contains("encoder.l0"));
    assertEquals("", report.err());

    CommandRun missing =
        CommandRun.with(List.of(), "report", "--run", run.toString(), "--checkpoint", "99");
    assertEquals(0, missing.exitCode(), missing.err());
    assertTrue(missing.err().contains("99"), missing.err());
    assertTrue(Files.readString(run.resolve("report.html")).contains("Finished: 8 steps"));

    Path nothing = Files.createDirectories(directory.resolve("nothing"));
    Path output = directory.resolve("out.html");
    CommandRun refused =
        CommandRun.with(
            List.of(), "report", "--run", nothing.toString(), "--output", output.toString());
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("Cannot open run"), refused.err());
    assertFalse(Files.exists(output));
  }

  /** What tokenize writes is what the command writes of a dataset that had no page. */
  @Test
  void aPageIsWrittenOfADataset() throws Exception {
    ToyReviews.write(directory);
    List<String> settings = ToyReviews.settings(directory, directory.resolve("run").toString());
    CommandRun tokenized = CommandRun.with(settings, "tokenize");
    assertEquals(0, tokenized.exitCode(), tokenized.err());
    Path file = directory.resolve("data/dataset.html");
    assertTrue(tokenized.out().contains("page        " + file), tokenized.out());
    String page = Files.readString(file);
    for (String told :
        List.of("Labels of label", "unknown-label", "Contexts for text", "=classification")) {
      assertTrue(page.contains(told), told);
    }
    String data = directory.resolve("data").toString();
    Files.delete(file);
    CommandRun report = CommandRun.with(List.of(), "report", "--data", data);
    assertEquals(0, report.exitCode(), report.err());
    assertEquals(file.toString(), report.out().strip());
    assertEquals(page, Files.readString(file));

    Path output = directory.resolve("out.html");
    String[] elsewhere = {"report", "--data", data, "--output", output.toString()};
    assertEquals(0, CommandRun.with(List.of(), elsewhere).exitCode());
    assertEquals(page, Files.readString(output));

    CommandRun both = CommandRun.with(List.of(), "report", "--data", data, "--run", data);
    assertEquals(2, both.exitCode());
    assertTrue(both.err().contains("expected --data without them"), both.err());
    CommandRun none = CommandRun.with(List.of(), "report", "--data", directory.toString());
    assertEquals(2, none.exitCode());
    assertTrue(none.err().contains("it holds no dataset.json"), none.err());

    // The page is one of the files that a dataset consists of: it is in nobody's way.
    CommandRun again = CommandRun.with(settings, "tokenize", "--overwrite");
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(page, Files.readString(file));
  }
}
