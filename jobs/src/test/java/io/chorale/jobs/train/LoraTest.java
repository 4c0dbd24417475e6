package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.Provenance;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainings of low-rank adapters. */
class LoraTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;
  private String from;

  @BeforeEach
  void trained() {
    tiny =
        new TinyTraining(
            SPARK.session().context(), new Storage(new Configuration()), directory.toString());
    tiny.dataset(400, 400);
    Settings first = tiny.settings("first", "train.workers=2");
    tiny.train(first);
    from = "train.from=" + first.run().path();
  }

  private Settings settings(String run, String... more) {
    String[] all = new String[more.length + 4];
    all[0] = from;
    all[1] = "train.workers=2";
    all[2] = "lora.rank=2";
    all[3] = "train.learning-rate=0.01";
    System.arraycopy(more, 0, all, 4, more.length);
    return tiny.settings(run, all);
  }

  private TrainedModel open(Settings settings) {
    return TrainedModel.open(tiny.storage(), settings, CheckpointChoice.LAST);
  }

  private static double validation(TinyTraining tiny, Settings settings) {
    return RoundMetrics.parse(tiny.run(settings).metrics().get(2))
        .path("validation_loss")
        .asDouble();
  }

  /** What is trained, sent and kept are the adapters; what comes out is a model. */
  @Test
  void aModelComesOut() {
    Settings adapted = settings("adapted");
    String said = tiny.train(adapted);
    // Query, key, value, output, up and down of one layer of 16 units.
    long factors = 2L * (4 * (16 + 16) + 2 * (16 + 64));
    assertTrue(said.contains("%,d parameters".formatted(factors)), said);
    assertEquals(factors, tiny.layout(adapted).size());
    TrainedModel model = open(adapted);
    assertEquals(0, model.settings().lora().rank());
    assertEquals(6, model.adapters().orElseThrow().adapters().size());
    TrainedModel before = open(tiny.settings("first"));
    assertEquals(before.task().layout().size(), model.parameters().length());
    assertTrue(before.adapters().isEmpty());
    // Blocks' matrices have moved, and nothing else.
    model
        .task()
        .layout()
        .entries()
        .forEach(
            entry -> {
              boolean moved = false;
              for (long i = entry.offset(); i < entry.offset() + entry.length(); i++) {
                moved |= model.parameters().get(i) != before.parameters().get(i);
              }
              boolean matrix = entry.name().matches("layers.*(qkv|output|up|down)[.]weight");
              assertEquals(matrix, moved, entry.name());
            });
    double loss = validation(tiny, adapted);
    double first = validation(tiny, tiny.settings("first"));
    assertTrue(loss < first - 0.01, loss + " after " + first);
  }

  /** The loss in training is that of the merged model, which begins where it began from. */
  @Test
  void theMergedModelIsWhatWasMeasured() {
    Settings adapted = settings("adapted");
    tiny.train(adapted);
    Settings next =
        tiny.settings(
            "next",
            "train.from=" + adapted.run().path(),
            "train.workers=2",
            "train.learning-rate=1e-30",
            "train.min-learning-rate=0",
            "train.weight-decay=0");
    tiny.train(next);
    assertEquals(validation(tiny, adapted), validation(tiny, next), 1e-5);
  }

  @ParameterizedTest
  @CsvSource({"both, int8, 1", "b, float32, 1", "both, int8, 3"})
  void aRunThatGoesOnEndsInTheSameBytes(String factors, String send, int every) {
    String[] more = {
      "lora.factors=" + factors,
      "lora.dropout=0.1",
      "average.send=" + send,
      "run.checkpoint-every=" + every
    };
    Settings whole = settings("whole", more);
    tiny.train(whole);
    Settings killed = settings("killed", more);
    tiny.trainUntil(every == 1 ? 1 : 0, killed);
    if (every == 1) {
      // What it reads is its own.
      tiny.storage().deleteRecursively(new Path(tiny.root(), "first"));
    }
    tiny.train(killed);
    assertEquals(tiny.checksums(whole), tiny.checksums(killed));
    assertEquals(
        tiny.latest(whole).provenance().get(Provenance.BASE),
        tiny.latest(killed).provenance().get(Provenance.BASE));
  }

  /** The mean of models whose A are equal is the model of the mean of their B. */
  @Test
  void withBAloneHalfIsSent() {
    Settings both = settings("both");
    Settings one = settings("one", "lora.factors=b");
    tiny.train(both);
    tiny.train(one);
    assertTrue(sent(one) < 0.7 * sent(both), sent(one) + " of " + sent(both));
    FloatVector merged = open(one).parameters();
    assertNotEquals(merged, open(both).parameters());
  }

  private long sent(Settings settings) {
    return RoundMetrics.parse(tiny.run(settings).metrics().get(0)).path("bytes_up").asLong();
  }

  @Test
  void aLostBaseIsTold() throws IOException {
    Settings adapted = settings("adapted");
    tiny.train(adapted);
    String base = tiny.latest(adapted).provenance().get(Provenance.BASE);
    java.nio.file.Path file = directory.resolve("adapted").resolve(base);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    ChoraleException damaged = assertThrows(ChoraleException.class, () -> open(adapted));
    assertTrue(damaged.getMessage().contains("its checksum is"), damaged.getMessage());
    Files.delete(file);
    damaged = assertThrows(ChoraleException.class, () -> open(adapted));
    assertTrue(damaged.getMessage().contains(base + " is not there"), damaged.getMessage());
  }

  @Test
  void aTrainingThatBeginsFromNothingIsRefused() {
    Settings none = tiny.settings("none", "lora.rank=2");
    SettingsException refused = assertThrows(SettingsException.class, () -> tiny.train(none));
    assertTrue(refused.getMessage().contains("model.from nor train.from"), refused.getMessage());
    Settings gate = settings("gate", "lora.targets=[gate]");
    refused = assertThrows(SettingsException.class, () -> tiny.train(gate));
    assertTrue(refused.getMessage().contains("without gate"), refused.getMessage());
    assertEquals(
        List.of(),
        tiny.names(new Path(tiny.root())).stream()
            .filter(List.of("none", "gate")::contains)
            .toList());
  }
}
