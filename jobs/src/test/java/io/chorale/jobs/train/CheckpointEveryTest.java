package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.Faults;
import io.chorale.jobs.spark.SharedSession;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainings that write a checkpoint every few rounds end in the bytes of one that writes each. */
class CheckpointEveryTest {
  private static final int ROUNDS = 7;

  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  @TempDir Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void dataset() {
    tiny = STORAGE.training(SPARK, "faulty", directory);
    tiny.dataset(500, 300, 400);
  }

  private Settings settings(String run, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "train.workers=2",
                "train.steps=14",
                "train.average-every=2",
                "average.outer=nesterov",
                "average.send=int8",
                "evaluate.every=0"));
    all.addAll(List.of(more));
    return tiny.settings(run, all.toArray(String[]::new));
  }

  private List<Long> committed(Settings settings) {
    return tiny.run(settings).checkpoints().committed();
  }

  /** The losses of the rounds, which follow from all bytes before. */
  private List<String> losses(Settings settings) {
    List<String> losses = new ArrayList<>();
    for (String line : tiny.run(settings).metrics()) {
      JsonNode round = RoundMetrics.parse(line);
      losses.add(round.get("round") + " " + round.get("train_loss"));
    }
    return losses;
  }

  private void assertSame(Settings whole, Settings other) {
    assertEquals(losses(whole), losses(other));
    assertEquals(tiny.checksums(whole), tiny.checksums(other));
  }

  private static List<Long> all() {
    return LongStream.rangeClosed(1, ROUNDS).boxed().toList();
  }

  @ParameterizedTest
  @CsvSource({"transformer, int8, float32", "lstm, float32, bfloat16"})
  void fewCheckpointsChangeNoByte(String kind, String send, String anchor) {
    String[] shape = {"model.kind=" + kind, "average.send=" + send, "average.anchor=" + anchor, ""};
    shape[3] = "run.checkpoint-every=1";
    Settings each = settings("each", shape);
    tiny.train(each);
    shape[3] = "run.checkpoint-every=3";
    Settings third = settings("third", shape);
    tiny.train(third);
    shape[3] = "run.checkpoint-every=100";
    Settings last = settings("last", shape);
    tiny.train(last);
    assertEquals(all(), committed(each));
    assertEquals(List.of(3L, 6L, 7L), committed(third));
    assertEquals(List.of(7L), committed(last));
    assertSame(each, third);
    assertSame(each, last);
  }

  @Test
  void anInterruptedRunGoesOnFromItsLastCheckpoint() {
    Settings whole = settings("whole");
    tiny.train(whole);
    Settings broken = settings("broken", "run.checkpoint-every=3");
    Thread driver = Thread.currentThread();
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("close")
              && path.getName().contains("metrics")
              && tiny.run(broken).metrics().size() == 4) {
            driver.interrupt();
          }
        });
    assertThrows(Exception.class, () -> tiny.train(broken));
    Thread.interrupted();
    Faults.end();
    assertEquals(3, tiny.latest(broken).round());
    assertTrue(tiny.run(broken).metrics().size() > 3);
    // More often from now on: what a run costs may change, what comes out does not.
    String said = tiny.train(settings("broken", "run.checkpoint-every=2"));
    assertTrue(said.contains("goes on after round 3 of 7"), said);
    assertEquals(List.of(3L, 4L, 6L, 7L), committed(broken));
    assertSame(whole, broken);
  }

  @Test
  void aTrainingThatIsCutShortHasACheckpointOfItsLastRound() {
    Settings whole = settings("whole");
    tiny.train(whole);
    Settings cut = settings("cut", "run.checkpoint-every=3");
    new TrainJob(tiny.spark(), tiny.storage(), cut, new PrintWriter(new StringWriter()))
        .run(round -> round == 5);
    assertEquals(List.of(3L, 5L), committed(cut));
    tiny.train(cut);
    assertEquals(List.of(3L, 5L, 6L, 7L), committed(cut));
    assertSame(whole, cut);
  }

  @Test
  void theBestRoundHasACheckpoint() {
    Settings each = settings("each", "evaluate.every=1", "train.learning-rate=0.2");
    tiny.train(each);
    long best =
        RoundMetrics.parse(tiny.run(each).metrics().get(ROUNDS - 1)).at("/best/round").asLong();
    String[] few = {
      "evaluate.every=1", "train.learning-rate=0.2", "run.checkpoint-every=100", "run.keep=1"
    };
    Settings kept = settings("kept", few);
    tiny.train(kept);
    assertEquals(best == ROUNDS ? List.of(7L) : List.of(best, 7L), committed(kept));
    assertSame(each, kept);
    few[3] = "run.keep-best=false";
    Settings lost = settings("lost", few);
    tiny.train(lost);
    assertEquals(List.of(7L), committed(lost));
  }

  @Test
  void aTrainingThatGetsNoBetterHasACheckpointOfItsLastRound() {
    String[] patient = {
      "evaluate.every=1", "train.learning-rate=0.2", "train.patience=1", "run.checkpoint-every=1"
    };
    Settings each = settings("each", patient);
    tiny.train(each);
    patient[3] = "run.checkpoint-every=100";
    Settings few = settings("few", patient);
    tiny.train(few);
    assertEquals(tiny.latest(each).round(), tiny.latest(few).round());
    assertSame(each, few);
  }

  @Test
  void noRoundWithoutEndIsRefused() {
    for (String wrong : List.of("0", "101")) {
      String refused =
          assertThrows(
                  SettingsException.class, () -> settings("run", "run.checkpoint-every=" + wrong))
              .getMessage();
      assertTrue(refused.contains("run.checkpoint-every"), refused);
    }
  }
}
