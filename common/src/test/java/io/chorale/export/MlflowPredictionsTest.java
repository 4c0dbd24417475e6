package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.chorale.chat.Chat;
import io.chorale.chat.Conversation;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.evaluate.Predictor;
import io.chorale.io.Storage;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exported Python code predicts what Chorale predicts, whatever the model and the task. */
class MlflowPredictionsTest {
  private static final double CLOSE = 1e-4;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final float[][] SERIES = {
    {3.5f, -1, 2.25f, -1.75f, 4, -1.5f}, {0, 0}, {1e3f, -2e2f, 3, -1.5f}
  };

  /** Of each kind of model some that differ; each task meets one of each kind, in turn. */
  private static final Map<String, List<List<String>>> MODELS =
      Map.of(
          "transformer",
          List.of(
              List.of(),
              List.of(
                  "attention.positions=rotary",
                  "attention.norm=rms",
                  "attention.activation=swiglu",
                  "attention.feed-forward=20",
                  "model.tied-head=false"),
              List.of("attention.positions=sinusoidal", "attention.bias=true"),
              List.of(
                  "attention.positions=rotary",
                  "attention.kv-heads=1",
                  "attention.head-size=8",
                  "attention.qk-norm=true",
                  "attention.norm-epsilon=0.01",
                  "attention.rotary-scaling={factor: 8, low: 1, high: 4, context: 16}",
                  "attention.activation=gelu-tanh")),
          "lstm",
          List.of(
              List.of("recurrence.embedding=7", "model.tied-head=false"),
              List.of("recurrence.layer-norm=true")),
          "gru",
          List.of(List.of(), List.of("recurrence.layer-norm=true")),
          "rnn",
          List.of(
              List.of(), List.of("recurrence.nonlinearity=relu", "recurrence.layer-norm=true")));

  /** Settings of each task. Series stand for rows that are no texts. */
  private static final Map<String, List<String>> TASKS = new LinkedHashMap<>();

  static {
    TASKS.put("likeliest", List.of("task.kind=language-model", "generate.temperature=0"));
    TASKS.put(
        "drawn",
        List.of(
            "task.kind=language-model",
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=300",
            "generate.temperature=0.9",
            "generate.top-k=40",
            "generate.top-p=0.9",
            "generate.seed=-7",
            "generate.stop=e"));
    TASKS.put(
        "begun",
        List.of(
            "task.kind=language-model",
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=300",
            "generate.temperature=0",
            "model.from=published"));
    TASKS.put(
        "answers",
        List.of(
            "task.kind=language-model",
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=300",
            "generate.temperature=0"));
    TASKS.put("classes", List.of("task.kind=classification", "task.pooling=mean"));
    TASKS.put(
        "classes-last",
        List.of(
            "task.kind=classification",
            "task.pooling=last",
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=290",
            "tokenizer.pattern=\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+|\\s+"));
    TASKS.put(
        "classes-of-series",
        List.of("task.kind=classification", "task.pooling=learned", "task.direction=causal"));
    TASKS.put(
        "tags", List.of("task.kind=tagging", "tokenizer.kind=words", "tokenizer.vocabulary=20"));
    TASKS.put("tags-of-series", List.of("task.kind=tagging", "task.direction=causal"));
    TASKS.put(
        "numbers",
        List.of(
            "task.kind=regression",
            "task.pooling=learned",
            "tokenizer.kind=words",
            "tokenizer.vocabulary=20"));
    TASKS.put("numbers-of-series", List.of("task.kind=regression", "task.pooling=last"));
    TASKS.put("masked", List.of("task.kind=masked-language-model"));
    TASKS.put("greedy", List.of("task.kind=translation"));
    TASKS.put(
        "beams",
        List.of(
            "task.kind=translation",
            "tokenizer.kind=bpe",
            "tokenizer.vocabulary=270",
            "generate.beam=3",
            "generate.length-penalty=1.1",
            "generate.tokens=9"));
    TASKS.put(
        "separate",
        List.of(
            "task.kind=translation",
            "tokenizer.kind=words",
            "tokenizer.vocabulary=20",
            "tokenizer.target=separate",
            "generate.beam=2"));
    TASKS.put("of-vectors", List.of("task.kind=from-vector", "generate.beam=2"));
    TASKS.put("contrastive", List.of("task.kind=contrastive", "model.dropout=0.1"));
  }

