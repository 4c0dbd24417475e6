package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClassificationTest {
  private static final int VOCABULARY = 9;
  private static final int CLASSES = 3;
  private static final Schema SCHEMA =
      new Schema(
          List.of(Column.ids(Column.TEXT, VOCABULARY), Column.label("label", CLASSES)),
          Map.of("label", Facts.labels(List.of("a", "b", "c"))));

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "task.kind=classification",
                "model.layers=2",
                "model.width=8",
                "train.context=7",
                "train.batch=4"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  private static Classification task(Settings settings) {
    return (Classification) Task.of(settings, SCHEMA, "a test");
  }

  /** Every kind of backbone, direction and pooling. */
  static Stream<Settings> all() {
    List<Settings> all = new ArrayList<>();
    List<String> kinds =
        List.of(
            "transformer learned",
            "transformer rotary",
            "lstm low",
            "lstm high",
            "gru low",
            "gru high",
            "rnn high");
    for (String kind : kinds) {
      String[] parts = kind.split(" ");
      for (String direction : List.of("causal", "both-ways")) {
        for (String pooling : List.of("mean", "last", "learned")) {
          List<String> set = new ArrayList<>();
          set.add("model.kind=" + parts[0]);
          set.add("task.direction=" + direction);
          set.add("task.pooling=" + pooling);
          if (!parts[0].equals("transformer")) {
            // A table that is no higher than wide is read one-hot.
            set.add("recurrence.embedding=" + (parts[1].equals("low") ? VOCABULARY : 5));
          } else {
            set.add("attention.positions=" + parts[1]);
            set.add("attention.heads=2");
          }
          all.add(settings(set.toArray(String[]::new)));
        }
      }
    }
    return all.stream();
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    return parameters;
  }

  private static Row row(int label, int... ids) {
    return new Row(Map.of(Column.TEXT, Ids.of(ids), "label", Ids.of(label)));
  }

  private static final List<Row> ROWS =
      List.of(
          row(0, 1, 2, 3),
          row(2, 4),
          row(1, 5, 6, 7, 8, 1, 2, 3),
          row(0, 3, 3),
          row(1, 8, 7, 6, 5, 4));

  private record Result(double[] scores, double loss, double[] gradients) {}

  private static Result result(Classification task, List<Row> rows) {
    Batch batch = ((RowBatches) task.feed()).batch(rows);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(task.layout(), parameters(task), false, Device.CPU)) {
      weights.begin();
      double[] scores;
      try (NoGradGuard guard = new NoGradGuard()) {
        scores = doubles(task.scores(weights, batch, Pass.reading()));
      }
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      return new Result(scores, loss.mean().item_float(), doubles(weights.flat().gradients()));
    }
  }

  private static double[] doubles(Tensor tensor) {
    FloatVector values = FlatTensors.read(tensor.flatten());
    double[] doubles = new double[(int) values.length()];
    Arrays.setAll(doubles, values::get);
    return doubles;
  }

  @ParameterizedTest
  @MethodSource("all")
  void aRowAloneEqualsTheSameRowInAnyBatch(Settings settings) {
    Classification task = task(settings);
    for (List<Row> batch : List.of(ROWS, ROWS.subList(1, 4), List.of(ROWS.get(2), ROWS.get(1)))) {
      Result together = result(task, batch);
      double loss = 0;
      double[] gradients = new double[together.gradients().length];
      for (int i = 0; i < batch.size(); i++) {
        Result alone = result(task, batch.subList(i, i + 1));
        assertArrayEquals(
            alone.scores(),
            Arrays.copyOfRange(together.scores(), i * CLASSES, (i + 1) * CLASSES),
            2e-6);
        loss += alone.loss() / batch.size();
        for (int j = 0; j < gradients.length; j++) {
          gradients[j] += alone.gradients()[j] / batch.size();
        }
      }
      assertEquals(loss, together.loss(), 2e-6);
      assertArrayEquals(gradients, together.gradients(), 2e-6);
      assertTrue(Arrays.stream(gradients).anyMatch(value -> Math.abs(value) > 1e-3));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyParameterIsTrained(Settings settings) {
    Classification task = task(settings);
    Result result = result(task, ROWS);
    task.layout()
        .entries()
        .forEach(
            entry -> {
              double[] part =
                  Arrays.copyOfRange(
                      result.gradients(),
                      (int) entry.offset(),
                      (int) (entry.offset() + entry.length()));
              assertTrue(Arrays.stream(part).anyMatch(value -> value != 0), entry.name());
            });
  }

  @Test
  void rowsBeyondTheContextAreCut() {
    Classification task = task(settings("model.kind=lstm"));
    Row longer = row(1, 5, 6, 7, 8, 1, 2, 3, 4, 4);
    Result cut = result(task, List.of(longer));
    assertArrayEquals(result(task, List.of(ROWS.get(2))).scores(), cut.scores());
  }

  /** The largest single tensor, not the sum of all: it bounds the rows that are read at a time. */
  @Test
  void theLargestTensorOfARowIsThatOfTheWidestLayer() {
    assertEquals(7 * 4 * 8, task(settings("model.kind=lstm")).largestOfRow());
    assertEquals(7 * 32, task(settings("attention.heads=2")).largestOfRow());
    assertEquals(
        7 * 2 * 50,
        task(settings(
                "attention.heads=2", "attention.activation=swiglu", "attention.feed-forward=50"))
            .largestOfRow());
  }

  @Test
  void dropoutOfTheInputIsKept() {
    String[] set = {"model.kind=lstm", "recurrence.embedding=5"};
    long without = task(settings(set[0], set[1])).keptByStep(4, 7);
    long with = task(settings(set[0], set[1], "model.dropout=0.3")).keptByStep(4, 7);
    // Vectors, mask, product, two gradients, and the table's; a mask between the layers.
    assertEquals((5 * 4 * 7 + VOCABULARY) * 5 + 4 * 7 * 3 * 2 * 8, with - without);
  }

  @Test
  void measuresFollowFromCounts() {
    ClassCounts counts = new ClassCounts(3, 5);
    counts.add(0, 0);
    counts.add(0, 1);
    counts.add(1, 1);
    counts.add(1, 1);
    Map<String, Double> measures = counts.measures();
    assertEquals(5.0 / 4, measures.get("loss"), 1e-12);
    assertEquals(3.0 / 4, measures.get("accuracy"), 1e-12);
    // F1 of the first is 2/3, of the second 4/5; the third does not occur.
    assertEquals((2.0 / 3 + 4.0 / 5) / 2, measures.get("macro_f1"), 1e-12);
    assertEquals(List.of("loss", "accuracy", "macro_f1"), List.copyOf(measures.keySet()));
  }

  @Test
  void measuresOfABatchAreThoseOfItsRows() {
    Classification task = task(settings("model.kind=gru"));
    Batch batch = ((RowBatches) task.feed()).batch(ROWS);
    double loss = result(task, ROWS).loss();
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        Weights weights = Weights.frozen(task.layout(), parameters(task), Device.CPU)) {
      double[] sums = task.measure(weights, batch, State.NONE).values();
      Map<String, Double> measures = task.read(sums, 1);
      double[] scores = doubles(task.scores(weights, batch, Pass.reading()));
      double correct = 0;
      for (int row = 0; row < ROWS.size(); row++) {
        int best = 0;
        for (int label = 1; label < CLASSES; label++) {
          best = scores[row * CLASSES + label] > scores[row * CLASSES + best] ? label : best;
        }
        correct += best == batch.ids("label").values()[row] ? 1 : 0;
      }
      assertEquals(correct / ROWS.size(), measures.get("accuracy"), 1e-12);
      assertEquals(loss, measures.get("loss"), 1e-5);
    }
  }

  @Test
  void aDatasetWithoutLabelsIsRefusedByName() {
    SettingsException thrown =
        assertThrows(
            SettingsException.class,
            () -> Task.of(settings(), Schema.text(VOCABULARY, ""), "dataset /data/x"));
    assertTrue(thrown.getMessage().contains("dataset /data/x"), thrown.getMessage());
    assertTrue(thrown.getMessage().contains("label"), thrown.getMessage());
    Schema numbers =
        new Schema(List.of(Column.ids(Column.TEXT, VOCABULARY), Column.number("label")), Map.of());
    SettingsException real =
        assertThrows(SettingsException.class, () -> Task.of(settings(), numbers, "dataset y"));
    assertTrue(real.getMessage().contains("real numbers"), real.getMessage());
    Schema single =
        new Schema(
            List.of(Column.ids(Column.TEXT, VOCABULARY), Column.label("label", 1)),
            Map.of("label", Facts.labels(List.of("a"))));
    SettingsException one =
        assertThrows(SettingsException.class, () -> Task.of(settings(), single, "dataset z"));
    assertTrue(one.getMessage().contains("dataset z"), one.getMessage());
    assertTrue(one.getMessage().contains("one class"), one.getMessage());
  }
}
