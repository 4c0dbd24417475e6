package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.GenerateSettings;
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
import io.chorale.data.Values;
import io.chorale.generate.BeamSearch;
import io.chorale.generate.SourceModel;
import io.chorale.generate.Translator;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TranslationTest {
  private static final Tokenizer LETTERS = letters();
  private static final int VOCABULARY = LETTERS.vocabularySize();
  private static final int END = LETTERS.endOfText();
  private static final Schema SCHEMA =
      new Schema(
          List.of(Column.ids(Column.TEXT, VOCABULARY), Column.ids("target", VOCABULARY)), Map.of());

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Tokenizer letters() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (char letter = 'a'; letter < 'h'; letter++) {
      counts.put(String.valueOf(letter), 10L);
    }
    return Tokenizers.load(CharacterTrainer.train(counts, 9), "letters");
  }

  private static Settings settings(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "task.kind=translation",
                "model.layers=2",
                "model.width=8",
                "train.context=7",
                "train.batch=4"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  /** Source and target of two tokenizers, of equally many entries. */
  private static final Schema SEPARATE =
      new Schema(
          SCHEMA.columns(),
          Map.of(
              Column.TEXT, Facts.tokenizer("a".repeat(64)),
              Column.TARGET, Facts.tokenizer("b".repeat(64))));

  private static Translation task(String kind) {
    return task(settings(kind.split(" ")));
  }

  private static Translation separate(String kind) {
    return (Translation) Task.of(settings(kind.split(" ")), SEPARATE, "a test");
  }

  private static Translation task(Settings settings) {
    return (Translation) Task.of(settings, SCHEMA, "a test");
  }

  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    return parameters;
  }

  private static Row row(String source, String target) {
    return new Row(Map.of(Column.TEXT, Ids.of(ids(source)), "target", Ids.of(ids(target))));
  }

  /** Ids of a text, the end-of-text id last. */
  private static int[] ids(String text) {
    int[] ids = LETTERS.encode(text);
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = END;
    return ended;
  }

  private static final List<Row> ROWS =
      List.of(
          row("abc", "de"),
          row("d", "efgabc"),
          row("efgabc", ""),
          row("cc", "fgaaa"),
          row("", "b"),
          row("gfed", "cba"));

  private record Result(double loss, double[] gradients) {}

  private static Result result(Translation task, List<Row> rows) {
    return result(task, rows, Dropout.NONE);
  }

  private static Result result(Translation task, List<Row> rows, Dropout dropout) {
    return result(task, rows, dropout, parameters(task));
  }

  private static Result result(
      Translation task, List<Row> rows, Dropout dropout, FloatVector parameters) {
    Batch batch = ((RowBatches) task.feed()).batch(rows);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(task.layout(), parameters, false, Device.CPU)) {
      weights.begin();
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(dropout, tape));
      tape.backward(loss.mean());
      return new Result(loss.mean().item_float(), doubles(weights.flat().gradients()));
    }
  }

  private static double[] doubles(Tensor tensor) {
    FloatVector values = FlatTensors.read(tensor.flatten());
    double[] doubles = new double[(int) values.length()];
    Arrays.setAll(doubles, values::get);
    return doubles;
  }

  private static int tokens(Row row) {
    return ((Ids) row.cells().get("target")).length();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attention.positions=learned",
        "attention.positions=sinusoidal",
        "attention.positions=rotary attention.recompute=true",
        "model.kind=lstm",
        "model.kind=lstm model.tied-head=false recurrence.embedding=11",
        "model.kind=gru",
        "model.kind=rnn"
      })
  void aRowAloneEqualsTheSameRowInAnyBatch(String kind) {
    // That no parameter is shared changes nothing about padding.
    Translation task = kind.contains("tied") ? separate(kind) : task(kind);
    for (List<Row> batch : List.of(ROWS, ROWS.subList(1, 4), List.of(ROWS.get(2), ROWS.get(1)))) {
      Result together = result(task, batch);
      int tokens = batch.stream().mapToInt(TranslationTest::tokens).sum();
      double loss = 0;
      double[] gradients = new double[together.gradients().length];
      for (Row row : batch) {
        Result alone = result(task, List.of(row));
        double weight = (double) tokens(row) / tokens;
        loss += weight * alone.loss();
        for (int j = 0; j < gradients.length; j++) {
          gradients[j] += weight * alone.gradients()[j];
        }
      }
      assertEquals(loss, together.loss(), 3e-6);
      assertArrayEquals(gradients, together.gradients(), 3e-6);
      assertTrue(Arrays.stream(gradients).anyMatch(value -> Math.abs(value) > 1e-3));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"attention.bias=true", "model.kind=lstm", "model.kind=gru"})
  void everyParameterIsTrained(String kind) {
    for (Translation task : List.of(task(kind), separate(kind))) {
      double[] gradients = result(task, ROWS).gradients();
      task.layout()
          .entries()
          .forEach(
              entry -> {
                double[] part = part(task, gradients, entry.name());
                assertTrue(Arrays.stream(part).anyMatch(value -> value != 0), entry.name());
              });
    }
  }

  private static double[] part(Translation task, double[] all, String name) {
    var entry = task.layout().entry(name);
    return Arrays.copyOfRange(all, (int) entry.offset(), (int) (entry.offset() + entry.length()));
  }

  /**
   * Two tables of the same vectors give the loss of one, and their gradients add up to that of the
   * one, whose head is the target's.
   */
  @ParameterizedTest
  @ValueSource(strings = {"attention.heads=2", "model.kind=lstm", "model.kind=gru"})
  void separateVocabulariesHaveATableEach(String kind) {
    Translation shared = task(kind);
    Translation separate = separate(kind);
    long width = shared.layout().entry("embedding.weight").shape()[1];
    assertArrayEquals(
        new long[] {VOCABULARY, width}, separate.layout().entry("source.weight").shape());
    assertTrue(
        separate.layout().entries().stream()
            .noneMatch(entry -> entry.name().equals("head.weight")));
    FloatVector one = parameters(shared);
    FloatVector two = separate.layout().initial(1);
    separate
        .layout()
        .entries()
        .forEach(
            entry -> {
              String name =
                  entry.name().equals("source.weight") ? "embedding.weight" : entry.name();
              long from = shared.layout().entry(name).offset();
              for (long i = 0; i < entry.length(); i++) {
                two.set(entry.offset() + i, one.get(from + i));
              }
            });
    Result expected = result(shared, ROWS, Dropout.NONE, one);
    Result found = result(separate, ROWS, Dropout.NONE, two);
    assertEquals(expected.loss(), found.loss(), 1e-6);
    shared
        .layout()
        .entries()
        .forEach(
            entry -> {
              double[] sum = part(separate, found.gradients(), entry.name());
              if (entry.name().equals("embedding.weight")) {
                double[] source = part(separate, found.gradients(), "source.weight");
                assertTrue(Arrays.stream(source).anyMatch(value -> Math.abs(value) > 1e-3));
                for (int i = 0; i < source.length; i++) {
                  sum[i] += source[i];
                }
              }
              assertArrayEquals(
                  part(shared, expected.gradients(), entry.name()), sum, 1e-6, entry.name());
            });
  }

  /** Every block of the decoder reads the memory, so its gradient comes from all of them. */
  @Test
  void recomputedBlocksGiveTheSameGradients() {
    Result kept = result(task("model.layers=3"), ROWS, Dropout.seeded(0.3, 5));
    Result again =
        result(task("model.layers=3 attention.recompute=true"), ROWS, Dropout.seeded(0.3, 5));
    assertEquals(kept.loss(), again.loss(), 0);
    assertArrayEquals(kept.gradients(), again.gradients(), 1e-6);
    assertTrue(Arrays.stream(kept.gradients()).anyMatch(value -> Math.abs(value) > 1e-3));
  }

  /** The loss is linear in the share that is spread evenly; measures do not know it. */
  @Test
  void labelsAreSmoothedInTrainingAlone() {
    double[] losses = new double[3];
    for (int i = 0; i < losses.length; i++) {
      Translation task = task("model.kind=gru translation.label-smoothing=" + 0.2 * i);
      losses[i] = result(task, ROWS).loss();
      assertEquals(losses[0], measured(task, ROWS).get("loss"), 1e-5);
    }
    assertTrue(Math.abs(losses[2] - losses[0]) > 1e-3, Arrays.toString(losses));
    assertEquals((losses[0] + losses[2]) / 2, losses[1], 1e-5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"attention.positions=rotary", "model.kind=lstm", "model.kind=gru"})
  void textsThatAreWrittenSideBySideAreThoseOfEachAlone(String kind) {
    Translation task = task(kind);
    List<Values> cells = ROWS.stream().map(row -> row.cell("text")).toList();
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

  /** What a beam search reads step by step, several texts side by side, is what training reads. */
  @ParameterizedTest
  @ValueSource(strings = {"attention.positions=rotary", "model.kind=lstm", "model.kind=gru"})
  void aTextThatIsWrittenScoresAsInTraining(String kind) {
    Translation task = task(kind);
    for (int beam : new int[] {1, 3}) {
      GenerateSettings search = settings("generate.beam=" + beam).generate();
      for (Row row : ROWS) {
        try (SourceModel model = task.writer(parameters(task))) {
          BeamSearch.Found found =
              new BeamSearch(search, 7, END, LETTERS::has)
                  .search(model, List.of(row.cell("text")))
                  .get(0);
          int[] target = Arrays.copyOf(found.ids(), found.ids().length + (found.ended() ? 1 : 0));
          if (found.ended()) {
            target[found.ids().length] = END;
          }
          Map<String, Values> cells =
              Map.of("text", row.cells().get("text"), "target", Ids.of(target));
          double loss = measured(task, List.of(new Row(cells))).get("loss");
          double penalty = Math.pow((5.0 + target.length) / 6, search.lengthPenalty());
          assertEquals(-loss * target.length / penalty, found.score(), 1e-4);
        }
      }
    }
  }

  private static Map<String, Double> measured(Task task, List<Row> rows) {
    Batch batch = ((RowBatches) task.feed()).batch(rows);
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        Weights weights = Weights.frozen(task.layout(), parameters(task), Device.CPU)) {
      return task.read(task.measure(weights, batch, State.NONE).values(), 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"attention.heads=2", "attention.heads=2 generate.tokens=2", "model.kind=gru"})
  void measuresOfABatchAreThoseOfItsRows(String kind) {
    Task plain = task(settings((kind + " translation.label-smoothing=0").split(" ")));
    assertEquals(List.of("loss", "perplexity"), List.copyOf(measured(plain, ROWS).keySet()));
    assertEquals(result((Translation) plain, ROWS).loss(), measured(plain, ROWS).get("loss"), 1e-5);

    Task task = plain.writing(LETTERS);
    Map<String, Double> together = measured(task, ROWS);
    assertEquals(
        List.of("loss", "perplexity", "exact_match", "bleu", "chrf"),
        List.copyOf(together.keySet()));
    try (Translator translator =
        new Translator(
            LETTERS,
            ((Translation) plain).writer(parameters(task)),
            settings(kind.split(" ")).generate())) {
      TranslationCounts counts = new TranslationCounts(0, 1);
      for (Row row : ROWS) {
        String target = LETTERS.decode(((Ids) row.cells().get("target")).values());
        String source = LETTERS.decode(((Ids) row.cells().get("text")).values());
        String written =
            translator.translate(((Translation) plain).source(source, Optional.of(LETTERS))).text();
        counts.add(written, target, written.equals(target));
      }
      Map<String, Double> alone = TranslationCounts.read(counts.sums(true));
      for (String measure : List.of("exact_match", "bleu", "chrf")) {
        assertEquals(alone.get(measure), together.get(measure), 0, measure);
      }
    }
  }

  @Test
  void aDatasetWithoutTargetsIsRefusedByName() {
    SettingsException missing =
        assertThrows(
            SettingsException.class,
            () -> Task.of(settings(), Schema.text(VOCABULARY, ""), "dataset /data/x"));
    assertTrue(missing.getMessage().contains("dataset /data/x"), missing.getMessage());
    assertTrue(missing.getMessage().contains("no column target"), missing.getMessage());
  }
}