  private static final List<String> CONTROL = List.of("<|im_start|>", "<|im_end|>");

  private static final String TEMPLATE =
      "{{ strftime_now('%d %B %Y') }}{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
          + "{% if m.role == 'assistant' %}{% generation %}{{ m.content|trim }}{% endgeneration %}"
          + "{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>' + eos_token }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

  @TempDir static Path directory;

  private final Storage storage = new Storage(new Configuration());

  /** Rows for a model, and Chorale's predictions for them. */
  private record Case(
      String name, ObjectNode asked, List<String> outputs, List<Prediction> found) {}

  @BeforeAll
  static void needsPython() throws IOException, InterruptedException {
    Optional<String> missing = Python.missing("numpy, regex, jinja2");
    missing.ifPresent(why -> System.err.println("SKIPPED: exported code is not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
  }

  @Test
  void ofEachTaskWithEachKindOfModel() throws Exception {
    List<Case> cases = new ArrayList<>();
    int turn = 0;
    for (Map.Entry<String, List<String>> task : TASKS.entrySet()) {
      for (String kind : MODELS.keySet()) {
        List<List<String>> models = MODELS.get(kind);
        List<String> settings =
            new ArrayList<>(
                List.of(
                    "tokenizer.kind=characters", "tokenizer.vocabulary=45", "model.kind=" + kind));
        settings.addAll(models.get(turn % models.size()));
        settings.addAll(task.getValue());
        cases.add(made(task.getKey() + "-" + kind, settings.toArray(String[]::new)));
      }
      turn++;
    }
    ArrayNode asked = JSON.createArrayNode();
    cases.forEach(each -> asked.add(each.asked()));
    JsonNode answers = Python.run(asked);
    assertEquals(cases.size(), answers.size());
    for (int i = 0; i < cases.size(); i++) {
      check(cases.get(i), answers.get(i));
    }
  }

  private Case made(String name, String... overrides) throws Exception {
    Settings settings = MadeModel.settings(overrides);
    Map<String, byte[]> json = name.contains("series") ? Map.of() : MadeModel.tokenizers(settings);
    if (name.startsWith("begun")) {
      json.compute(
          Dataset.TOKENIZER,
          (file, bytes) ->
              HubModels.beginning(bytes, Tokenizers.load(bytes, "made").vocabularySize()));
    }
    if (name.startsWith("answers")) {
      json.compute(
          Dataset.TOKENIZER,
          (file, bytes) ->
              Tokenizers.withChat(
                  bytes, new ChatTemplate(TEMPLATE, Map.of(), "2026-03-01"), CONTROL, "made"));
    }
    Schema made = MadeModel.schema(settings, json);
    Schema schema = name.startsWith("answers") ? MadeModel.answering(made) : made;
    ExportedModel model =
        MadeModel.of(
            storage,
            new org.apache.hadoop.fs.Path(directory + "/run-" + name),
            settings,
            schema,
            json);
    Path folder = directory.resolve("mlflow-" + name);
    ExportFormat.MLFLOW.write(
        storage, new org.apache.hadoop.fs.Path(folder.toString()), ExportOptions.of(false), model);
    ObjectNode asked = JSON.createObjectNode();
    JsonNode flavor =
        new YAMLMapper()
            .readTree(folder.resolve("MLmodel").toFile())
            .at("/flavors/python_function");
    asked.put("folder", folder.toString());
    List.of("loader_module", "code", "data").forEach(key -> asked.set(key, flavor.get(key)));
    ArrayNode values = asked.putArray("rows");
    List<Row> rows = new ArrayList<>();
    Task task = model.trained().task();
    if (!json.isEmpty()) {
      byte[] own = json.getOrDefault(Dataset.TARGET_TOKENIZER, json.get(Dataset.TOKENIZER));
      task = task.writing(Tokenizers.load(own, "made"));
    }
    if (name.contains("vectors")) {
      for (float[] series : SERIES) {
        float[] vector = Arrays.copyOf(series, 2);
        values.addArray().add(vector[0]).add(vector[1]);
        rows.add(
            new Row(
                Map.of(Column.VECTOR, schema.facts(Column.VECTOR).scaled(Numbers.of(2, vector)))));
      }
    } else if (!json.isEmpty()) {
      Tokenizer tokenizer = Tokenizers.load(json.get(Dataset.TOKENIZER), "made");
      boolean ends = !task.continuesText() && schema.find(Column.TAGS).isEmpty();
      if (name.startsWith("answers")) {
        Chat chat = Chat.of(tokenizer).orElseThrow();
        for (String text : MadeModel.TEXTS) {
          values.add(text);
          rows.add(asked(chat, Conversation.of(text)));
          String told = "well, " + text + "<|im_end|>\n";
          ArrayNode messages = values.addArray();
          messages.addObject().put("role", "user").put("content", text);
          messages.addObject().put("role", "assistant").put("content", told);
          messages.addObject().put("role", "<|im_start|>").put("content", "<|im_start|>");
          rows.add(asked(chat, Conversation.parse(messages.toString())));
        }
      }
      for (String text : rows.isEmpty() ? MadeModel.TEXTS : List.<String>of()) {
        values.add(text);
        int[] ids = tokenizer.encode(text);
        int[] begun = task.beginsTexts() ? tokenizer.begun(ids) : ids;
        rows.add(new Row(Map.of(Column.TEXT, Ids.of(ends ? tokenizer.ended(ids) : begun))));
      }
    } else {
      for (float[] series : SERIES) {
        ArrayNode steps = values.addArray();
        for (int i = 0; i < series.length; i += 2) {
          steps.addArray().add(series[i]).add(series[i + 1]);
        }
        Numbers numbers = Numbers.of(2, series);
        rows.add(new Row(Map.of(Column.SERIES, schema.facts(Column.SERIES).scaled(numbers))));
      }
    }
    List<Prediction> found;
    try (Weights weights = Weights.frozen(task.layout(), model.trained().parameters(), Device.CPU);
        Predictor predictor = new Predictor(task, weights, 4)) {
      found = predictor.predict(rows, LongStream.range(0, rows.size()).toArray());
    }
    return new Case(
        name, asked, task.outputs().stream().map(output -> output.name()).toList(), found);
  }

  private static Row asked(Chat chat, Conversation conversation)
      throws Conversation.UnfitException {
    return new Row(Map.of(Column.TEXT, Ids.of(chat.prompt(conversation))));
  }

  private static void check(Case made, JsonNode rows) {
    assertEquals(made.found().size(), rows.size(), made.name());
    for (int row = 0; row < rows.size(); row++) {
      for (int output = 0; output < made.outputs().size(); output++) {
        String name = made.outputs().get(output);
        String where = "%s, row %d, %s: %s".formatted(made.name(), row, name, rows.get(row));
        compare(made.found().get(row).values().get(output), rows.get(row).path(name), where);
      }
      assertTrue(rows.get(row).get("reason").isNull(), made.name());
    }
  }

  private static void compare(Object expected, JsonNode found, String where) {
    if (expected instanceof Double number) {
      assertEquals(number, found.asDouble(), CLOSE * Math.max(1, Math.abs(number)), where);
    } else if (expected instanceof float[] vector) {
      assertEquals(vector.length, found.size(), where);
      for (int i = 0; i < vector.length; i++) {
        assertEquals(vector[i], found.get(i).asDouble(), CLOSE, where);
      }
    } else if (expected instanceof Map<?, ?> map) {
      List<String> names = new ArrayList<>();
      found.fieldNames().forEachRemaining(names::add);
      assertEquals(List.copyOf(map.keySet()), names, where);
      map.forEach((name, value) -> compare(value, found.get((String) name), where));
    } else if (expected instanceof List<?> list) {
      assertEquals(list.size(), found.size(), where);
      for (int i = 0; i < list.size(); i++) {
        compare(list.get(i), found.get(i), where);
      }
    } else {
      assertEquals(expected, found.asText(), where);
    }
  }
}
