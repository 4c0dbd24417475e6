package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.evaluate.Evaluator;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every task over rows promises, on texts and on series. */
class RowTaskTest {
  private static final int VOCABULARY = 9;
  private static final int CLASSES = 3;
  private static final int CHANNELS = 2;
  private static final int[] LENGTHS = {3, 1, 7, 2, 5};

  private static final Column TEXT = Column.ids(Column.TEXT, VOCABULARY);
  private static final Column SERIES = Column.series(Column.SERIES, CHANNELS);
  private static final Column LABEL = Column.label(Column.LABEL, CLASSES);
  private static final Column NUMBER = Column.number(Column.LABEL);
  private static final Column TAGS = Column.ids(Column.TAGS, CLASSES);

  @BeforeAll
  static void start() {
    Engine.start();
  }

  /** Settings and the columns of a dataset. */
  private record Case(Settings settings, Schema schema) {
    Task task() {
      return Task.of(settings, schema, "a test");
    }

    @Override
    public String toString() {
      return settings.task()
          + " "
          + settings.model().kind()
          + " of "
          + schema.columns().get(0).name();
    }
  }

  private static Case of(String task, Column[] columns, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of("model.layers=2", "model.width=8", "train.context=7", "train.batch=4"));
    overrides.addAll(List.of(task.split(" ")));
    overrides.addAll(List.of(more));
    return new Case(
        SettingsFile.read("test", "", overrides), new Schema(List.of(columns), Map.of()));
  }

  private static final Map<String, Column> TARGETS =
      Map.of(
          "task.kind=classification",
          LABEL,
          "task.kind=classification task.class-weights=[2,0.5,1]",
          LABEL,
          "task.kind=regression",
          NUMBER,
          "task.kind=regression task.pooling=last",
          NUMBER,
          "task.kind=tagging",
          TAGS,
          "task.kind=tagging task.class-weights=[2,0.5,1]",
          TAGS);

  /** Every task, on each kind of column, with each kind of backbone and form. */
  static Stream<Case> all() {
    List<String> models =
        List.of(
            "attention.heads=2",
            "attention.heads=2 attention.positions=rotary",
            "model.kind=lstm recurrence.embedding=5",
            "model.kind=gru recurrence.embedding=12",
            "model.kind=rnn");
    List<Case> all = new ArrayList<>();
    for (String model : models) {
      String[] set = model.split(" ");
      TARGETS.forEach(
          (task, target) -> {
            for (String direction : List.of("causal", "both-ways")) {
              String form = task + " task.direction=" + direction;
              all.add(of(form, new Column[] {TEXT, target}, set));
              all.add(of(form, new Column[] {SERIES, target}, set));
            }
          });
      String masked = "task.kind=masked-language-model task.mask-share=0.4";
      all.add(of(masked, new Column[] {TEXT}, set));
      if (!model.contains("kind")) {
        all.add(of(masked + " model.tied-head=false", new Column[] {TEXT}, set));
      }
    }
    return all.stream();
  }

  private static List<Row> rows(Case one) {
    SplittableRandom random = new SplittableRandom(4);
    List<Row> rows = new ArrayList<>();
    for (int length : LENGTHS) {
      Map<String, Values> cells = new LinkedHashMap<>();
      for (Column column : one.schema().columns()) {
        int steps = column.ragged() ? length : 1;
        cells.put(
            column.name(),
            column.whole()
                ? Ids.of(random.ints(steps, 0, column.size()).toArray())
                : numbers(random, steps, Math.max(1, column.size())));
      }
      Row row = new Row(cells);
      rows.add(feed(one.task()).preparation().prepare(row, length));
    }
    return rows;
  }

  private static Numbers numbers(SplittableRandom random, int steps, int size) {
    float[] numbers = new float[steps * size];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextDouble(-2, 2);
    }
    return Numbers.of(size, numbers);
  }

  private static RowBatches feed(Task task) {
    return (RowBatches) task.feed();
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    return parameters;
  }

  private record Result(double loss, double[] gradients, double[] sums, long predictions) {}

  private static Result result(Task task, FloatVector parameters, List<Row> rows) {
    Batch batch = feed(task).batch(rows);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(task.layout(), parameters, false, Device.CPU)) {
      weights.begin();
      double[] sums;
      try (NoGradGuard guard = new NoGradGuard()) {
        sums = task.measure(weights, batch, State.NONE).values();
      }
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      FloatVector read = FlatTensors.read(weights.flat().gradients());
      double[] gradients = new double[(int) read.length()];
      Arrays.setAll(gradients, read::get);
      return new Result(loss.mean().item_float(), gradients, sums, batch.predictions());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aRowAloneEqualsTheSameRowInAnyBatch(Case one) {
    Task task = one.task();
    List<Row> all = rows(one);
    for (List<Row> batch : List.of(all, all.subList(1, 4), List.of(all.get(2), all.get(1)))) {
      Result together = result(task, parameters(task), batch);
      double loss = 0;
      double[] gradients = new double[together.gradients().length];
      double[] sums = new double[together.sums().length];
      for (Row row : batch) {
        Result alone = result(task, parameters(task), List.of(row));
        double share = alone.predictions() / (double) together.predictions();
        loss += share * alone.loss();
        for (int i = 0; i < gradients.length; i++) {
          gradients[i] += share * alone.gradients()[i];
        }
        sums = Evaluator.sum(sums, alone.sums());
      }
      double largest = Arrays.stream(gradients).map(Math::abs).max().orElseThrow();
      double tolerance = 4e-6 * Math.max(1, largest);
      assertEquals(loss, together.loss(), 4e-6 * Math.max(1, loss));
      assertArrayEquals(gradients, together.gradients(), tolerance);
      assertArrayEquals(sums, together.sums(), 1e-4);
      assertEquals(together.predictions(), task.predictions(sums));
      // The loss that is trained is the one that is measured.
      assertEquals(together.loss(), task.read(together.sums(), 1).get(Task.LOSS), 1e-5);
      assertTrue(largest > 1e-3);
      assertTrue(task.read(sums, 1).containsKey(task.goal().measure()));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyParameterIsTrained(Case one) {
    Task task = one.task();
    Result result = result(task, parameters(task), rows(one));
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

  static Stream<Case> smallOnes() {
    return Stream.of(
        of("task.kind=classification task.class-weights=[2,0.5,1]", new Column[] {SERIES, LABEL}),
        of("task.kind=regression", new Column[] {SERIES, NUMBER}, "model.kind=gru"),
        of("task.kind=tagging", new Column[] {TEXT, TAGS}, "model.kind=lstm"),
        of("task.kind=tagging", new Column[] {SERIES, TAGS}, "model.kind=rnn"),
        of("task.kind=masked-language-model task.mask-share=0.4", new Column[] {TEXT}));
  }

  @ParameterizedTest
  @MethodSource("smallOnes")
  void gradientsAreThoseOfFiniteDifferences(Case one) {
    Task task = one.task();
    List<Row> rows = rows(one);
    FloatVector parameters = parameters(task);
    double[] gradient = result(task, parameters, rows).gradients();
    double norm = norm(gradient);
    SplittableRandom random = new SplittableRandom(3);
    for (int time = 0; time < 4; time++) {
      // Near the gradient, where the loss changes most: float32 has few digits.
      double[] direction = new double[gradient.length];
      double spread = 1 / Math.sqrt(gradient.length);
      Arrays.setAll(direction, i -> gradient[i] / norm + spread * random.nextDouble(-1, 1));
      double length = norm(direction);
      double expected = 0;
      for (int i = 0; i < gradient.length; i++) {
        expected += gradient[i] * direction[i] / length;
      }
      double step = 4e-3;
      double above = result(task, moved(parameters, direction, step / length), rows).loss();
      double below = result(task, moved(parameters, direction, -step / length), rows).loss();
      assertEquals(expected, (above - below) / (2 * step), 3e-3 * Math.max(expected, 0.1));
    }
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
  }

  private static FloatVector moved(FloatVector parameters, double[] direction, double by) {
    FloatVector moved = new FloatVector(parameters.length());
    for (int i = 0; i < direction.length; i++) {
      moved.set(i, (float) (parameters.get(i) + by * direction[i]));
    }
    return moved;
  }

  /** Also more of the text's own columns: which one is read is said. */
  @Test
  void aTextIsReadWhereThereAreBoth() {
    Case both = of("task.kind=classification", new Column[] {SERIES, TEXT, LABEL});
    assertEquals(List.of("text", "label"), both.task().feed().columns());
    Case series = of("task.kind=classification", new Column[] {SERIES, LABEL});
    assertEquals(List.of("series", "label"), series.task().feed().columns());
  }

  @ParameterizedTest
  @ValueSource(strings = {"classification", "tagging"})
  void weightsAreOfEveryClass(String kind) {
    Column[] columns = {TEXT, kind.equals("tagging") ? TAGS : LABEL};
    Case one = of("task.kind=" + kind + " task.class-weights=[2,1]", columns);
    SettingsException refused = assertThrows(SettingsException.class, one::task);
    assertTrue(refused.getMessage().contains("must be 3 numbers"), refused.getMessage());
    for (String wrong : List.of("[2,a,1]", "[2,0,1]", "[2,-1,1]", "[2,NaN,1]")) {
      SettingsException not =
          assertThrows(
              SettingsException.class,
              () -> of("task.kind=" + kind + " task.class-weights=" + wrong, columns));
      assertTrue(not.getMessage().startsWith("task.class-weights must be"), not.getMessage());
    }
  }

  /** Two, one and no rows of three classes: as if these numbers had been written by hand. */
  @ParameterizedTest
  @ValueSource(strings = {"classification", "tagging"})
  void balancedWeightsAreOfTheCountsOfTheTrainingSplit(String kind) {
    Column target = kind.equals("tagging") ? TAGS : LABEL;
    Column[] columns = {TEXT, target};
    Case byHand = of("task.kind=" + kind + " task.class-weights=[0.5,1,1]", columns);
    Case uncounted = of("task.kind=" + kind + " task.class-weights=balanced", columns);
    SettingsException refused = assertThrows(SettingsException.class, uncounted::task);
    assertTrue(
        refused
            .getMessage()
            .contains("nobody has counted the labels of its column " + target.name()),
        refused.getMessage());
    Facts facts = Facts.labels(List.of("a", "b", "c")).counted(List.of(2L, 1L, 0L));
    Case balanced =
        new Case(uncounted.settings(), new Schema(List.of(columns), Map.of(target.name(), facts)));
    for (int label = 0; label < CLASSES; label++) {
      Row row = new Row(Map.of("text", Ids.of(1), target.name(), Ids.of(label)));
      Result expected = result(byHand.task(), parameters(byHand.task()), List.of(row));
      Result found = result(balanced.task(), parameters(balanced.task()), List.of(row));
      assertEquals(expected.loss(), found.loss(), 1e-6);
    }
  }

  /** A weight of 2 is a row that stands there twice. */
  @Test
  void aWeightMultipliesTheLossOfItsClass() {
    Column[] columns = {TEXT, LABEL};
    Case plain = of("task.kind=classification", columns, "model.kind=gru");
    Case weighted =
        of("task.kind=classification task.class-weights=[2,1,1]", columns, "model.kind=gru");
    for (int label = 0; label < CLASSES; label++) {
      Row row = new Row(Map.of("text", Ids.of(1, 2, 3), "label", Ids.of(label)));
      Result once = result(plain.task(), parameters(plain.task()), List.of(row));
      Result more = result(weighted.task(), parameters(weighted.task()), List.of(row));
      double factor = label == 0 ? 2 : 1;
      assertEquals(factor * once.loss(), more.loss(), 1e-6);
      double[] expected = Arrays.stream(once.gradients()).map(value -> factor * value).toArray();
      assertArrayEquals(expected, more.gradients(), 1e-6);
    }
  }

  @Test
  void whatIsIgnoredIsNotCounted() {
    for (int classes : new int[] {3, ClassCounts.MOST_OF_MATRIX + 1}) {
      ClassCounts counts = new ClassCounts(classes, 5);
      counts.add(0, 0);
      counts.add(Batch.IGNORED, 1);
      counts.add(0, 1);
      counts.add(1, 1);
      counts.add(1, 1);
      assertEquals(4, counts.predictions());
      Map<String, Double> measures = new ClassCounts(classes, counts.sums()).measures();
      assertEquals(5.0 / 4, measures.get("loss"), 1e-12);
      assertEquals(3.0 / 4, measures.get("accuracy"), 1e-12);
      assertEquals((2.0 / 3 + 4.0 / 5) / 2, measures.get("macro_f1"), 1e-12);
      assertEquals(2.0 / 3, counts.f1().get(0), 1e-12);
      assertFalse(Double.isFinite(counts.f1().get(2)));
      List<List<Long>> matrix = counts.matrix();
      assertEquals(
          classes == 3
              ? List.of(List.of(1L, 1L, 0L), List.of(0L, 2L, 0L), List.of(0L, 0L, 0L))
              : List.of(),
          matrix);
    }
  }

  @Test
  void labelsHaveTheirNames() {
    Settings settings = of("task.kind=tagging", new Column[] {TEXT, TAGS}).settings();
    Schema named =
        new Schema(
            List.of(TEXT, TAGS), Map.of(Column.TAGS, Facts.labels(List.of("NOUN", "VERB", "X"))));
    Task task = Task.of(settings, named, "a test");
    double[] sums = new double[1 + CLASSES * CLASSES];
    sums[2] = 3; // a NOUN that was taken for a VERB, three times
    Task.Confusion confusion = task.confusion(sums).orElseThrow();
    assertEquals(List.of("NOUN", "VERB", "X"), confusion.labels());
    assertEquals(List.of(0L, 3L, 0L), confusion.counts().get(0));
    assertEquals(3, task.predictions(sums));
  }

  /** Errors are told in the unit that the numbers had before they were scaled. */
  @Test
  void errorsAreInTheNumbersOwnUnit() {
    Settings settings = of("task.kind=regression", new Column[] {TEXT, NUMBER}).settings();
    Schema scaled =
        new Schema(
            List.of(TEXT, NUMBER),
            Map.of(Column.LABEL, Facts.scale(List.of(100.0), List.of(10.0))));
    // Targets -1 and 1, which were 90 and 110, and predictions -0.5 and 0.8.
    double[] sums = {2, 0.25 + 0.04, 0.5 + 0.2, 0, 2};
    Map<String, Double> measures = Task.of(settings, scaled, "a test").read(sums, 1);
    assertEquals(0.29 / 2, measures.get("loss"), 1e-12);
    assertEquals(29.0 / 2, measures.get("mse"), 1e-12);
    assertEquals(7.0 / 2, measures.get("mae"), 1e-12);
    assertEquals(1 - 0.29 / 2, measures.get("r2"), 1e-12);
    double[] constant = {2, 0.29, 0.7, 2, 2};
    assertEquals(
        List.of("loss", "mse", "mae"),
        List.copyOf(Task.of(settings, scaled, "a test").read(constant, 1).keySet()));
  }

  @Test
  void datasetsThatAreNoneOfTheTasksAreRefused() {
    record Refused(Case one, String said) {}
    List<Refused> all =
        List.of(
            new Refused(
                of("task.kind=regression", new Column[] {TEXT, LABEL}), "label has 3 classes"),
            new Refused(of("task.kind=regression", new Column[] {TEXT}), "no column label"),
            new Refused(
                of("task.kind=classification", new Column[] {SERIES, NUMBER}), "real numbers"),
            new Refused(of("task.kind=tagging", new Column[] {TEXT, LABEL}), "no column tags"),
            new Refused(
                of("task.kind=tagging", new Column[] {TEXT, Column.ids(Column.TAGS, 1)}),
                "one class"),
            new Refused(of("task.kind=tagging", new Column[] {TAGS}), "no column text"),
            new Refused(
                of("task.kind=masked-language-model", new Column[] {SERIES}), "no column text"));
    for (Refused refused : all) {
      SettingsException thrown = assertThrows(SettingsException.class, refused.one()::task);
      assertTrue(thrown.getMessage().contains(refused.said()), thrown.getMessage());
      assertTrue(thrown.getMessage().contains("a test"), thrown.getMessage());
    }
  }

  @Test
  void whatEachKindNeedsIsEnough() {
    for (String kind :
        List.of(
            "language-model", "classification", "regression", "tagging", "masked-language-model")) {
      Settings settings = SettingsFile.read("test", "", List.of("task.kind=" + kind));
      Schema schema = Task.needs(settings, VOCABULARY, VOCABULARY);
      assertTrue(Task.of(settings, schema, "a test").layout().size() > 0, kind);
    }
  }

  /** The mask has a vector of its own; the head of a recurrent model scores no mask. */
  @Test
  void theMaskIsOneEntryMore() {
    Column[] text = {TEXT};
    String masked = "task.kind=masked-language-model";
    Task tied = of(masked, text).task();
    assertArrayEquals(
        new long[] {VOCABULARY + 1, 8}, tied.layout().entry("embedding.weight").shape());
    assertTrue(tied.layout().entries().stream().noneMatch(entry -> entry.name().contains("head")));
    Task recurrent = of(masked, text, "model.kind=lstm").task();
    assertArrayEquals(new long[] {VOCABULARY, 16}, recurrent.layout().entry("head.weight").shape());
  }

  @Test
  void memoryOfASeriesIsCounted() {
    Task text = of("task.kind=classification", new Column[] {TEXT, LABEL}).task();
    Task series = of("task.kind=classification", new Column[] {SERIES, LABEL}).task();
    long numbers = 4 * 7 * CHANNELS;
    assertEquals(
        numbers + 4 * 7 * 2 * 8 + 8 * CHANNELS, series.keptByStep(4, 7) - text.keptByStep(4, 7));
    assertEquals(numbers + 4 * 7 * 8, series.madeByPass(4, 7) - text.madeByPass(4, 7));
    Schema wide = new Schema(List.of(Column.series(Column.SERIES, 500), LABEL), Map.of());
    Settings settings = of("task.kind=classification", new Column[] {TEXT, LABEL}).settings();
    assertEquals(7 * (500 + 8), Task.of(settings, wide, "a test").largestOfRow());
    // Of seven tokens one is hidden, of a hundred 15.
    Task masked = of("task.kind=masked-language-model", new Column[] {TEXT}).task();
    assertEquals(7 * 32, masked.largestOfRow());
    assertEquals(10 * 1, ((RowTask) masked).scoresOfRow(7));
    assertEquals(10 * 15, ((RowTask) masked).scoresOfRow(100));
  }
}
