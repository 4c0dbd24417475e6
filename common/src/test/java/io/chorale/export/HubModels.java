package io.chorale.export;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.SourceFolder;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.evaluate.Predictor;
import io.chorale.generate.NextToken;
import io.chorale.io.Storage;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.LanguageModel;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Models of each layout that other tools read, and what they compute. */
final class HubModels {
  static final Map<String, List<String>> LAYOUTS = new LinkedHashMap<>();

  static {
    LAYOUTS.put(
        "llama",
        List.of(
            "attention.positions=rotary",
            "attention.norm=rms",
            "attention.activation=swiglu",
            "attention.feed-forward=20"));
    LAYOUTS.put(
        "gpt2",
        List.of(
            "attention.positions=learned", "attention.norm=layer", "attention.activation=gelu"));
    LAYOUTS.put(
        "gpt_neox",
        List.of("attention.positions=rotary", "attention.norm=layer", "attention.activation=gelu"));
  }

  /** What published models have that the others have not. */
  static final Map<String, List<String>> PUBLISHED = new LinkedHashMap<>();

  static {
    PUBLISHED.put(
        "smollm2",
        llama("attention.heads=6", "attention.kv-heads=2", "attention.rotary-base=100000"));
    PUBLISHED.put(
        "llama3",
        llama(
            "attention.kv-heads=1",
            "attention.head-size=8",
            "attention.rotary-scaling={factor: 8, low: 1, high: 4, context: 16}"));
    PUBLISHED.put(
        "qwen2",
        llama(
            "attention.heads=3",
            "attention.kv-heads=1",
            "attention.qkv-bias=true",
            "attention.norm-epsilon=1e-6",
            "attention.rotary-base=1000000",
            "model.tied-head=false"));
    PUBLISHED.put(
        "qwen3",
        llama(
            "attention.heads=4",
            "attention.kv-heads=2",
            "attention.head-size=10",
            "attention.qk-norm=true",
            "attention.norm-epsilon=1e-3",
            "attention.rotary-scaling={factor: 2}"));
    PUBLISHED.put(
        "gpt2-tanh",
        List.of(
            "attention.positions=learned",
            "attention.norm=layer",
            "attention.norm-epsilon=1e-3",
            "attention.activation=gelu-tanh",
            "attention.bias=true"));
  }

  private static List<String> llama(String... more) {
    List<String> settings = new ArrayList<>(LAYOUTS.get("llama"));
    settings.addAll(List.of(more));
    return settings;
  }

  static final List<String> BYTE_PAIRS = List.of("tokenizer.kind=bpe", "tokenizer.vocabulary=300");

  private static final String BEGIN = "<|begin|>";

  private HubModels() {}

  /** A model of a run. */
  record Made(ExportedModel model) {
    /** The scores of what may come after some ids, or after each of them the scores of tags. */
    float[] logits(int[] ids) {
      LanguageModel task = (LanguageModel) model.trained().task();
      Engine.start();
      try (NoGradGuard guard = new NoGradGuard();
          StepScope scope = new StepScope();
          NextToken reader = task.reader(model.trained().parameters())) {
        Tensor logits = reader.read(ids, 1, State.NONE).logits();
        float[] scores = new float[Math.toIntExact(logits.numel())];
        logits.contiguous().data_ptr_float().get(scores);
        return scores;
      }
    }

    /** The ids of a text as it is read by those who let the model go on from it. */
    int[] ids(String text) {
      Tokenizer tokenizer = model.trained().tokenizer(Column.TEXT).orElseThrow();
      return IntStream.concat(
              IntStream.of(model.trained().begin()), IntStream.of(tokenizer.encode(text)))
          .toArray();
    }

    /** The likeliest tags. */
    Object tags(int[] ids) {
      var task = model.trained().task();
      try (Weights weights =
              Weights.frozen(task.layout(), model.trained().parameters(), Device.CPU);
          Predictor predictor = new Predictor(task, weights, 4)) {
        Row row = new Row(Map.of(Column.TEXT, Ids.of(ids)));
        return predictor.predict(List.of(row), new long[] {0}).get(0).values().get(0);
      }
    }
  }

