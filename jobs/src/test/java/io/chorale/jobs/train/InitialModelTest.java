package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.Provenance;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainings that begin from a trained model. */
class InitialModelTest {
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

  @Test
  void theFirstParametersAreThoseOfTheModel() {
    FloatVector model = tiny.parameters(tiny.settings("first", "train.workers=2"));
    // So little is learnt that the parameters hardly move.
    Settings next =
        tiny.settings(
            "next",
            from,
            "train.workers=2",
            "train.seed=9",
            "train.learning-rate=1e-7",
            "train.min-learning-rate=0",
            "train.weight-decay=0");
    tiny.train(next);
    FloatVector after = tiny.parameters(next);
    for (int slice = 0; slice < FloatVector.sliceCount(model.length()); slice++) {
      assertArrayEquals(model.slice(slice), after.slice(slice), 1e-5f);
    }
    CheckpointManifest checkpoint = tiny.latest(next);
    String file = checkpoint.provenance().get(Provenance.INITIAL);
    assertTrue(file.matches("model-[0-9a-f]{8}[.]safetensors"), file);
  }

  /** Not even the model has to be there any more. */
  @Test
  void aRunThatGoesOnEndsInTheSameBytesAndStillNamesTheModel() {
    Settings whole = tiny.settings("whole", from, "train.workers=2");
    tiny.train(whole);
    Settings killed = tiny.settings("killed", from, "train.workers=2");
    tiny.trainUntil(1, killed);
    tiny.storage().deleteRecursively(new Path(tiny.root(), "first"));
    tiny.train(killed);
    assertEquals(tiny.checksums(whole), tiny.checksums(killed));
    assertEquals(
        tiny.latest(whole).provenance().get(Provenance.INITIAL),
        tiny.latest(killed).provenance().get(Provenance.INITIAL));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.width=8 | its parameter",
        "model.layers=2 | is missing, expected [",
        "model.kind=lstm | its parameter",
      })
  void aModelOfAnotherShapeIsRefused(String other, String told) {
    Settings next = tiny.settings("next", from, "train.workers=2", other, "model.tied-head=false");
    SettingsException refused = assertThrows(SettingsException.class, () -> tiny.train(next));
    assertTrue(refused.getMessage().contains(told), refused.getMessage());
    assertTrue(refused.getMessage().contains("Cannot begin from model"), refused.getMessage());
  }

  @Test
  void aModelOfAnotherTokenizerIsRefused() {
    TinyTraining other = new TinyTraining(tiny.spark(), tiny.storage(), tiny.root() + "/other");
    TinyDataset.writeLetters('m', other.storage(), new Path(other.root(), "data"), 400, 400);
    Settings next = other.settings("next", from, "train.workers=2");
    SettingsException refused = assertThrows(SettingsException.class, () -> other.train(next));
    assertTrue(
        refused.getMessage().contains("labels or scale of its column text"), refused.getMessage());
  }

  @Test
  void onlyOneThingSaysWhatParametersBeginFrom() {
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> tiny.settings("next", from, "embeddings.from=words"));
    assertTrue(refused.getMessage().contains("empty where embeddings.from"), refused.getMessage());
  }
}
