package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.AverageSettings;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnchorTest {
  /** More than a slice, so that every vector has two. */
  private static final int LENGTH = FloatVector.SLICE + 3;

  private static final Exchange EXCHANGE = Exchange.ofValues(Format.FLOAT32);

  private static OuterOptimizer optimizer(String outer) {
    AverageSettings settings =
        SettingsFile.read(
                "test",
                "",
                List.of(
                    "average.outer=" + outer,
                    "average.learning-rate=0.5",
                    "average.anchor=bfloat16"))
            .average();
    return OuterOptimizer.of(settings, 2);
  }

  private static FloatVector values(int seed) {
    FloatVector vector = new FloatVector(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      vector.set(i, (float) Math.sin(seed + i));
    }
    return vector;
  }

  private static double round(Anchor anchor, int seed) {
    FloatVector averaged = values(seed);
    double squares = 0;
    for (int slice = 0; slice < averaged.sliceCount(); slice++) {
      squares += anchor.step(slice, averaged.slice(slice));
    }
    return squares;
  }

  private static FloatVector copy(FloatVector vector) {
    FloatVector copy = new FloatVector(vector.length());
    vector.copyTo(copy, 0);
    return copy;
  }

  @ParameterizedTest
  @ValueSource(strings = {"nesterov", "adam"})
  void goesOnFromItsVectorsWhateverTheirOrder(String outer) {
    Anchor whole = Anchor.start(values(1), optimizer(outer), EXCHANGE);
    round(whole, 2);
    Map<String, FloatVector> saved = new LinkedHashMap<>();
    whole.state().keySet().stream()
        .sorted(Comparator.reverseOrder())
        .forEach(name -> saved.put(name, copy(whole.state().get(name))));
    Anchor restored = Anchor.restored(copy(whole.parameters()), saved, optimizer(outer), EXCHANGE);
    assertEquals(round(whole, 3), round(restored, 3));
    assertEquals(whole.parameters(), restored.parameters());
    assertEquals(whole.state(), restored.state());
    assertEquals(List.copyOf(whole.state().keySet()), List.copyOf(restored.state().keySet()));
  }

  @Test
  void aStepOfTheMeanAloneGivesTheSquaresOfTheMove() {
    OuterOptimizer mean =
        OuterOptimizer.of(
            SettingsFile.read("test", "", List.of("average.outer=mean")).average(), 2);
    Anchor anchor = Anchor.start(new FloatVector(2), mean, EXCHANGE);
    assertEquals(25, anchor.step(0, new float[] {3, -4}));
    assertEquals(3, anchor.parameters().get(0));
    assertEquals(Map.of(), anchor.state());
  }

  @Test
  void aStateThatLacksAVectorIsRefused() {
    assertThrows(
        NullPointerException.class,
        () -> Anchor.restored(new FloatVector(2), Map.of(), optimizer("adam"), EXCHANGE));
  }
}
