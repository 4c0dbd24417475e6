package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run goes on with another number of workers. */
class ElasticityTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir Path directory;
  private TinyTraining tiny;

  @BeforeEach
  void open() {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, directory.toString());
    tiny.dataset(500, 400, 450, 430);
  }

  private Settings with(int workers, String run, String... more) {
    return tiny.settings(
        run,
        Stream.concat(Stream.of("train.workers=" + workers), Stream.of(more))
            .toArray(String[]::new));
  }

  private Map<String, FloatVector> state(Settings settings, long round, int worker) {
    var file = tiny.file(settings, round, CheckpointFile.worker(worker));
    return SafeTensors.readFloats(STORAGE, file, new CRC32C());
  }

  /** 2 workers for a round, 3 for the next, then 1. */
  private Settings changing(String run, String... more) {
    tiny.trainUntil(1, with(2, run, more));
    String said = tiny.train(with(3, run, more));
    assertTrue(said.contains("goes on after round 1 of "), said);
    long rounds = tiny.latest(with(3, run, more)).round();
    for (long round = rounds; round > 2; round--) {
      STORAGE.deleteRecursively(tiny.run(with(3, run, more)).checkpoints().path(round));
    }
    Settings last = with(1, run, more);
    tiny.train(last);
    return last;
  }

  @ParameterizedTest
  @CsvSource({"transformer,4,12", "lstm,4,12", "transformer,epoch,70", "gru,epoch,70"})
  void workersComeAndGoAndTheResultIsTheSameWheneverItIsRepeated(
      String kind, String every, int steps) throws IOException {
    String[] more = {
      "model.kind=" + kind,
      "train.average-every=" + every,
      "train.steps=" + steps,
      "average.outer=nesterov",
      "model.dropout=0.1"
    };
    Settings first = changing("first", more);
    Settings second = changing("second", more);
    assertEquals(tiny.checksums(first), tiny.checksums(second));
    assertEquals(steps, tiny.latest(first).steps());
    List<Integer> workers = new ArrayList<>();
    for (String line : tiny.run(first).metrics()) {
      workers.add(JsonMapper.builder().build().readTree(line).get("workers").asInt());
    }
    assertEquals(List.of(2, 3), workers.subList(0, 2));
    assertEquals(Set.of(1), Set.copyOf(workers.subList(2, workers.size())));
    CheckpointManifest last = tiny.latest(first);
    assertEquals(1, last.workers());
    assertEquals("1", last.provenance().get("workers"));
    assertEquals(1, tiny.run(first).settings().train().workers());
    Settings unchanged = with(2, "unchanged", more);
    tiny.train(unchanged);
    assertNotEquals(tiny.checksums(unchanged).get(0), tiny.checksums(first).get(0));
  }

  /** With slow moments a worker's are still nearer to those it began with than to any others. */
  @Test
  void newWorkersTakeOverTheOptimizersMoments() {
    String[] more = {
      "model.kind=lstm", "train.steps=8", "train.beta1=0.99999", "train.beta2=0.99999"
    };
    Settings two = with(2, "run", more);
    tiny.trainUntil(1, two);
    Map<String, FloatVector> zero = state(two, 1, 0);
    Map<String, FloatVector> one = state(two, 1, 1);
    assertTrue(zero.keySet().containsAll(Set.of("hidden.0", "optimizer.adamw.first")));
    Settings four = with(4, "run", more);
    tiny.train(four);
    String second = "optimizer.adamw.second";
    for (int worker = 0; worker < 4; worker++) {
      double own =
          distance(state(four, 2, worker).get(second), (worker % 2 == 0 ? zero : one).get(second));
      double other =
          distance(state(four, 2, worker).get(second), (worker % 2 == 0 ? one : zero).get(second));
      assertTrue(own < other, "worker " + worker + ": " + own + " and " + other);
    }
  }

  private static double distance(FloatVector a, FloatVector b) {
    double sum = 0;
    for (long i = 0; i < a.length(); i++) {
      sum += Math.pow((double) a.get(i) - b.get(i), 2);
    }
    return Math.sqrt(sum);
  }

  @Test
  void aRoundMoreThanTheShardsAllowIsRefusedBeforeAnythingIsWritten() throws IOException {
    Settings two = with(2, "run");
    tiny.trainUntil(1, two);
    List<String> before = files();
    SettingsException refused =
        assertThrows(SettingsException.class, () -> tiny.train(with(5, "run")));
    assertTrue(
        refused.getMessage().startsWith("Cannot train with 5 workers"), refused.getMessage());
    assertEquals(before, files());
    assertFalse(before.isEmpty());
  }

  /** Names, lengths and times of everything there. */
  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      List<String> found = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        found.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
      }
      return found;
    }
  }
}
