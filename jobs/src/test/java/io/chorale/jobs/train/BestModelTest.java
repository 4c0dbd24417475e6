package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The best model of a run is kept, found, and the end of a training that gets no better. */
class BestModelTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path temporary;
  private TinyTraining tiny;

  @BeforeEach
  void open() {
    tiny = new TinyTraining(SPARK.session().context(), STORAGE, temporary.toString());
    tiny.dataset(400);
  }

  /** A training of six rounds whose learning rate rises until nothing is learnt any more. */
  private Settings settings(String run, String... more) {
    String[] rising = {
      "train.steps=24", "train.warmup=24", "train.learning-rate=2", "train.schedule=constant"
    };
    return tiny.settings(
        run, Stream.concat(Arrays.stream(rising), Arrays.stream(more)).toArray(String[]::new));
  }

  private List<JsonNode> lines(Settings settings) {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : tiny.run(settings).metrics()) {
      try {
        lines.add(JsonMapper.builder().build().readTree(line));
      } catch (JsonProcessingException e) {
        throw new AssertionError(line, e);
      }
    }
    return lines;
  }

  private List<JsonNode> bests(Settings settings) {
    return lines(settings).stream().map(line -> line.get("best")).toList();
  }

  /** The round with the lowest loss, the first of several. */
  private long lowest(Settings settings) {
    long round = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (JsonNode line : lines(settings)) {
      if (line.get("validation_loss").asDouble() < lowest) {
        lowest = line.get("validation_loss").asDouble();
        round = line.get("round").asLong();
      }
    }
    return round;
  }

  private TrainedModel opened(Settings settings, String checkpoint) {
    return TrainedModel.open(STORAGE, settings, new CheckpointChoice(checkpoint));
  }

  private String refused(Settings settings, String checkpoint) {
    return assertThrows(SettingsException.class, () -> opened(settings, checkpoint)).getMessage();
  }

  @Test
  void theBestModelIsKeptBesideTheNewest() {
    Settings all = settings("all");
    tiny.train(all);
    long best = lowest(all);
    assertTrue(best <= 3, "the best round is " + best);

    Settings few = settings("few", "run.keep=2");
    tiny.train(few);
    assertEquals(List.of(best, 5L, 6L), tiny.run(few).checkpoints().committed());
    assertEquals(best, opened(few, "best").checkpoint().round());
    assertEquals(opened(all, Long.toString(best)).parameters(), opened(few, "best").parameters());
    assertEquals(6, opened(few, "last").checkpoint().round());
    assertEquals(5, opened(few, "5").checkpoint().round());
    assertTrue(
        refused(few, "4")
            .contains("round 4 is not kept, expected one of the rounds " + best + ", 5, 6."),
        refused(few, "4"));

    Settings newest = settings("newest", "run.keep=2", "run.keep-best=false");
    tiny.train(newest);
    assertEquals(List.of(5L, 6L), tiny.run(newest).checkpoints().committed());
    assertTrue(
        refused(newest, "best").contains("the best checkpoint of run")
            && refused(newest, "best").contains("round " + best + " is not kept"),
        refused(newest, "best"));
  }

  @Test
  void anInterruptedRunDecidesAsAnUndisturbedOne() {
    Settings whole = settings("whole", "evaluate.every=2");
    tiny.train(whole);
    Settings broken = settings("broken", "evaluate.every=2");
    tiny.trainUntil(3, broken);
    tiny.train(settings("broken", "evaluate.every=2", "run.keep=1"));
    assertEquals(bests(whole), bests(broken));
    assertEquals(tiny.checksums(whole), tiny.checksums(broken));
    assertEquals(List.of(2L, 6L), tiny.run(broken).checkpoints().committed());
  }

  /** The last round of the shorter run is evaluated out of turn, which counts for nothing later. */
  @Test
  void aRunThatIsGivenMoreStepsDecidesAsOneThatHadThem() {
    Settings whole = settings("whole", "evaluate.every=2", "train.patience=1");
    tiny.train(whole);
    String[] few = {"evaluate.every=2", "train.patience=1", "run.keep=1"};
    Settings grown = settings("grown", few);
    tiny.train(settings("grown", "evaluate.every=2", "run.keep=1", "train.steps=12"));
    assertTrue(lines(grown).get(2).get("validation_loss").isNumber());
    tiny.train(grown);
    List<JsonNode> after = bests(whole).subList(3, bests(whole).size());
    assertEquals(after, bests(grown).subList(3, bests(grown).size()));
    assertEquals(tiny.checksums(whole), tiny.checksums(grown));
    assertEquals(
        opened(whole, "best").checkpoint().round(), opened(grown, "best").checkpoint().round());
  }

  @Test
  void withoutAnEvaluationThereIsNoBestModel() {
    TinyDataset.write(1, STORAGE, new Path(tiny.root(), "unmeasured"), 400);
    Settings settings =
        settings("run", "train.steps=4", "data.path=" + tiny.root() + "/unmeasured");
    tiny.train(settings);
    assertTrue(
        refused(settings, "best").contains("up to its last round 1 none was evaluated"),
        refused(settings, "best"));
    assertEquals(1, opened(settings, "last").checkpoint().round());
    for (String neither : List.of("first", "0", "-1", "1.0", "")) {
      assertThrows(SettingsException.class, () -> new CheckpointChoice(neither));
    }
  }

  @Test
  void aTrainingThatGetsNoBetterStopsAndStaysStopped() {
    Settings whole = settings("whole");
    tiny.train(whole);
    long last = lowest(whole) + 2;
    assertTrue(last < 6, "the last round would be " + last);
    Settings patient = settings("patient", "train.patience=2", "run.keep=1");
    String stop = "stops early after round " + last + " of 6: no better validation loss than ";

    String said = tiny.train(patient);
    assertTrue(said.contains(stop), said);
    assertEquals(last, tiny.latest(patient).round());
    List<String> stopped = tiny.checksums(patient);

    String again = tiny.train(patient);
    assertTrue(again.contains("ended after round " + last) && again.contains(stop), again);
    assertEquals(stopped, tiny.checksums(patient));

    // With more patience it goes on, as if it had never stopped.
    tiny.train(settings("patient"));
    assertEquals(tiny.checksums(whole), tiny.checksums(patient));
    assertEquals(bests(whole), bests(patient));
  }

  @Test
  void anInterruptedRunStopsWhereAnUndisturbedOneDoes() {
    Settings whole = settings("whole", "train.patience=2");
    tiny.train(whole);
    Settings broken = settings("broken", "train.patience=2");
    tiny.trainUntil(tiny.latest(whole).round() - 1, broken);
    tiny.train(broken);
    assertEquals(tiny.checksums(whole), tiny.checksums(broken));
  }

  @Test
  void patienceWithoutEvaluationsIsRefused() {
    String refused =
        assertThrows(
                SettingsException.class,
                () -> tiny.train(settings("run", "train.patience=2", "evaluate.every=0")))
            .getMessage();
    assertTrue(refused.contains("evaluate.every is 0"), refused);
    TinyDataset.write(1, STORAGE, new Path(tiny.root(), "unmeasured"), 400);
    String nothing =
        assertThrows(
                SettingsException.class,
                () ->
                    tiny.train(
                        settings(
                            "run", "train.patience=2", "data.path=" + tiny.root() + "/unmeasured")))
            .getMessage();
    assertTrue(nothing.contains("rows hold no tokens to predict"), nothing);
    assertTrue(!STORAGE.exists(new Path(tiny.root(), "run")));
  }
}
