package io.chorale.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.List;

/** Llama: rotary positions, normalisation by root mean square, a gated feed-forward layer. */
record LlamaLayout(ModelFacts facts) implements HubLayout {
  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public String className() {
    return "Llama";
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
      arrays.add(
          MappedArray.of(
              theirs + "input_layernorm.weight", facts.parameter(ours + "attention.norm.weight")));
      arrays.add(
          MappedArray.of(
              theirs + "post_attention_layernorm.weight",
              facts.parameter(ours + "mlp.norm.weight")));
      for (String kind : List.of(".weight", ".bias")) {
        split(
            arrays,
            ours + "attention.qkv" + kind,
            facts.width(),
            kind,
            theirs + "self_attn.",
            "q_proj",
            "k_proj",
            "v_proj");
        split(
            arrays,
            ours + "attention.output" + kind,
            facts.width(),
            kind,
            theirs + "self_attn.",
            "o_proj");
        split(
            arrays,
            ours + "mlp.up" + kind,
            facts.feedForward(),
            kind,
            theirs + "mlp.",
            "gate_proj",
            "up_proj");
        split(arrays, ours + "mlp.down" + kind, facts.width(), kind, theirs + "mlp.", "down_proj");
      }
    }
    arrays.add(MappedArray.of("model.norm.weight", facts.parameter("norm.weight")));
    return arrays;
  }

  /** Adds parts of a parameter, of so many rows each, where the model has it. */
  private void split(
      List<MappedArray> arrays,
      String name,
      long rows,
      String kind,
      String module,
      String... parts) {
    facts
        .find(name)
        .ifPresent(
            (Entry source) -> {
              for (int part = 0; part < parts.length; part++) {
                arrays.add(
                    MappedArray.rows(module + parts[part] + kind, source, part * rows, rows));
              }
            });
  }

  @Override
  public void configure(ObjectNode config) {
    config.put("hidden_size", facts.width()).put("intermediate_size", facts.feedForward());
    config.put("num_hidden_layers", facts.layers()).put("num_attention_heads", facts.heads());
    config.put("num_key_value_heads", facts.heads()).put("head_dim", facts.headSize());
    config.put("hidden_act", "silu").put("max_position_embeddings", facts.context());
    config.put("rms_norm_eps", HubFolder.EPSILON);
    config.put("attention_bias", facts.attention().bias());
    config.put("mlp_bias", facts.attention().bias());
    config.put("attention_dropout", 0.0);
    HubFolder.rotary(config);
  }
}
