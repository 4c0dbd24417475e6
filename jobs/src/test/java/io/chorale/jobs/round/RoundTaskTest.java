package io.chorale.jobs.round;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.train.TinyDataset;
import io.chorale.jobs.train.TinyTraining;
import io.chorale.train.FrozenRows;
import io.chorale.train.WorkerState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundTaskTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;

  private TinyTraining tiny;
  private Settings settings;
  private CheckpointManifest second;
  private SharedVector anchor;

  /** A training of five rounds, of which two are done. */
  private void begun(String... more) {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, directory.toString());
    tiny.dataset(500, 400);
    List<String> all = new ArrayList<>(List.of("train.steps=20", "model.dropout=0.2"));
    all.addAll(List.of(more));
    settings = tiny.settings("run", all.toArray(String[]::new));
    tiny.trainUntil(2, settings);
    CheckpointStore checkpoints = tiny.run(settings).checkpoints();
    second = checkpoints.latest().orElseThrow();
    anchor =
        SharedVector.of(
            SPARK.session().context(),
            checkpoints.parameters(second, tiny.layout(settings)),
            settings.average().anchor());
  }

  /**
   * The round after some rounds; the second one has the last checkpoint.
   *
   * @param every rounds from one checkpoint to the next
   */
  private RoundTask task(long done, int every, String training) {
    RoundPlan plan =
        new RoundPlanner(
                settings.train(),
                TinyDataset.task(settings).feed(),
                Mix.of(Dataset.open(STORAGE, new Path(tiny.root(), "data")).manifest(), Map.of()))
            .next(
                new RoundsDone(done, 4 * done, 1), second, tiny.run(settings).checkpoints(), every);
    return new RoundTask(
        STORAGE,
        tiny.run(settings).path(),
        plan,
        training,
        new TaskTrainer(settings, new Path(tiny.root(), "data"), FrozenRows.NONE, SharedBase.NONE),
        Exchange.ofValues(settings.average().send()),
        anchor,
        new WorkerProgress.Accumulator());
  }

  private static List<byte[]> slices(Iterator<SlicePart> parts) {
    List<byte[]> slices = new ArrayList<>();
    parts.forEachRemaining(
        part -> {
          if (part instanceof SlicePart.Slice slice) {
            slices.add(slice.bytes());
          }
        });
    assertEquals(1, slices.size());
    return slices;
  }

  /** The state that a round left in its checkpoint to come, which is deleted. */
  private byte[] state(long round) {
    Path file = tiny.file(settings, round, CheckpointFile.worker(0));
    byte[] bytes = STORAGE.readFully(file, Integer.MAX_VALUE);
    STORAGE.deleteRecursively(file);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({"transformer", "lstm"})
  void anotherAttemptAtATaskGivesTheSameBytes(String kind) {
    begun("model.kind=" + kind);
    List<byte[]> parameters = new ArrayList<>();
    List<byte[]> states = new ArrayList<>();
    for (int attempt = 0; attempt < 2; attempt++) {
      parameters.addAll(slices(task(2, 1, "one").call(0, Collections.emptyIterator())));
      states.add(state(3));
    }
    assertArrayEquals(parameters.get(0), parameters.get(1));
    assertArrayEquals(states.get(0), states.get(1));
  }

  /** Rounds go on from the state that waits in memory, or compute it again from the checkpoint. */
  @ParameterizedTest
  @CsvSource({"transformer, float32", "lstm, int8"})
  void aStateThatIsGoneIsComputedAgain(String kind, String send) {
    begun("model.kind=" + kind, "average.send=" + send);
    List<byte[]> parameters = new ArrayList<>();
    List<byte[]> states = new ArrayList<>();
    for (int saved : new int[] {1, 100}) {
      for (String lost : List.of("none", "last", "all")) {
        String training = saved + lost;
        Iterator<SlicePart> none = Collections.emptyIterator();
        Iterator<SlicePart> third = task(2, 100, training).call(0, none);
        if (!lost.equals("all")) {
          slices(third);
          third = task(2, 100, training).call(0, none);
        }
        Iterator<SlicePart> fourth = task(3, 100, training).call(0, third);
        if (lost.equals("none")) {
          slices(fourth);
          fourth = none;
        } else if (lost.equals("last")) {
          slices(fourth);
          ResidentStates.end(training);
          fourth =
              task(3, 100, training)
                  .call(0, task(2, 100, training).call(0, Collections.emptyIterator()));
        }
        if (saved == 1) {
          new SaveTask(STORAGE, tiny.run(settings).checkpoints().path(4), training, 4)
              .call(0, fourth);
          states.add(state(4));
        } else {
          parameters.addAll(slices(task(4, 100, training).call(0, fourth)));
          states.add(state(5));
        }
        assertNull(ResidentStates.take(new ResidentStates.Key(training, 4, 0)));
      }
    }
    assertEquals(6, states.size());
    for (int i = 1; i < 3; i++) {
      assertArrayEquals(states.get(0), states.get(i));
      assertArrayEquals(states.get(3), states.get(3 + i));
      assertArrayEquals(parameters.get(0), parameters.get(i));
    }
  }

  /** A worker that was computed elsewhere meanwhile does not leave its state here for ever. */
  @Test
  void whatNobodyWillTakeIsFreed() {
    List<ResidentStates.Key> keys =
        List.of(key(3, 0), key(3, 1), key(4, 1), key(4, 2), key(5, 0), key(5, 3));
    keys.forEach(key -> ResidentStates.put(key, new WorkerState(Map.of())));
    // Of round 5 and, by workers that are yet to begin it, of round 4.
    assertEquals(
        List.of(key(4, 1), key(4, 2), key(5, 0), key(5, 3)),
        keys.stream().filter(key -> ResidentStates.take(key) != null).toList());
  }

  private static ResidentStates.Key key(long round, int worker) {
    return new ResidentStates.Key("freed", round, worker);
  }

  @Test
  void aStateThatNothingLeavesIsMissed() {
    ResidentStates.Key key = new ResidentStates.Key("none", 4, 0);
    Iterator<SlicePart> none = Collections.emptyIterator();
    assertThrows(IllegalStateException.class, () -> RoundTask.resident(key, none));
  }
}
