package io.chorale.export;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings of a model here that computes what one of Hugging Face's library does, by the {@code
 * config.json} of that.
 */
final class HubShape {
  /** The settings that a published model decides. */
  static final Set<String> KEYS =
      Set.of(
          "model.kind",
          "model.layers",
          "model.width",
          "model.vocabulary",
          "model.tied-head",
          "attention.heads",
          "attention.kv-heads",
          "attention.head-size",
          "attention.feed-forward",
          "attention.positions",
          "attention.rotary-base",
          "attention.rotary-scaling",
          "attention.norm",
          "attention.norm-epsilon",
          "attention.qk-norm",
          "attention.activation",
          "attention.bias",
          "attention.qkv-bias",
          "attention.initializer-range");

  private static final int MOST_TOKENS = 1 << 24;
  private static final Set<String> TANH = Set.of("gelu_new", "gelu_pytorch_tanh");
  private static final String THETA = "rope_theta";
  private static final String FACTOR = "factor";
  private static final String LOW = "low_freq_factor";
  private static final String HIGH = "high_freq_factor";
  private static final String BEFORE = "original_max_position_embeddings";
  private static final String PART = "partial_rotary_factor";

  /** The keys of rotary positions that are understood. */
  private static final Set<String> ROTARY =
      Set.of("rope_type", "type", THETA, FACTOR, LOW, HIGH, BEFORE, PART);

  private final HubConfig config;
  private final Map<String, Object> settings = new LinkedHashMap<>();

  private HubShape(HubConfig config) {
    this.config = config;
    int tokens = config.number("vocab_size");
    if (tokens > MOST_TOKENS) {
      throw config.refused("vocab_size", "at most " + MOST_TOKENS);
    }
    settings.put("model.kind", "transformer");
    settings.put("model.vocabulary", tokens);
    settings.put("attention.initializer-range", config.real("initializer_range", 0.02));
    if (config.type().equals(HubConfig.GPT2)) {
      gpt2();
    } else {
      llama();
    }
  }

  /** The values of all of {@link #KEYS}, as {@code section.key=value}. */
  static List<String> of(HubConfig config) {
    return new HubShape(config)
        .settings.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .toList();
  }

  private void gpt2() {
    int width = config.number("n_embd");
    settings.put("model.layers", config.number("n_layer"));
    settings.put("model.width", width);
    settings.put("model.tied-head", config.flag("tie_word_embeddings", true));
    heads(config.number("n_head"), 0, 0);
    settings.put(
        "attention.feed-forward",
        config.find("n_inner").map(Integer::longValue).orElse(4L * width));
    settings.put("attention.positions", "learned");
    rotary(10_000, "{}");
    norm("layer", config.real("layer_norm_epsilon", 1e-5), false);
    String activation = config.text("activation_function", "gelu_new");
    if (!activation.equals("gelu") && !TANH.contains(activation)) {
      throw config.refused("activation_function", "gelu or gelu_new");
    }
    settings.put("attention.activation", TANH.contains(activation) ? "gelu-tanh" : "gelu");
    biases(true, false);
  }

  private void llama() {
    int width = config.number("hidden_size");
    int heads = config.number("num_attention_heads");
    boolean llama = config.type().equals(LlamaLayout.LLAMA);
    boolean qwen3 = config.type().equals(LlamaLayout.QWEN3);
    settings.put("model.layers", config.number("num_hidden_layers"));
    settings.put("model.width", width);
    settings.put("model.tied-head", config.flag("tie_word_embeddings", false));
    int shared = llama ? config.find("num_key_value_heads").orElse(heads) : sharedOfQwen();
    int size = config.find("head_dim").orElseGet(() -> qwen3 ? 128 : Math.max(1, width / heads));
    heads(heads, shared == heads ? 0 : shared, (long) size * heads == width ? 0 : size);
    settings.put("attention.feed-forward", config.number("intermediate_size"));
    settings.put("attention.positions", "rotary");
    rotary();
    norm("rms", config.real("rms_norm_eps", 1e-6), qwen3);
    if (!config.text("hidden_act", "silu").equals("silu")) {
      throw config.refused("hidden_act", "silu");
    }
    settings.put("attention.activation", "swiglu");
    boolean attention = config.flag("attention_bias", false);
    boolean mlp = config.flag("mlp_bias", false);
    if (mlp && !attention) {
      throw config.refused("mlp_bias", "false without attention_bias");
    }
    if (attention && !llama) {
      throw config.refused("attention_bias", "false");
    }
    biases(mlp, config.type().equals(LlamaLayout.QWEN2) || (attention && !mlp));
  }

  /** What the library takes where it is not there is no model's. */
  private int sharedOfQwen() {
    return config.number("num_key_value_heads");
  }

  private void heads(int heads, int shared, int size) {
    settings.put("attention.heads", heads);
    settings.put("attention.kv-heads", shared);
    settings.put("attention.head-size", size);
  }

  private void norm(String kind, double epsilon, boolean ofHeads) {
    settings.put("attention.norm", kind);
    settings.put("attention.norm-epsilon", epsilon);
    settings.put("attention.qk-norm", ofHeads);
  }

  private void biases(boolean all, boolean qkv) {
    settings.put("attention.bias", all);
    settings.put("attention.qkv-bias", qkv);
  }

  private void rotary(double base, String scaling) {
    settings.put("attention.rotary-base", base);
    settings.put("attention.rotary-scaling", scaling);
  }

  /**
   * Version 5 of the library has it in one place, those before it in two, which it reads first
   * where they are there.
   */
  private void rotary() {
    JsonNode before = config.at("rope_scaling");
    boolean old = !before.isMissingNode() && !(before.isObject() && before.isEmpty());
    String key = old ? "rope_scaling" : "rope_parameters";
    JsonNode scaling = config.at(key);
    boolean known = scaling.isMissingNode() || scaling.isObject();
    for (Map.Entry<String, JsonNode> entry : scaling.properties()) {
      known &= ROTARY.contains(entry.getKey());
    }
    if (!known || scaling.path(PART).asDouble(1) != 1) {
      throw config.refused(key, "rotary positions of all units, alike in all layers");
    }
    double base = scaling.has(THETA) ? number(scaling, key, THETA) : config.real(THETA, 10_000);
    String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
    switch (type) {
      case "default" -> rotary(base, "{}");
      case "linear" -> rotary(base, "{factor: %s}".formatted(real(scaling, key, FACTOR)));
      case "llama3" ->
          rotary(
              base,
              "{factor: %s, low: %s, high: %s, context: %s}"
                  .formatted(
                      real(scaling, key, FACTOR),
                      real(scaling, key, LOW),
                      real(scaling, key, HIGH),
                      real(scaling, key, BEFORE)));
      default -> throw config.refused(key, "the type default, linear or llama3");
    }
  }

  private double number(JsonNode scaling, String key, String name) {
    double value = scaling.path(name).asDouble(0);
    if (!scaling.path(name).isNumber() || !(value > 0) || Double.isInfinite(value)) {
      throw config.refused(key, "a number above 0 as its " + name);
    }
    return value;
  }

  private String real(JsonNode scaling, String key, String name) {
    return BigDecimal.valueOf(number(scaling, key, name)).stripTrailingZeros().toPlainString();
  }
}