  /** What a model can read of ids: at least one, and no more than its context. */
  static int[] read(int[] ids) {
    return Arrays.copyOf(ids, Math.max(1, Math.min(ids.length, 24)));
  }

  /** A language model of a layout with byte-level BPE, of a run of its own in a directory. */
  static Made made(Storage storage, Path directory, String layout, String... overrides) {
    List<String> settings = new ArrayList<>(LAYOUTS.getOrDefault(layout, PUBLISHED.get(layout)));
    settings.addAll(BYTE_PAIRS);
    settings.addAll(List.of(overrides));
    Path run = directory.resolve("run-" + List.of(overrides).hashCode());
    return made(storage, run, settings);
  }

  static Made made(Storage storage, Path run, List<String> overrides) {
    Settings settings = MadeModel.settings(overrides.toArray(String[]::new));
    return made(storage, run, settings, MadeModel.tokenizers(settings));
  }

  /**
   * A Llama whose tokenizer puts a control token before each text, as that of Llama 3 does.
   *
   * @param published whether it began from a published model
   */
  static Made beginning(Storage storage, Path run, boolean published) {
    List<String> overrides = new ArrayList<>(LAYOUTS.get("llama"));
    overrides.addAll(BYTE_PAIRS);
    overrides.add("tokenizer.pattern=llama3");
    overrides.addAll(published ? List.of("model.from=published") : List.of());
    Settings settings = MadeModel.settings(overrides.toArray(String[]::new));
    byte[] tokenizer = beginning(MadeModel.tokenizer(settings), settings.tokenizer().vocabulary());
    Map<String, byte[]> files = new TreeMap<>(Map.of(Dataset.TOKENIZER, tokenizer));
    if (published) {
      files.put(SourceFolder.inRun(SourceFolder.TOKENIZER), tokenizer);
      ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", "llama");
      files.put(
          SourceFolder.inRun(SourceFolder.CONFIG),
          bytes(config.put("bos_token_id", 300).put("eos_token_id", 0)));
      ObjectNode named = JsonNodeFactory.instance.objectNode();
      named.put("tokenizer_class", "PreTrainedTokenizerFast").put("bos_token", BEGIN);
      files.put(
          SourceFolder.inRun(SourceFolder.TOKENIZER_CONFIG),
          bytes(named.put("eos_token", "<|endoftext|>")));
    }
    return made(storage, run, settings, files);
  }

  /** A tokenizer.json that puts a control token of its own, with that id, before each text. */
  static byte[] beginning(byte[] json, int id) {
    ObjectNode tokenizer = json(json);
    ObjectNode token = tokenizer.withArray("added_tokens").addObject().put("id", id);
    token.put("content", BEGIN).put("single_word", false).put("lstrip", false);
    token.put("rstrip", false).put("normalized", false).put("special", true);
    ObjectNode around = tokenizer.putObject("post_processor").put("type", "TemplateProcessing");
    for (String shape : List.of("single", "pair")) {
      ArrayNode pieces = around.putArray(shape);
      pieces.addObject().putObject("SpecialToken").put("id", BEGIN).put("type_id", 0);
      pieces.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    }
    ((ArrayNode) around.get("pair"))
        .addObject()
        .putObject("Sequence")
        .put("id", "B")
        .put("type_id", 1);
    ObjectNode known = around.putObject("special_tokens").putObject(BEGIN).put("id", BEGIN);
    known.putArray("ids").add(id);
    known.putArray("tokens").add(BEGIN);
    return bytes(tokenizer);
  }

  private static ObjectNode json(byte[] bytes) {
    try {
      return (ObjectNode) JsonMapper.builder().build().readTree(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(ObjectNode root) {
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** With those tokenizers. */
  static Made made(Storage storage, Path run, Settings settings, Map<String, byte[]> tokenizers) {
    Schema schema = MadeModel.schema(settings, tokenizers);
    return new Made(
        MadeModel.of(
            storage, new org.apache.hadoop.fs.Path(run.toString()), settings, schema, tokenizers));
  }
}
