package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.generate.BeamSearch;
import io.chorale.generate.SourceModel;
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
import io.chorale.token.CharacterTrainer;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FromVectorTest {
  private static final Tokenizer LETTERS =
      Tokenizers.load(CharacterTrainer.train(Map.of("a", 3L, "b", 2L, "c", 1L), 9), "letters");
  private static final int VOCABULARY = LETTERS.vocabularySize();
  private static final int END = LETTERS.endOfText();
  private static final Schema SCHEMA =
      new Schema(
          List.of(Column.vector(Column.VECTOR, 3), Column.ids(Column.TARGET, VOCABULARY)),
          Map.of());

  private static final List<Row> ROWS =
      List.of(
          row("ab", 1, -2, 0.5f), row("cabca", 0, 0, 0), row("", 3, 1, -1), row("bb", -0.5f, 2, 2));

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Row row(String target, float... vector) {
    int[] ids = LETTERS.encode(target);
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = END;
    return new Row(Map.of(Column.VECTOR, Numbers.of(3, vector), Column.TARGET, Ids.of(ended)));
  }

  private static Settings settings(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "task.kind=from-vector",
                "model.layers=2",
                "model.width=8",
                "train.context=7",
                "train.batch=4"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  private static FromVector task(String kind) {
    return (FromVector) Task.of(settings(kind.split(" ")), SCHEMA, "dataset /data/x");
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    return parameters;
  }

  private record Result(double loss, double[] gradients) {}

  private static Result result(Task task, FloatVector parameters, List<Row> rows) {
    Batch batch = ((RowBatches) task.feed()).batch(rows);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(task.layout(), parameters, false, Device.CPU)) {
      weights.begin();
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      FloatVector flat = FlatTensors.read(weights.flat().gradients().flatten());
      double[] gradients = new double[(int) flat.length()];
      Arrays.setAll(gradients, flat::get);
      return new Result(loss.mean().item_float(), gradients);
    }
  }

  private static double measured(Task task, List<Row> rows) {
    Batch batch = ((RowBatches) task.feed()).batch(rows);
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        Weights weights = Weights.frozen(task.layout(), parameters(task), Device.CPU)) {
      return task.read(task.measure(weights, batch, State.NONE).values(), 1).get(Task.LOSS);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attention.positions=rotary",
        "attention.positions=learned attention.recompute=true",
        "model.kind=lstm",
        "model.kind=gru model.tied-head=false recurrence.embedding=11",
        "model.kind=rnn"
      })
  void aRowAloneEqualsTheSameRowInAnyBatchAndEveryParameterIsTrained(String kind) {
    Task task = task(kind);
    Result together = result(task, parameters(task), ROWS);
    int tokens = ROWS.stream().mapToInt(row -> row.cell(Column.TARGET).length()).sum();
    double loss = 0;
    double[] gradients = new double[together.gradients().length];
    for (Row row : ROWS) {
      Result alone = result(task, parameters(task), List.of(row));
      double weight = (double) row.cell(Column.TARGET).length() / tokens;
      loss += weight * alone.loss();
      for (int j = 0; j < gradients.length; j++) {
        gradients[j] += weight * alone.gradients()[j];
      }
    }
    assertEquals(loss, together.loss(), 3e-6);
    assertArrayEquals(gradients, together.gradients(), 3e-6);
    task.layout()
        .entries()
        .forEach(
            entry ->
                assertTrue(
                    Arrays.stream(gradients)
                        .skip(entry.offset())
                        .limit(entry.length())
                        .anyMatch(value -> value != 0),
                    entry.name()));
  }

  /** By finite differences of the prefix's matrix, whose gradient goes through every step. */
  @ParameterizedTest
  @ValueSource(strings = {"attention.heads=2 model.layers=1", "model.kind=lstm"})
  void theGradientOfThePrefixIsTheSlopeOfTheLoss(String kind) {
    Task task = task(kind + " translation.label-smoothing=0");
    var entry =
        task.layout().entries().stream()
            .filter(slot -> slot.name().equals("prefix.weight"))
            .findFirst()
            .orElseThrow();
    double[] gradients = result(task, parameters(task), ROWS).gradients();
    for (int i = 0; i < entry.length(); i += 5) {
      int at = (int) entry.offset() + i;
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        FloatVector moved = parameters(task);
        moved.set(at, moved.get(at) + (side == 0 ? -0.01f : 0.01f));
        losses[side] = result(task, moved, ROWS).loss();
      }
      assertEquals((losses[1] - losses[0]) / 0.02, gradients[at], 5e-4);
    }
  }

  @Test
  void theTextDependsOnTheVector() {
    Task task = task("model.kind=lstm");
    Row other =
        new Row(
            Map.of(
                Column.VECTOR,
                Numbers.of(3, 1, 1, 1),
                Column.TARGET,
                ROWS.get(1).cell(Column.TARGET)));
    assertNotEquals(measured(task, List.of(ROWS.get(1))), measured(task, List.of(other)), 1e-3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"attention.positions=rotary", "model.kind=lstm", "model.kind=gru"})
  void textsThatAreWrittenSideBySideAreThoseOfEachAlone(String kind) {
    FromVector task = task(kind);
    List<Values> cells = ROWS.stream().map(row -> row.cell(Column.VECTOR)).toList();
    for (int beam : new int[] {1, 3}) {
      BeamSearch search =
          new BeamSearch(settings("generate.beam=" + beam).generate(), 7, END, LETTERS::has);
      try (SourceModel model = task.writer(parameters(task))) {
        List<BeamSearch.Found> together = search.search(model, cells);
        for (int row = 0; row < cells.size(); row++) {
          BeamSearch.Found alone = search.search(model, List.of(cells.get(row))).get(0);
          assertArrayEquals(alone.ids(), together.get(row).ids());
          assertEquals(alone.score(), together.get(row).score(), 1e-5);
        }
      }
    }
  }

  /** What is read step by step, several texts side by side, is what training reads. */
  @ParameterizedTest
  @ValueSource(strings = {"attention.positions=rotary", "model.kind=lstm", "model.kind=gru"})
  void aTextThatIsWrittenScoresAsInTraining(String kind) {
    FromVector task = task(kind);
    for (int beam : new int[] {1, 3}) {
      var search = settings("generate.beam=" + beam).generate();
      for (Row row : ROWS) {
        try (SourceModel model = task.writer(parameters(task))) {
          BeamSearch.Found found =
              new BeamSearch(search, 7, END, LETTERS::has)
                  .search(model, List.of(row.cell(Column.VECTOR)))
                  .get(0);
          int[] target = Arrays.copyOf(found.ids(), found.ids().length + (found.ended() ? 1 : 0));
          if (found.ended()) {
            target[found.ids().length] = END;
          }
          Row written =
              new Row(
                  Map.of(Column.VECTOR, row.cell(Column.VECTOR), Column.TARGET, Ids.of(target)));
          double penalty = Math.pow((5.0 + target.length) / 6, search.lengthPenalty());
          double loss = measured(task, List.of(written));
          assertEquals(-loss * target.length / penalty, found.score(), 1e-4);
        }
      }
    }
  }

  @Test
  void vectorsOfPeopleAreRead() {
    FromVector task = task("model.kind=gru");
    for (String text :
        List.of("1 -2.5 3e1", "[1, -2.5, 30]", " 1,-2.5,30 ", "1\u00a0-2.5\u300030")) {
      assertArrayEquals(
          new float[] {1, -2.5f, 30}, ((Numbers) task.source(text, Optional.empty())).values());
    }
    for (String text : List.of("1 2", "1 2 x", "1 2 NaN", "", "1 2 3 4", "1 2 3f", "1 2 0x1p3")) {
      assertThrows(SettingsException.class, () -> task.source(text, Optional.empty()), text);
    }
  }

  @Test
  void aDatasetWithoutVectorsIsRefusedByName() {
    Schema texts = new Schema(List.of(Column.ids(Column.TARGET, VOCABULARY)), Map.of());
    SettingsException missing =
        assertThrows(SettingsException.class, () -> Task.of(settings(), texts, "dataset /data/x"));
    assertTrue(missing.getMessage().contains("no column vector"), missing.getMessage());
  }
}
