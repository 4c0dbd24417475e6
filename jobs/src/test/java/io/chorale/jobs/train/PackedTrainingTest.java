package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A training on whole documents that share rows. */
class PackedTrainingTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void layOut() {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, directory.toString());
    TinyDataset.writeDocuments(11, STORAGE, new Path(tiny.root(), "data"), 600, 500, 400);
  }

  private Settings packed(String run) {
    return tiny.settings(run, "train.packing=documents", "train.workers=2", "model.dropout=0.1");
  }

  @Test
  void aRunWhoseDriverDiedEndsAsOneThatWasLeftAlone() {
    Settings whole = packed("whole");
    tiny.train(whole);
    Settings broken = packed("broken");
    tiny.trainUntil(1, broken);
    String said = tiny.train(broken);
    assertTrue(said.contains("goes on after round 1 of 3"), said);
    assertEquals(tiny.checksums(whole), tiny.checksums(broken));
    Settings stream = tiny.settings("stream", "train.workers=2", "model.dropout=0.1");
    tiny.train(stream);
    assertNotEquals(tiny.checksums(stream), tiny.checksums(whole));
  }

  /** 12 local steps of two workers; rows of 8 tokens are nearly full. */
  @Test
  void tellsWhatItPacksAndLearnsFromIt() {
    Settings settings = packed("run");
    String said = tiny.train(settings);
    assertTrue(said.contains("1,500 training tokens; packed: "), said);
    assertTrue(
        said.matches("(?s).*packed: [1-9]\\d?\\.\\d % of documents cut, \\d\\.\\d % .*"), said);
    List<String> rounds = tiny.run(settings).metrics();
    assertEquals(3, rounds.size());
    assertTrue(rounds.get(2).contains("\"validation_loss\":"), rounds.get(2));
  }
}
