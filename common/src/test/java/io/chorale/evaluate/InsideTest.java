package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.task.Task;
import io.chorale.tensor.Engine;
import io.chorale.token.Tokenizers;
import io.chorale.token.WordTrainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen inside of a model of each task; the models are as they begin. */
class InsideTest {
  private static final List<String> WORDS = List.of("the", "quick", "brown", "fox", "jumps");
  private static final int VOCABULARY = WORDS.size() + 2;
  private static final String SENTENCE = "the quick brown fox";
  private static final String STEPS = "[[1, 10], [2, 20], [3, 30], [5, 10], [4, 20]]";
  private static final int LOOK_BACK = 4;

  private static final Column TEXT = Column.ids(Column.TEXT, VOCABULARY);
  private static final Column SERIES = Column.series(Column.SERIES, 2);
  private static final Facts CLASSES = Facts.labels(List.of("bad", "good", "odd"));
  private static final Facts SCALE = Facts.scale(List.of(2.0, 20.0), List.of(1.0, 5.0));

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static byte[] tokenizer() {
    Map<String, Long> counts = new HashMap<>();
    WORDS.forEach(word -> counts.put(word, 9L));
    return WordTrainer.train(counts, VOCABULARY);
  }

  /** The schema, whose texts are that tokenizer's. */
  private static Schema spelled(Schema schema) {
    Map<String, Facts> facts = new HashMap<>(schema.facts());
    Facts words = Facts.tokenizer(Tokenizers.fingerprint(tokenizer()));
    for (String text : List.of(Column.TEXT, Column.TARGET)) {
      schema.find(text).ifPresent(column -> facts.put(text, words));
    }
    return new Schema(schema.columns(), facts);
  }

