package io.chorale.jobs.round;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.train.TinyDataset;
import io.chorale.jobs.train.TinyTraining;
import io.chorale.train.FrozenRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundTaskTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;

  @ParameterizedTest
  @CsvSource({"transformer", "lstm"})
  void anotherAttemptAtATaskGivesTheSameBytes(String kind) throws Exception {
    TinyTraining tiny = new TinyTraining(SPARK.session().context(), STORAGE, directory.toString());
    tiny.dataset(500, 400);
    Settings settings = tiny.settings("run", "model.kind=" + kind, "model.dropout=0.2");
    tiny.train(settings);
    CheckpointStore checkpoints = tiny.run(settings).checkpoints();
    STORAGE.deleteRecursively(checkpoints.path(3));
    CheckpointManifest second = checkpoints.latest().orElseThrow();
    RoundPlan plan =
        new RoundPlanner(
                settings.train(),
                TinyDataset.task(settings).feed(),
                Mix.of(Dataset.open(STORAGE, new Path(tiny.root(), "data")).manifest(), Map.of()))
            .next(RoundsDone.of(second), second, checkpoints, 1);
    SharedVector anchor =
        SharedVector.of(
            SPARK.session().context(),
            checkpoints.parameters(second, tiny.layout(settings)),
            settings.average().anchor());
    RoundTask task =
        new RoundTask(
            STORAGE,
            tiny.run(settings).path(),
            plan,
            new TaskTrainer(settings, new Path(tiny.root(), "data"), FrozenRows.NONE),
            Exchange.ofValues(settings.average().send()),
            anchor,
            new WorkerProgress.Accumulator());
    List<byte[]> parameters = new ArrayList<>();
    List<byte[]> states = new ArrayList<>();
    for (int attempt = 0; attempt < 2; attempt++) {
      task.call(0, Collections.emptyIterator())
          .forEachRemaining(
              part -> {
                if (part instanceof SlicePart.Slice slice) {
                  parameters.add(slice.bytes());
                }
              });
      states.add(
          STORAGE.readFully(tiny.file(settings, 3, CheckpointFile.worker(0)), Integer.MAX_VALUE));
    }
    assertEquals(2, parameters.size());
    assertArrayEquals(parameters.get(0), parameters.get(1));
    assertArrayEquals(states.get(0), states.get(1));
  }
}
