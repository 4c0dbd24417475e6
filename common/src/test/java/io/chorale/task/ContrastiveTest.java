package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.evaluate.Evaluator;
import io.chorale.evaluate.Predictor;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contrastive learning beside sums by hand over the vectors that the model has. */
class ContrastiveTest {
  private static final int VOCABULARY = 12;
  private static final double TEMPERATURE = 0.2;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Task task(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "task.kind=contrastive",
                "contrastive.temperature=" + TEMPERATURE,
                "model.layers=2",
                "model.width=8",
                "model.dropout=0.3",
                "train.context=7"));
    overrides.addAll(List.of(more));
    Settings settings = SettingsFile.read("test", "", overrides);
    return Task.of(settings, Task.needs(settings, VOCABULARY, VOCABULARY), "a test");
  }

  private static List<Row> rows(int count) {
    SplittableRandom random = new SplittableRandom(4);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = random.ints(1 + i % 7, 0, VOCABULARY).toArray();
      rows.add(new Row(Map.of(Column.TEXT, Ids.of(ids), "row", Ids.of(0))));
    }
    return rows;
  }

  private static Batch batch(List<Row> rows) {
    return Batch.of(rows, List.of(Column.TEXT, "row"), "row", 7);
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(3);
    SplittableRandom random = new SplittableRandom(5);
    for (long i = 0; i < parameters.length(); i++) {
      parameters.set(i, parameters.get(i) + (float) (0.3 * (random.nextDouble() - 0.5)));
    }
    return parameters;
  }

  /** Vectors of length 1, by the model that embed reads. */
  private static double[][] units(Task task, List<Row> rows) {
    RowModel vectors = task.vectors().orElseThrow();
    try (Weights weights = Weights.frozen(task.layout(), parameters(task), Device.CPU);
        Predictor predictor = new Predictor(vectors, weights, 4)) {
      return predictor.predict(rows, new long[rows.size()]).stream()
          .map(
              made -> {
                float[] vector = (float[]) made.values().get(0);
                double norm = 0;
                for (float value : vector) {
                  norm += (double) value * value;
                }
                double length = Math.sqrt(norm);
                return IntStream.range(0, vector.length)
                    .mapToDouble(k -> vector[k] / length)
                    .toArray();
              })
          .toArray(double[][]::new);
    }
  }

  private static double cosine(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static double loss(Task task, List<Row> rows, Dropout dropout) {
    try (Weights weights = Weights.trained(task.layout(), parameters(task), false, Device.CPU);
        StepScope scope = new StepScope();
        Tape tape = new Tape()) {
      Pass pass = dropout == Dropout.NONE ? Pass.reading() : Pass.training(dropout, tape);
      return task.loss(weights, batch(rows), State.NONE, pass).mean().item_float();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"attention.heads=2", "model.kind=lstm"})
  void theLossIsTheCrossEntropyOfCosines(String model) {
    Task task = task(model);
    List<Row> rows = rows(6);
    double[][] units = units(task, rows);
    double expected = 0;
    for (int i = 0; i < units.length; i++) {
      double sum = 0;
      for (double[] other : units) {
        sum += Math.exp(cosine(units[i], other) / TEMPERATURE);
      }
      expected += (Math.log(sum) - 1 / TEMPERATURE) / units.length;
    }
    assertEquals(expected, loss(task, rows, Dropout.NONE), 1e-4);
    double dropped = loss(task, rows, Dropout.seeded(0.3, 1));
    assertNotEquals(expected, dropped, 1e-3, "the two vectors of a text differ");
    assertEquals(dropped, loss(task, rows, Dropout.seeded(0.3, 1)));
    assertEquals(6, batch(rows).predictions());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40})
  void measuresDoNotDependOnTheTextsBeside(int together) {
    Task task = task("attention.heads=2");
    List<Row> rows = rows(40);
    double[] sums = null;
    try (Evaluator evaluator =
        new Evaluator(task, parameters(task), SettingsFile.defaults().train(), Device.CPU)) {
      List<Batch> batches = new ArrayList<>();
      for (int from = 0; from < 40; from += together) {
        batches.add(batch(rows.subList(from, Math.min(40, from + together))));
      }
      sums = evaluator.sums(batches.iterator());
    }
    Map<String, Double> measures = task.read(sums, 0);
    double[][] units = units(task, rows);
    double others = 0;
    for (int i = 0; i < 40; i++) {
      for (int j = 0; j < 40; j++) {
        others += i == j ? 0 : cosine(units[i], units[j]) / (40 * 39);
      }
    }
    List<Row> even = new ArrayList<>();
    List<Row> odd = new ArrayList<>();
    for (Row row : rows) {
      int[] ids = ((Ids) row.cell(Column.TEXT)).values();
      if (ids.length > 1) {
        even.add(every(ids, 0));
        odd.add(every(ids, 1));
      }
    }
    double[][] first = units(task, even);
    double[][] second = units(task, odd);
    double own = 0;
    for (int i = 0; i < first.length; i++) {
      own += cosine(first[i], second[i]) / first.length;
    }
    assertEquals(others, measures.get("others_cosine"), 1e-5);
    assertEquals(own, measures.get("own_cosine"), 1e-5);
    assertEquals(others - own, measures.get(Task.LOSS), 1e-5);
    assertEquals(40, task.predictions(sums));
  }

  private static Row every(int[] ids, int first) {
    int[] half =
        IntStream.range(0, ids.length).filter(i -> i % 2 == first).map(i -> ids[i]).toArray();
    return new Row(Map.of(Column.TEXT, Ids.of(half)));
  }

  @Test
  void withoutDropoutThereIsNothingToTellTheVectorsApart() {
    String message =
        assertThrows(SettingsException.class, () -> task("model.dropout=0")).getMessage();
    assertTrue(message.contains("model.dropout must be above 0"), message);
  }
}
