package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.checkpoint.TensorBoardEvents;
import io.chorale.config.Settings;
import io.chorale.io.Faults;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.EventReader.Event;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The curves that a training leaves for TensorBoard, read back from their files. */
class TensorBoardTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();
  @RegisterExtension static final FaultyStorage STORAGE = new FaultyStorage();

  private static final String[] WITH_CURVES = {"run.tensorboard=true", "evaluate.every=2"};

  @TempDir java.nio.file.Path directory;
  private TinyTraining tiny;

  private void on(String scheme) {
    tiny = STORAGE.training(SPARK, scheme, directory);
    tiny.dataset(300, 300);
  }

  @Test
  void everyRoundHasWhatItsMetricsHave() throws Exception {
    on("faulty");
    Settings settings = tiny.settings("run", WITH_CURVES);
    tiny.train(settings);

    assertCurvesAreThoseOfTheMetrics(settings);
    assertEquals(
        List.of(
            "events.out.tfevents.00000001.chorale",
            "events.out.tfevents.00000002.chorale",
            "events.out.tfevents.00000003.chorale"),
        tiny.names(curves(settings)));
    List<Event> events = events(settings);
    assertEquals(List.of(4L, 8L, 12L), events.stream().map(Event::step).toList());
    // Evaluated are the second round in its turn, and the last one.
    assertEquals(
        List.of(false, true, true),
        events.stream().map(event -> event.scalars().containsKey("validation/loss")).toList());
  }

  @Test
  void noneAreWrittenUnlessAskedFor() {
    on("faulty");
    Settings settings = tiny.settings("run");
    tiny.train(settings);
    assertFalse(tiny.storage().exists(curves(settings)));
  }

  @Test
  void switchedOnLaterTheyHaveTheRoundsBefore() throws Exception {
    on("faulty");
    tiny.trainUntil(2, tiny.settings("run", "evaluate.every=2"));
    Settings settings = tiny.settings("run", WITH_CURVES);
    tiny.train(settings);
    assertCurvesAreThoseOfTheMetrics(settings);
  }

  /** Also where nobody asks for curves any more: later rounds have not been. */
  @Test
  void aTrainingThatGoesOnFromAnEarlierRoundForgetsLaterOnes() {
    on("faulty");
    Settings settings = tiny.settings("run", WITH_CURVES);
    tiny.trainUntil(1, settings);
    tiny.train(tiny.settings("run", "evaluate.every=2"));
    assertEquals(List.of("events.out.tfevents.00000001.chorale"), tiny.names(curves(settings)));
  }

  /** Kills the application at many of the moments at which storage changes. */
  @ParameterizedTest
  @CsvSource({"faulty,9", "objects,7"})
  void aTrainingThatWasKilledHasEachStepOnceWithTheSameValues(String scheme, int stride)
      throws Exception {
    on(scheme);
    Settings whole = tiny.settings("whole", WITH_CURVES);
    var counted = Faults.killAfter(Integer.MAX_VALUE);
    tiny.train(whole);
    int changes = counted.get();
    Faults.end();
    assertCurvesAreThoseOfTheMetrics(whole);
    for (int kill = stride; kill < changes; kill += stride) {
      Settings killed = tiny.settings("killed-" + kill, WITH_CURVES);
      Faults.killAfter(kill);
      assertThrows(Exception.class, () -> tiny.train(killed));
      Faults.end();
      tiny.train(killed);

      assertCurvesAreThoseOfTheMetrics(killed);
      assertEquals(losses(events(whole)), losses(events(killed)), "killed at " + kill);
      assertEquals(tiny.names(curves(whole)), tiny.names(curves(killed)), "killed at " + kill);
    }
  }

  private static List<Object> losses(List<Event> events) {
    List<Object> losses = new ArrayList<>();
    for (Event event : events) {
      Map<String, Float> kept = new TreeMap<>(event.scalars());
      kept.remove("train/tokens_per_second");
      losses.addAll(Arrays.asList(event.step(), kept));
    }
    return losses;
  }

  private void assertCurvesAreThoseOfTheMetrics(Settings settings) throws Exception {
    List<Event> expected = new ArrayList<>();
    for (String text : tiny.run(settings).metrics()) {
      JsonNode line = new ObjectMapper().readTree(text);
      Map<String, Float> scalars = new TreeMap<>();
      for (String name : List.of("learning_rate", "tokens_per_second")) {
        scalars.put("train/" + name, (float) line.get(name).asDouble());
      }
      scalars.put("train/loss", (float) line.get("train_loss").asDouble());
      line.get("validation")
          .properties()
          .forEach(
              measure ->
                  scalars.put(
                      "validation/" + measure.getKey(), (float) measure.getValue().asDouble()));
      expected.add(
          new Event(
              Instant.parse(line.get("time").asText()).getEpochSecond(),
              line.get("local_steps").asLong(),
              "",
              scalars));
    }
    assertEquals(3, expected.size());
    assertEquals(expected, events(settings));
  }

  /** Of all files, in the order of their names; each begins with the version. */
  private List<Event> events(Settings settings) {
    List<Event> events = new ArrayList<>();
    for (String name : tiny.names(curves(settings))) {
      List<Event> ofFile =
          EventReader.read(tiny.storage().readFully(new Path(curves(settings), name), 1 << 20));
      assertEquals("brain.Event:2", ofFile.get(0).version());
      events.addAll(ofFile.subList(1, ofFile.size()));
    }
    return events;
  }

  private Path curves(Settings settings) {
    return new Path(tiny.run(settings).path(), TensorBoardEvents.DIRECTORY);
  }
}
