package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.ModelSettings;
import io.chorale.config.RotaryScaling;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.model.ParameterLayout;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the model of Hugging Face's library that computes what one of ours does: the layout of its
 * blocks by positions, normalisation and activation, and the class by the task.
 */
final class HubModel {
  private static final String POSITIONS = "max_position_embeddings";

  private final ExportedModel model;
  private final ExportFormat format;
  private final Settings settings;
  private final HubTokens tokens;
  private final HubLayout layout;
  private final ModelFacts facts;

  /**
   * Takes a model.
   *
   * @param format for messages
   * @throws SettingsException where the library has none that computes the same
   */
  HubModel(ExportFormat format, ExportedModel model) {
    this.model = model;
    this.format = format;
    this.settings = model.trained().settings();
    Schema schema = model.trained().schema();
    checkTask(schema);
    this.tokens = new HubTokens(model);
    Task task = model.trained().task();
    this.facts = new ModelFacts(settings, task.layout(), rows(task.layout()), tokens.end());
    this.layout = layout();
  }

  private static long rows(ParameterLayout layout) {
    return layout.entries().stream()
        .filter(entry -> entry.name().endsWith("embedding.weight"))
        .findFirst()
        .orElseThrow()
        .shape()[0];
  }

  private void checkTask(Schema schema) {
    if (settings.model().kind() != ModelSettings.Kind.TRANSFORMER) {
      throw refused("model.kind", "transformer", "Write it as onnx.");
    }
    switch (settings.task().kind()) {
      case LANGUAGE_MODEL -> {}
      case TAGGING -> {
        if (settings.task().direction() != Direction.CAUSAL) {
          throw refused(
              "task.direction",
              "causal, as no model there reads both ways with such blocks",
              "Write it as onnx.");
        }
        if (schema.find(Column.TEXT).isEmpty()) {
          throw model.refused(
              format, "it tags series", "a model that tags texts", "Write it as onnx.");
        }
      }
      default ->
          throw refused(
              "task.kind",
              "language-model, or tagging with task.direction causal: a classifier's head has a bias there is no place for",
              "Write it as onnx.");
    }
  }

  private HubLayout layout() {
    checkBlocks();
    return HubLayout.of(facts, tokens.published().map(HubConfig::type).orElse(""));
  }

  private void checkBlocks() {
    AttentionSettings attention = settings.attention();
    if (attention.positions() == Positions.SINUSOIDAL) {
      throw refused("attention.positions", "learned or rotary", "Write it as onnx.");
    }
    boolean gated = attention.activation().gated();
    boolean shifted = attention.norm() == Norm.LAYER;
    if (attention.positions() == Positions.LEARNED) {
      if (!shifted) {
        throw refused("attention.norm", "layer beside learned positions", "Write it as onnx.");
      }
      if (gated) {
        throw refused("attention.activation", "gelu beside learned positions", "Write it as onnx.");
      }
      checkPlainHeads("beside learned positions");
      return;
    }
    if (gated == shifted) {
      throw refused(
          "attention.activation",
          shifted ? "gelu beside layer normalisation" : "swiglu beside rms normalisation",
          "Write it as onnx.");
    }
    if (gated) {
      if (attention.qkNorm() && attention.biasOfQkv()) {
        throw refused(
            attention.bias() ? "attention.bias" : "attention.qkv-bias",
            "false beside attention.qk-norm",
            "Write it as onnx.");
      }
      return;
    }
    checkPlainHeads("beside layer normalisation");
    if (!attention.scaling().equals(RotaryScaling.NONE)) {
      throw refused(
          "attention.rotary-scaling", "none beside layer normalisation", "Write it as onnx.");
    }
  }

  /** Refuses heads that layouts with layer norms do not have. */
  private void checkPlainHeads(String beside) {
    AttentionHeads heads = facts.heads();
    if (heads.group() != 1) {
      throw refused("attention.kv-heads", "that of heads " + beside, "Write it as onnx.");
    }
    if (heads.queries() != facts.width()) {
      throw refused("attention.head-size", "width / heads " + beside, "Write it as onnx.");
    }
    if (facts.attention().qkNorm()) {
      throw refused("attention.qk-norm", "false " + beside, "Write it as onnx.");
    }
  }

  /** The error about a setting of the model. */
  private SettingsException refused(String key, String expected, String advice) {
    return model.refused(
        format, "its %s is %s".formatted(key, SettingsFile.value(settings, key)), expected, advice);
  }

  HubLayout layoutOfBlocks() {
    return layout;
  }

  ModelFacts facts() {
    return facts;
  }

  /** The tokens with which texts begin and end. */
  HubTokens tokens() {
    return tokens;
  }

  /** Whether it predicts the next token. */
  boolean writesText() {
    return settings.task().kind() == Kind.LANGUAGE_MODEL;
  }

  /** All arrays of the class. */
  List<MappedArray> arrays() {
    List<MappedArray> arrays = new ArrayList<>(layout.arrays());
    if (!writesText()) {
      String head = layout instanceof LlamaLayout ? "score" : "classifier";
      arrays.add(MappedArray.of(head + ".weight", facts.parameter("head.weight")));
      arrays.add(MappedArray.of(head + ".bias", facts.parameter("head.bias")));
    } else if (!facts.tied()) {
      arrays.add(MappedArray.of(layout.head(), facts.parameter("head.weight")));
    }
    return arrays;
  }

  /** The content of config.json. */
  ObjectNode config(NumberType type) {
    ObjectNode config = instance.objectNode();
    String kind = writesText() ? "ForCausalLM" : "ForTokenClassification";
    String head = layout instanceof Gpt2Layout && writesText() ? "LMHeadModel" : kind;
    config.putArray("architectures").add(layout.className() + head);
    config.put("model_type", layout.modelType()).put("vocab_size", facts.vocabulary());
    layout.configure(config);
    config.put("initializer_range", settings.attention().initializerRange());
    config.put("tie_word_embeddings", facts.tied());
    tokens.addTo(config);
    tokens.published().ifPresent(known -> keepPositions(known, config));
    // Versions 5 and 4 of the library call it so.
    config.put("dtype", type.key()).put("torch_dtype", type.key());
    if (!writesText()) {
      ObjectNode names = config.putObject("id2label");
      ObjectNode numbers = config.putObject("label2id");
      List<String> labels = model.trained().schema().facts(Column.TAGS).labels();
      for (int label = 0; label < labels.size(); label++) {
        names.put(Integer.toString(label), labels.get(label));
        numbers.put(labels.get(label), label);
      }
      config.put("classifier_dropout", 0.0);
    }
    return config;
  }

  /** Keeps how far positions may go, which training does not change. */
  private static void keepPositions(HubConfig known, ObjectNode config) {
    if (config.path(POSITIONS).asInt() < known.at(POSITIONS).asInt()) {
      config.set(POSITIONS, known.at(POSITIONS));
    }
  }
}
