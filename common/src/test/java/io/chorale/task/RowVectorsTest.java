package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.evaluate.Predictor;
import io.chorale.io.FloatVector;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector of a row is the mean of its own states, whatever rows are beside it. */
class RowVectorsTest {
  private static final int VOCABULARY = 9;
  private static final int CONTEXT = 7;
  private static final int[] LENGTHS = {3, 1, 7, 2, 5, 9}; // the last one is cut

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Task task(String set) {
    List<String> overrides =
        new ArrayList<>(List.of("model.layers=2", "model.width=8", "train.context=" + CONTEXT));
    overrides.addAll(List.of(set.split(" ")));
    Settings settings = SettingsFile.read("test", "", overrides);
    Schema schema = Task.needs(settings, VOCABULARY, VOCABULARY);
    return Task.of(settings, schema, "a test");
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    return parameters;
  }

  private static Row row(int... ids) {
    return new Row(Map.of(Column.TEXT, Ids.of(ids)));
  }

  private static List<Row> rows() {
    SplittableRandom random = new SplittableRandom(4);
    return Arrays.stream(LENGTHS)
        .mapToObj(length -> row(random.ints(length, 0, VOCABULARY).toArray()))
        .toList();
  }

  private static List<float[]> vectors(Task task, List<Row> rows, int batch) {
    RowModel vectors = task.vectors().orElseThrow();
    try (Weights weights = Weights.frozen(task.layout(), parameters(task), Device.CPU);
        Predictor predictor = new Predictor(vectors, weights, batch)) {
      return predictor.predict(rows, new long[rows.size()]).stream()
          .map(made -> (float[]) made.values().get(0))
          .toList();
    }
  }

  static Stream<String> all() {
    List<String> models =
        List.of(
            "attention.heads=2",
            "attention.heads=2 attention.positions=rotary",
            "model.kind=lstm",
            "model.kind=gru",
            "model.kind=rnn");
    List<String> tasks =
        List.of(
            "task.kind=language-model",
            "task.kind=masked-language-model",
            "task.kind=contrastive model.dropout=0.1",
            "task.kind=classification task.direction=both-ways",
            "task.kind=classification task.direction=causal",
            "task.kind=tagging",
            "task.kind=regression",
            "task.kind=translation");
    return models.stream().flatMap(model -> tasks.stream().map(task -> task + " " + model));
  }

  @ParameterizedTest
  @MethodSource("all")
  void aRowAloneEqualsTheSameRowInAnyBatch(String set) {
    Task task = task(set);
    List<float[]> alone = vectors(task, rows(), 1);
    for (int batch : new int[] {2, 3, LENGTHS.length}) {
      List<float[]> together = vectors(task, rows(), batch);
      for (int row = 0; row < LENGTHS.length; row++) {
        assertArrayEquals(alone.get(row), together.get(row), 2e-6f, "row " + row);
      }
    }
    Output output = task.vectors().orElseThrow().outputs().get(0);
    assertEquals(Output.vector("vector", alone.get(0).length), output);
    float[] cut = vectors(task, List.of(row(Arrays.copyOf(ids(5), CONTEXT))), 1).get(0);
    assertArrayEquals(cut, alone.get(5), "the first steps alone");
    float[] other = vectors(task, List.of(row(ids(5)[1], ids(5)[0])), 1).get(0);
    assertTrue(Math.abs(other[0] - alone.get(0)[0]) > 1e-4, "rows have vectors of their own");
  }

  private static int[] ids(int row) {
    return ((Ids) rows().get(row).cell(Column.TEXT)).values();
  }

  /** A head is linear: its scores of the mean are the mean of its scores. */
  @ParameterizedTest
  @ValueSource(strings = {"attention.heads=2", "model.kind=lstm", "model.kind=gru"})
  void theVectorOfALanguageModelIsTheMeanOfWhatItsHeadReads(String set) {
    LanguageModel task = (LanguageModel) task("model.tied-head=false " + set);
    FloatVector parameters = parameters(task);
    for (Row row : rows().subList(0, 3)) {
      float[] vector = vectors(task, List.of(row), 1).get(0);
      double[] scores = mean(task, parameters, row);
      double[] expected = new double[VOCABULARY];
      for (int i = 0; i < VOCABULARY; i++) {
        expected[i] = bias(task, parameters, i);
        for (int j = 0; j < vector.length; j++) {
          expected[i] += vector[j] * entry(task, parameters, "head.weight", i * vector.length + j);
        }
      }
      assertArrayEquals(expected, scores, 1e-5);
    }
  }

  private static double bias(Task task, FloatVector parameters, int place) {
    boolean biased =
        task.layout().entries().stream().anyMatch(entry -> entry.name().equals("head.bias"));
    return biased ? entry(task, parameters, "head.bias", place) : 0;
  }

  private static double entry(Task task, FloatVector parameters, String name, int place) {
    return task.layout().entries().stream()
        .filter(entry -> entry.name().equals(name))
        .mapToDouble(entry -> parameters.get(entry.offset() + place))
        .findFirst()
        .orElseThrow();
  }

  private static double[] mean(LanguageModel task, FloatVector parameters, Row row) {
    try (NoGradGuard guard = new NoGradGuard();
        StepScope scope = new StepScope();
        Weights weights = Weights.frozen(task.layout(), parameters, Device.CPU)) {
      Batch batch = Batch.of(List.of(row), List.of(Column.TEXT), "", CONTEXT);
      Tensor logits = task.scores(weights, batch, State.NONE, Pass.reading()).logits();
      FloatVector read = FlatTensors.read(logits.flatten());
      double[] mean = new double[VOCABULARY];
      int steps = (int) read.length() / VOCABULARY;
      for (int i = 0; i < read.length(); i++) {
        mean[i % VOCABULARY] += read.get(i) / steps;
      }
      return mean;
    }
  }

  @Test
  void whereNoRowIsReadThereAreNoVectors() {
    assertEquals(Optional.empty(), task("task.kind=forecast").vectors());
    assertEquals(Optional.empty(), task("task.kind=from-vector").vectors());
  }
}
