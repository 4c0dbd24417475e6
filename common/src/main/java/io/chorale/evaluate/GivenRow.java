package io.chorale.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Masking;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.RowBatches;
import io.chorale.data.TimeStep;
import io.chorale.data.TokenStream;
import io.chorale.data.Values;
import io.chorale.generate.Translator;
import io.chorale.model.Weights;
import io.chorale.task.Forecast;
import io.chorale.task.LanguageModel;
import io.chorale.task.TargetTask;
import io.chorale.task.Task;
import io.chorale.tensor.StepScope;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Makes a row of what a user gives as text, with the answer by which a loss of it is told.
 *
 * <p>The loss is that of the last step alone where each step has one of its own; where the row's
 * true answer is not given, it is that of the answer that the model finds the likeliest.
 */
final class GivenRow {
  /** Steps that are looked at: more are too many to see. */
  private static final int MOST_STEPS = 128;

  private static final int MOST_PREDICTIONS = 5;

  /** Seed of the steps that are hidden from a masked language model: the same in every report. */
  private static final long HIDING_SEED = 1;

  private final TrainedModel model;
  private final Task task;
  private final Weights weights;

  GivenRow(TrainedModel model, Weights weights) {
    this.model = model;
    this.task = model.task();
    this.weights = weights;
  }

  /** A row that is ready to be read, and what people see of it. */
  record Prepared(
      Batch batch,
      String loss,
      List<String> read,
      List<String> written,
      List<Insight.Prediction> predictions) {}

  /**
   * Prepares a row; of one that is too long, its begin.
   *
   * @throws ChoraleException where it is no row for this model
   */
  Prepared prepare(String given) {
    if (task instanceof LanguageModel) {
      return stream(given);
    }
    if (task instanceof Forecast forecast) {
      return forecast(forecast, given);
    }
    RowBatches rows = (RowBatches) task.feed();
    String column = rows.columns().get(0);
    return switch (rows.target()) {
      case Column.LABEL, Column.TAGS -> labelled(rows, column, given);
      case Column.TARGET -> written(rows, column, (TargetTask) task, given);
      default -> hidden(rows, given);
    };
  }

  /** The last token of a text is to be predicted from those before it. */
  private Prepared stream(String given) {
    int[] text = tokenizer(Column.TEXT).encode(given);
    int most = 1 + (task.carries() ? MOST_STEPS : Math.min(MOST_STEPS, task.longest()));
    if (text.length < 2) {
      throw unfit("the text has %d tokens".formatted(text.length), "at least two", "Give more");
    }
    text = Arrays.copyOf(text, Math.min(text.length, most));
    int[] read = Arrays.copyOf(text, text.length - 1);
    int[] next = new int[read.length];
    Arrays.fill(next, Batch.IGNORED);
    next[next.length - 1] = text[text.length - 1];
    Map<String, Values> columns = Map.of(Column.TEXT, Ids.of(read), TokenStream.NEXT, Ids.of(next));
    String last = pieces(Column.TEXT, next[next.length - 1]).get(0);
    return new Prepared(
        new Batch(columns, 1, 1, false),
        "the loss of the last token, “%s”, after those before it".formatted(last),
        pieces(Column.TEXT, read),
        List.of(),
        List.of());
  }

  /** Classes, tags and numbers: what the model itself predicts stands for the answer. */
  private Prepared labelled(RowBatches rows, String column, String given) {
    Values cell = cell(rows, column, given);
    List<Object> outputs = predicted(column, cell);
    Object predicted = outputs.get(0);
    List<String> steps = steps(column, cell);
    Facts facts = model.schema().facts(rows.target());
    if (predicted instanceof Double number) {
      boolean scaled = !facts.mean().isEmpty();
      double y = scaled ? (number - facts.mean().get(0)) / facts.deviation().get(0) : number;
      // With y - 1/2 the gradient of the squared error is that of y itself.
      return new Prepared(
          batch(rows, column, cell, number(y - 0.5)),
          "the predicted number itself",
          steps,
          List.of(),
          List.of(new Insight.Prediction(String.format(Locale.ROOT, "%.4g", number), Double.NaN)));
    }
    boolean tags = predicted instanceof List;
    String label = predicted instanceof List<?> all ? all.get(all.size() - 1) + "" : predicted + "";
    int answer = facts.labels().isEmpty() ? Integer.parseInt(label) : facts.labels().indexOf(label);
    return new Prepared(
        batch(rows, column, cell, answer(rows, cell, answer)),
        "the loss of %s that is predicted%s, “%s”"
            .formatted(tags ? "the tag" : "the class", tags ? " last" : "", label),
        steps,
        List.of(),
        tags ? beside(steps, (List<?>) predicted) : likeliest((Map<?, ?>) outputs.get(1)));
  }

