package io.chorale.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.AttentionHeads;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Llama: rotary positions, normalisation by root mean square, a gated feed-forward layer; and those
 * that differ from it by biases of queries, keys and values alone (Qwen2) or by norms of queries
 * and keys (Qwen3).
 *
 * <p>A model with the biases that is none of Qwen's own is written as a Llama whose other biases of
 * attention are zero: for a Qwen2, transformers makes Qwen's tokenizer whatever the folder says.
 *
 * @param modelType llama, qwen2 or qwen3
 */
record LlamaLayout(ModelFacts facts, String modelType) implements HubLayout {
  static final String LLAMA = "llama";
  static final String QWEN2 = "qwen2";
  static final String QWEN3 = "qwen3";

  /**
   * The layout of a model.
   *
   * @param source the type of the published model that it began from; empty for none
   */
  static LlamaLayout of(ModelFacts facts, String source) {
    boolean qkvAlone = facts.attention().qkvBias() && !facts.attention().bias();
    String type = facts.attention().qkNorm() ? QWEN3 : LLAMA;
    return new LlamaLayout(facts, qkvAlone && source.equals(QWEN2) ? QWEN2 : type);
  }

  @Override
  public String className() {
    return modelType.substring(0, 1).toUpperCase(Locale.ROOT) + modelType.substring(1);
  }

  @Override
  public String head() {
    return "lm_head.weight";
  }

  @Override
  public List<MappedArray> arrays() {
    List<MappedArray> arrays = new ArrayList<>();
    arrays.add(MappedArray.of("model.embed_tokens.weight", facts.parameter("embedding.weight")));
    for (int layer : facts.layerNumbers()) {
      String ours = "layers.%d.".formatted(layer);
      String theirs = "model.layers.%d.".formatted(layer);
      whole(arrays, theirs + "input_layernorm.weight", ours + "attention.norm.weight");
      whole(arrays, theirs + "post_attention_layernorm.weight", ours + "mlp.norm.weight");
      whole(arrays, theirs + "self_attn.q_norm.weight", ours + "attention.q-norm.weight");
      whole(arrays, theirs + "self_attn.k_norm.weight", ours + "attention.k-norm.weight");
      for (String kind : List.of(".weight", ".bias")) {
        attention(arrays, theirs + "self_attn.", ours + "attention.", kind);
        String up = ours + "mlp.up" + kind;
        long units = facts.feedForward();
        rows(arrays, theirs + "mlp.gate_proj" + kind, up, 0, units);
        rows(arrays, theirs + "mlp.up_proj" + kind, up, units, units);
        whole(arrays, theirs + "mlp.down_proj" + kind, ours + "mlp.down" + kind);
      }
    }
    arrays.add(MappedArray.of("model.norm.weight", facts.parameter("norm.weight")));
    return arrays;
  }

  private void attention(List<MappedArray> arrays, String theirs, String ours, String kind) {
    AttentionHeads heads = facts.heads();
    String qkv = ours + "qkv" + kind;
    rows(arrays, theirs + "q_proj" + kind, qkv, 0, heads.queries());
    rows(arrays, theirs + "k_proj" + kind, qkv, heads.queries(), heads.keys());
    rows(arrays, theirs + "v_proj" + kind, qkv, heads.queries() + heads.keys(), heads.keys());
    String output = ours + "output" + kind;
    whole(arrays, theirs + "o_proj" + kind, output);
    if (biased() && kind.equals(".bias") && facts.find(output).isEmpty()) {
      arrays.add(MappedArray.zeros(theirs + "o_proj.bias", facts.width()));
    }
  }

  /** Adds a parameter, where the model has it. */
  private void whole(List<MappedArray> arrays, String theirs, String ours) {
    facts.find(ours).ifPresent(source -> arrays.add(MappedArray.of(theirs, source)));
  }

  /** Adds rows of a parameter, where the model has it. */
  private void rows(List<MappedArray> arrays, String theirs, String ours, long begin, long rows) {
    facts.find(ours).ifPresent(source -> arrays.add(MappedArray.rows(theirs, source, begin, rows)));
  }

  /** Whether it has biases in attention that it cannot be without. */
  private boolean biased() {
    return modelType.equals(LLAMA) && facts.attention().biasOfQkv();
  }

  @Override
  public void configure(ObjectNode config) {
    config.put("hidden_size", facts.width()).put("intermediate_size", facts.feedForward());
    AttentionHeads heads = facts.heads();
    config.put("num_hidden_layers", facts.layers()).put("num_attention_heads", heads.count());
    config.put("num_key_value_heads", heads.shared()).put("head_dim", heads.size());
    config.put("hidden_act", "silu").put("max_position_embeddings", facts.context());
    config.put("rms_norm_eps", facts.attention().normEpsilon());
    if (modelType.equals(LLAMA)) {
      config.put("mlp_bias", facts.attention().bias());
    } else {
      config.put("use_sliding_window", false);
    }
    if (!modelType.equals(QWEN2)) {
      config.put("attention_bias", biased());
    }
    config.put("attention_dropout", 0.0);
    HubFolder.rotary(config, facts.attention());
  }
}