  private static Insight look(Schema schema, String given, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "model.layers=2",
                "model.width=8",
                "train.context=12",
                "forecast.look-back=" + LOOK_BACK,
                "forecast.horizon=3"));
    all.addAll(Arrays.asList(String.join(" ", more).split(" ")));
    if (all.contains("model.kind=transformer")) {
      all.add("attention.heads=2");
    }
    if (!all.contains("task.kind=forecast")) {
      all.removeIf(set -> set.startsWith("forecast."));
    }
    if (all.contains("model.kind=linear")) {
      all.removeIf(set -> set.matches("model.(layers|width)=.*"));
    }
    Settings settings = SettingsFile.read("test", "", all);
    try (Inside inside = new Inside(model(settings, spelled(schema)))) {
      return inside.look(given);
    }
  }

  private static TrainedModel model(Settings settings, Schema schema) {
    return new TrainedModel(
        settings,
        null,
        schema,
        Task.of(settings, schema, "a test").layout().initial(1),
        Map.of(Dataset.TOKENIZER, Tokenizers.load(tokenizer(), "a test")),
        Optional.empty());
  }

  /** All that is drawn has a place for each step, and is what it is said to be. */
  private static void assertDrawn(Insight insight, String kind) {
    assertEquals(
        kind.equals("transformer"),
        insight.attention().stream().anyMatch(Insight.Attention::within),
        "a transformer's texts look at themselves");
    for (Insight.Attention attention : insight.attention()) {
      int rows = insight.steps(attention.layer()).size();
      int columns = insight.seen(attention).size();
      for (float[][] head : attention.weights()) {
        assertEquals(rows, head.length, attention.layer());
        for (float[] row : head) {
          assertEquals(columns, row.length, attention.layer());
          double sum = 0;
          for (float weight : row) {
            assertTrue(weight >= 0, attention.layer());
            sum += weight;
          }
          assertEquals(1, sum, 1e-5, attention.layer());
        }
      }
    }
    assertTrue(insight.states().size() >= 2, "layers: " + insight.states().size());
    for (Insight.States layer : insight.states()) {
      assertEquals(insight.steps(layer.layer()).size(), layer.values().length, layer.layer());
      for (float[] values : layer.values()) {
        for (float value : values) {
          assertTrue(Float.isFinite(value), layer.layer());
        }
      }
    }
    assertEquals(insight.states().size(), insight.gradients().size());
    for (Insight.Gradients layer : insight.gradients()) {
      assertEquals(insight.steps(layer.layer()).size(), layer.norms().length, layer.layer());
      for (double norm : layer.norms()) {
        assertTrue(Double.isFinite(norm) && norm >= 0, layer.layer() + ": " + norm);
      }
      assertTrue(Arrays.stream(layer.norms()).sum() > 0, layer.layer());
    }
    // Below all layers every step has its part in the loss.
    assertTrue(
        Arrays.stream(insight.gradients().get(0).norms()).allMatch(norm -> norm > 0),
        Arrays.toString(insight.gradients().get(0).norms()));
  }

  private static List<String> told(Insight insight) {
    return insight.predictions().stream().map(Insight.Prediction::what).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "lstm", "gru", "rnn"})
  void tagsStandBesideTheirWords(String kind) {
    Schema schema =
        new Schema(List.of(TEXT, Column.ids(Column.TAGS, 3)), Map.of(Column.TAGS, CLASSES));
    Insight insight = look(schema, SENTENCE, "task.kind=tagging model.kind=" + kind);
    assertDrawn(insight, kind);
    assertEquals(List.of("the", "quick", "brown", "fox"), insight.read());
    List<String> tagged = told(insight);
    assertEquals(4, tagged.size());
    for (int t = 0; t < tagged.size(); t++) {
      assertTrue(
          tagged.get(t).matches(insight.read().get(t) + " → (bad|good|odd)"), tagged.toString());
    }
    String last = tagged.get(3).split(" → ")[1];
    assertEquals("the loss of the tag that is predicted last, “" + last + "”", insight.loss());
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "lstm", "gru", "rnn"})
  void aSeriesHasAClassATagForEachStepAndANumber(String kind) {
    String model = " model.kind=" + kind;
    Schema classes =
        new Schema(
            List.of(SERIES, Column.label(Column.LABEL, 3)),
            Map.of(Column.SERIES, SCALE, Column.LABEL, CLASSES));
    Insight classified = look(classes, STEPS, "task.kind=classification" + model);
    assertDrawn(classified, kind);
    assertEquals(List.of("1", "2", "3", "4", "5"), classified.read());
    assertEquals(3, classified.predictions().size());
    double sum =
        classified.predictions().stream().mapToDouble(Insight.Prediction::probability).sum();
    assertEquals(1, sum, 1e-9);
    assertTrue(classified.loss().contains(told(classified).get(0)), classified.loss());

    Schema tags =
        new Schema(
            List.of(SERIES, Column.ids(Column.TAGS, 3)),
            Map.of(Column.SERIES, SCALE, Column.TAGS, CLASSES));
    Insight tagged = look(tags, STEPS, "task.kind=tagging" + model);
    assertDrawn(tagged, kind);
    assertTrue(told(tagged).get(4).matches("5 → (bad|good|odd)"), told(tagged).toString());

    Schema numbers =
        new Schema(
            List.of(SERIES, Column.number(Column.LABEL)),
            Map.of(Column.SERIES, SCALE, Column.LABEL, Facts.scale(List.of(1000.0), List.of(2.0))));
    Insight number = look(numbers, STEPS, "task.kind=regression" + model);
    assertDrawn(number, kind);
    assertEquals(1, number.predictions().size());
    // In its own unit, from which a model that has learnt nothing is not far.
    assertEquals(1000, Double.parseDouble(told(number).get(0)), 20);
  }

  /**
   * The gradient of a regression is that of the number: it does not depend on what is predicted.
   */
  @Test
  void theGradientOfARegressionIsThatOfItsNumber() {
    String lstm = "task.kind=regression model.kind=lstm";
    Column label = Column.number(Column.LABEL);
    Schema plain = new Schema(List.of(SERIES, label), Map.of(Column.SERIES, SCALE));
    Schema scaled =
        new Schema(
            List.of(SERIES, label),
            Map.of(Column.SERIES, SCALE, Column.LABEL, Facts.scale(List.of(-7.0), List.of(100.0))));
    double[] one = look(plain, STEPS, lstm).gradients().get(0).norms();
    double[] other = look(scaled, STEPS, lstm).gradients().get(0).norms();
    for (int t = 0; t < one.length; t++) {
      assertEquals(one[t], other[t], 1e-4 * one[t]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "lstm", "gru", "rnn"})
  void hiddenTokensAreMarked(String kind) {
    Schema schema = new Schema(List.of(TEXT), Map.of());
    Insight insight =
        look(
            schema,
            SENTENCE + " jumps the fox",
            "task.kind=masked-language-model task.mask-share=0.5 model.kind=" + kind);
    assertDrawn(insight, kind);
    assertEquals(8, insight.read().size());
    assertEquals(4, insight.read().stream().filter(piece -> piece.startsWith("□")).count());
    List<String> given = new ArrayList<>(List.of((SENTENCE + " jumps the fox end").split(" ")));
    for (int t = 0; t < 8; t++) {
      String piece = insight.read().get(t);
      assertTrue(piece.startsWith("□") || piece.equals(given.get(t)), insight.read().toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "lstm", "gru", "rnn"})
  void aTranslationLooksAtItsSource(String kind) {
    Schema schema = new Schema(List.of(TEXT, Column.ids(Column.TARGET, VOCABULARY)), Map.of());
    Insight insight =
        look(schema, SENTENCE, "task.kind=translation generate.tokens=5 model.kind=" + kind);
    assertDrawn(insight, kind);
    assertEquals(List.of("the", "quick", "brown", "fox", "end"), insight.read());
    assertEquals("begin", insight.written().get(0));
    assertTrue(insight.attention().stream().anyMatch(attention -> !attention.within()));
    for (Insight.Attention attention : insight.attention()) {
      if (!attention.within()) {
        assertEquals(insight.written(), insight.steps(attention.layer()));
        assertEquals(insight.read(), insight.seen(attention));
      }
    }
    assertTrue(insight.states().stream().anyMatch(layer -> layer.layer().startsWith("encoder.")));
    assertTrue(insight.states().stream().anyMatch(layer -> layer.layer().startsWith("decoder.")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "lstm", "gru", "rnn"})
  void aTextFromAVectorIsWrittenStepByStep(String kind) {
    Schema schema =
        new Schema(
            List.of(Column.vector(Column.VECTOR, 3), Column.ids(Column.TARGET, VOCABULARY)),
            Map.of());
    Insight insight =
        look(schema, "1 2.5 -3", "task.kind=from-vector generate.tokens=5 model.kind=" + kind);
    assertDrawn(insight, kind);
    assertEquals("begin", insight.written().get(0));
    assertTrue(insight.states().stream().allMatch(layer -> layer.layer().startsWith("decoder.")));
  }

  private static Schema forecasts(boolean calendar) {
    List<Column> columns = new ArrayList<>(List.of(SERIES, Column.series(Column.HISTORY, 2)));
    Map<String, Facts> facts = new HashMap<>();
    facts.put(
        Column.SERIES,
        Facts.series(List.of("x", "y"), SCALE.mean(), SCALE.deviation(), "P1D", LOOK_BACK + 2));
    if (calendar) {
      columns.add(Column.series(Column.CALENDAR, 3));
    }
    return new Schema(columns, facts);
  }

  @ParameterizedTest
  @CsvSource({
    "transformer, none, []",
    "lstm, last, []",
    "gru, standard, []",
    "rnn, none, '[0.1,0.5,0.9]'",
    "transformer, last, '[0.1,0.5,0.9]'",
  })
  void aForecastIsOfTheLastStepsOfASeries(String kind, String normalisation, String quantiles) {
    Insight insight =
        look(
            forecasts(false),
            STEPS,
            "task.kind=forecast model.kind=" + kind,
            "forecast.normalisation=" + normalisation,
            "forecast.quantiles=" + quantiles);
    assertDrawn(insight, kind);
    assertEquals(List.of("1", "2", "3", "4"), insight.read());
    assertEquals(2, insight.predictions().size());
    assertTrue(
        IntStream.range(0, 2)
            .allMatch(
                channel ->
                    told(insight)
                        .get(channel)
                        .matches(List.of("x", "y").get(channel) + ": (-?[0-9.]+(, )?){3}")),
        told(insight).toString());
    // Only the last four count.
    Insight fewer =
        look(
            forecasts(false),
            STEPS.replace("[1, 10], ", ""),
            "task.kind=forecast model.kind=" + kind,
            "forecast.normalisation=" + normalisation,
            "forecast.quantiles=" + quantiles);
    assertEquals(told(insight), told(fewer));
  }

  @Test
  void aForecastThatReadsTheCalendarNeedsTheTime() {
    String lstm = "task.kind=forecast model.kind=lstm";
    ChoraleException refused =
        assertThrows(ChoraleException.class, () -> look(forecasts(true), STEPS, lstm));
    assertTrue(
        refused.getMessage().contains("the time of the last step is \"\", expected {\"time\""),
        refused.getMessage());
    String given = "{\"time\": \"%s\", \"steps\": " + STEPS + "}";
    Insight insight = look(forecasts(true), given.formatted("2024-02-28 00:00:00"), lstm);
    assertDrawn(insight, "lstm");
    Insight later = look(forecasts(true), given.formatted("2024-03-07"), lstm);
    assertTrue(!told(insight).equals(told(later)), "the calendar has no part in the forecast");
    ChoraleException few =
        assertThrows(
            ChoraleException.class, () -> look(forecasts(false), "[[1, 2], [3, 4]]", lstm));
    assertTrue(
        few.getMessage().contains("the series has 2 steps, expected at least the 4"),
        few.getMessage());
  }

  /** Nothing is inside of a linear map; what it forecasts is told. */
  @Test
  void aLinearModelForecastsAndHasNoLayers() {
    Insight insight =
        look(
            forecasts(true),
            STEPS,
            "task.kind=forecast model.kind=linear forecast.moving-average=3");
    assertEquals(2, insight.predictions().size());
    assertEquals(List.of(), insight.states());
    assertEquals(List.of(), insight.attention());
  }

  @Test
  void whatIsNoRowIsRefused() {
    Schema schema =
        new Schema(List.of(SERIES, Column.label(Column.LABEL, 3)), Map.of(Column.LABEL, CLASSES));
    for (String wrong :
        List.of("", "a text", "[]", "[[1]]", "[[1, 2], 3]", "[[1, \"2\"]]", "[[1, 1e39]]", "7")) {
      ChoraleException refused =
          assertThrows(
              ChoraleException.class,
              () -> look(schema, wrong, "task.kind=classification model.kind=rnn"),
              wrong);
      assertTrue(refused.getMessage().startsWith("Cannot look inside of run"), wrong);
    }
  }
}
