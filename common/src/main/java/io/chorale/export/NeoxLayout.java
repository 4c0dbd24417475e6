package io.chorale.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-NeoX: rotary positions, layer normalisation, GELU. The rows of its queries, keys and values
 * lie head by head.
 */
record NeoxLayout(ModelFacts facts) implements HubLayout {
  @Override
  public String modelType() {
    return "gpt_neox";
  }

  @Override
  public String className() {
    return "GPTNeoX";
  }

  @Override
  public String head() {
    return "embed_out.weight";
  }

  @Override
  public List<MappedArray> arrays() {
    List<MappedArray> arrays = new ArrayList<>();
    arrays.add(MappedArray.of("gpt_neox.embed_in.weight", facts.parameter("embedding.weight")));
    for (int layer : facts.layerNumbers()) {
      String ours = "layers.%d.".formatted(layer);
      String theirs = "gpt_neox.layers.%d.".formatted(layer);
      add(arrays, ours + "attention.norm", theirs + "input_layernorm");
      byHead(arrays, ours + "attention.qkv.weight", theirs + "attention.query_key_value.weight");
      if (facts.attention().biasOfQkv()) {
        byHead(arrays, ours + "attention.qkv.bias", theirs + "attention.query_key_value.bias");
        arrays.add(
            facts.biasOrZeros(
                ours + "attention.output.bias", theirs + "attention.dense.bias", facts.width()));
      }
      arrays.add(
          MappedArray.of(
              theirs + "attention.dense.weight",
              facts.parameter(ours + "attention.output.weight")));
      add(arrays, ours + "mlp.norm", theirs + "post_attention_layernorm");
      add(arrays, ours + "mlp.up", theirs + "mlp.dense_h_to_4h");
      add(arrays, ours + "mlp.down", theirs + "mlp.dense_4h_to_h");
    }
    add(arrays, "norm", "gpt_neox.final_layer_norm");
    return arrays;
  }

  /** Ours are all queries, all keys, all values; theirs those three of each head. */
  private void byHead(List<MappedArray> arrays, String ours, String theirs) {
    long size = facts.heads().size();
    arrays.add(
        MappedArray.ordered(
            theirs,
            facts.parameter(ours),
            3 * facts.width(),
            row -> {
              long head = row / (3 * size);
              long part = row / size % 3;
              return part * facts.width() + head * size + row % size;
            }));
  }

  /** A layer, with the bias that these always have: zero where ours has none. */
  private void add(List<MappedArray> arrays, String ours, String theirs) {
    Entry weight = facts.parameter(ours + ".weight");
    arrays.add(MappedArray.of(theirs + ".weight", weight));
    arrays.add(facts.biasOrZeros(ours + ".bias", theirs + ".bias", weight.shape()[0]));
  }

  @Override
  public void configure(ObjectNode config) {
    config.put("hidden_size", facts.width()).put("intermediate_size", facts.feedForward());
    config.put("num_hidden_layers", facts.layers());
    config.put("num_attention_heads", facts.heads().count());
    config.put("hidden_act", HubFolder.gelu(facts)).put("max_position_embeddings", facts.context());
    config.put("layer_norm_eps", facts.attention().normEpsilon());
    config.put("use_parallel_residual", false);
    config.put("attention_bias", facts.attention().biasOfQkv());
    config.put("rotary_pct", 1.0).put("rotary_emb_base", facts.attention().rotaryBase());
    config.put("attention_dropout", 0.0).put("hidden_dropout", 0.0);
    HubFolder.rotary(config, facts.attention());
  }
}