  /** Each step with the tag that is predicted for it. */
  private static List<Insight.Prediction> beside(List<String> steps, List<?> tags) {
    return IntStream.range(0, steps.size())
        .mapToObj(t -> new Insight.Prediction(steps.get(t) + " → " + tags.get(t), Double.NaN))
        .toList();
  }

  /** Predicts a row. */
  private List<Object> predicted(String column, Values cell) {
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard()) {
      return task.predict(weights, List.of(new Row(Map.of(column, cell))), new long[1])
          .get(0)
          .values();
    }
  }

  private static List<Insight.Prediction> likeliest(Map<?, ?> probabilities) {
    return probabilities.entrySet().stream()
        .map(entry -> new Insight.Prediction(entry.getKey() + "", (Double) entry.getValue()))
        .sorted(Comparator.comparingDouble(prediction -> -prediction.probability()))
        .limit(MOST_PREDICTIONS)
        .toList();
  }

  private Values answer(RowBatches rows, Values cell, int answer) {
    int[] labels = new int[rows.target().equals(Column.TAGS) ? cell.lengths()[0] : 1];
    Arrays.fill(labels, Batch.IGNORED);
    labels[labels.length - 1] = answer;
    return Ids.of(labels);
  }

  private static Values number(double value) {
    return Numbers.of(1, (float) value);
  }

  private static Batch batch(RowBatches rows, String column, Values cell, Values answer) {
    return rows.batch(List.of(new Row(Map.of(column, cell, rows.target(), answer))));
  }

  /** The text that the model itself writes stands for the right one. */
  private Prepared written(RowBatches rows, String column, TargetTask task, String given) {
    Values source = task.source(given, model.tokenizer(column));
    Values seen = source instanceof Ids ids ? Ids.of(ended(column, without(ids))) : source;
    Tokenizer known = tokenizer(Column.TARGET);
    int[] target;
    try (Translator translator =
        new Translator(known, task.writer(model.parameters()), model.settings().generate())) {
      target = ended(Column.TARGET, known.encode(translator.translate(seen).text()));
    }
    Batch batch = rows.batch(List.of(new Row(Map.of(column, seen, Column.TARGET, Ids.of(target)))));
    List<String> written = new ArrayList<>(List.of("begin"));
    written.addAll(pieces(Column.TARGET, Arrays.copyOf(target, target.length - 1)));
    return new Prepared(
        batch,
        "the mean loss of the text that the model writes, “%s”"
            .formatted(known.decode(Arrays.copyOf(target, target.length - 1))),
        steps(column, seen),
        written,
        List.of());
  }

  /** A text's ids without the end-of-text id. */
  private static int[] without(Ids ids) {
    return Arrays.copyOf(ids.values(), ids.values().length - 1);
  }

  /** A masked language model finds the hidden tokens. */
  private Prepared hidden(RowBatches rows, String given) {
    Tokenizer known = tokenizer(Column.TEXT);
    int[] text = ended(Column.TEXT, known.encode(given));
    Row row = rows.preparation().prepare(new Row(Map.of(Column.TEXT, Ids.of(text))), HIDING_SEED);
    int[] looked = ((Ids) row.cell(Column.TEXT)).values();
    int[] hidden = ((Ids) row.cell(Masking.HIDDEN)).values();
    List<String> read = new ArrayList<>();
    for (int t = 0; t < looked.length; t++) {
      // Some of those that it must find are replaced by another token, or stay.
      boolean masked = looked[t] >= known.vocabularySize();
      String found = hidden[t] == Batch.IGNORED ? "" : "□";
      read.add(found + (masked ? "" : pieces(Column.TEXT, looked[t]).get(0)));
    }
    return new Prepared(
        rows.batch(List.of(row)),
        "the mean loss of the hidden tokens, □",
        read,
        List.of(),
        List.of());
  }

  /** Encodes a text or a series as the cell that is read. */
  private Values cell(RowBatches rows, String column, String given) {
    if (column.equals(Column.SERIES)) {
      return series(given);
    }
    if (rows.target().equals(Column.TAGS)) {
      int[] ids = tokenizer(column).encode(given);
      if (ids.length == 0) {
        throw unfit("the text has no tokens", "at least one", "Give more");
      }
      return Ids.of(Arrays.copyOf(ids, Math.min(ids.length, most())));
    }
    return Ids.of(ended(column, tokenizer(column).encode(given)));
  }

  private Numbers series(String given) {
    JsonNode steps = json(given);
    return series(steps, 0, Math.min(steps.size(), most()));
  }

  private JsonNode json(String given) {
    try {
      return JsonMapper.builder().build().readTree(given);
    } catch (JsonProcessingException e) {
      throw unfit("it is no JSON", "a list of steps such as [[0.1, 2], [0.3, 4]]", "Correct it");
    }
  }

  /** Some steps of a series, scaled as the dataset's. */
  private Numbers series(JsonNode steps, int from, int to) {
    int channels = model.schema().column(Column.SERIES).size();
    if (from >= to) {
      throw unfit("it has no steps", "a list of steps such as [[0.1, 2], [0.3, 4]]", "Correct it");
    }
    float[] values = new float[(to - from) * channels];
    for (int i = 0; i < values.length; i++) {
      int t = from + i / channels;
      JsonNode step = steps.get(t);
      JsonNode number = step.isArray() ? step.path(i % channels) : step;
      if (!number.isNumber()
          || !Float.isFinite(number.floatValue())
          || (step.isArray() ? step.size() : 1) != channels) {
        throw unfit("step %d is %s".formatted(t, step), channels + " numbers", "Correct it");
      }
      values[i] = number.floatValue();
    }
    Facts facts = model.schema().facts(Column.SERIES);
    return (Numbers) facts.scaled(Numbers.of(channels, values));
  }

  /** The last steps of a series, and what the model forecasts of them. */
  private Prepared forecast(Forecast task, String given) {
    JsonNode json = json(given);
    JsonNode steps = json.isObject() ? json.path("steps") : json;
    int lookBack = task.longest();
    if (steps.size() < lookBack) {
      throw unfit(
          "the series has %d steps".formatted(steps.size()),
          "at least the %d of forecast.look-back".formatted(lookBack),
          "Give more");
    }
    Numbers last = series(steps, steps.size() - lookBack, steps.size());
    long time = task.readsCalendar() ? time(json.path("time").asText()) : 0;
    Row row = new Row(Map.of(Column.SERIES, last, Document.TIME, TimeStep.cell(time)));
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard()) {
      Object predicted = task.predict(weights, List.of(row), new long[1]).get(0).values().get(0);
      return new Prepared(
          task.below(weights, row),
          task.below(),
          steps(Column.SERIES, last),
          List.of(),
          ofChannels(predicted));
    }
  }

  private long time(String text) {
    return Field.Moment.parse(text)
        .orElseThrow(
            () ->
                unfit(
                    "the time of the last step is \"%s\"".formatted(text),
                    "{\"time\": \"2018-02-28 23:00:00\", \"steps\": [[0.1, 2], …]}, for its model reads the calendar",
                    "Give both"))
        .millis();
  }

  /** The first steps that are forecast of the first channels. */
  private static List<Insight.Prediction> ofChannels(Object forecast) {
    return ((Map<?, ?>) forecast)
        .entrySet().stream()
            .limit(MOST_PREDICTIONS)
            .map(
                channel -> {
                  List<?> steps = (List<?>) channel.getValue();
                  String first =
                      steps.stream()
                          .limit(MOST_PREDICTIONS)
                          .map(step -> String.format(Locale.ROOT, "%.4g", (Double) step))
                          .collect(Collectors.joining(", "));
                  String more = steps.size() > MOST_PREDICTIONS ? ", …" : "";
                  return new Insight.Prediction(channel.getKey() + ": " + first + more, Double.NaN);
                })
            .toList();
  }

  private int most() {
    return Math.min(MOST_STEPS, task.longest());
  }

  /** Ids cut to what is looked at, the end-of-text id last, as rows of a dataset have it. */
  private int[] ended(String column, int[] ids) {
    return tokenizer(column).ended(Arrays.copyOf(ids, Math.min(ids.length, most() - 1)));
  }

  private List<String> steps(String column, Values cell) {
    if (cell instanceof Ids ids) {
      return pieces(column, ids.values());
    }
    return IntStream.rangeClosed(1, cell.lengths()[0]).mapToObj(String::valueOf).toList();
  }

  /** Decodes each id alone; the end of the text is named. */
  private List<String> pieces(String column, int... ids) {
    Tokenizer known = tokenizer(column);
    return Arrays.stream(ids)
        .mapToObj(id -> id == known.endOfText() ? "end" : known.decode(new int[] {id}))
        .toList();
  }

  private Tokenizer tokenizer(String column) {
    return model
        .tokenizer(column)
        .orElseThrow(
            () -> unfit("it has no tokenizer", "a model of text or series", "Leave --inside out"));
  }

  private ChoraleException unfit(String found, String expected, String advice) {
    return new ChoraleException(
        "Cannot look inside of run %s: %s, expected %s. %s."
            .formatted(model.settings().run().path(), found, expected, advice));
  }
}
