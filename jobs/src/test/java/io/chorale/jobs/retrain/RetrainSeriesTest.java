package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** New steps of series are news as documents are. */
class RetrainSeriesTest extends Retraining {
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
    JsonNode slices = scorecard(2).get("slices");
    assertEquals(
        List.of("all", "fixed", "new"),
        List.of(0, 1, 2).stream().map(i -> slices.get(i).get("name").asText()).toList());

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
}
