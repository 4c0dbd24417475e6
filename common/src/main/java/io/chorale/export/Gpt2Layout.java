package io.chorale.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.List;

/** GPT-2: learned positions, layer normalisation, GELU. Its matrices are [in, out]. */
record Gpt2Layout(ModelFacts facts) implements HubLayout {
  /** The table of which a shorter context has the first rows. */
  static final String POSITIONS = "transformer.wpe.weight";

  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public String className() {
    return "GPT2";
  }

  @Override
  public String head() {
    return "lm_head.weight";
  }

  @Override
  public List<MappedArray> arrays() {
    List<MappedArray> arrays = new ArrayList<>();
    arrays.add(MappedArray.of("transformer.wte.weight", facts.parameter("embedding.weight")));
    arrays.add(MappedArray.of(POSITIONS, facts.parameter("positions.weight")));
    for (int layer : facts.layerNumbers()) {
      String ours = "layers.%d.".formatted(layer);
      String theirs = "transformer.h.%d.".formatted(layer);
      normalization(arrays, ours + "attention.norm", theirs + "ln_1");
      linear(arrays, ours + "attention.qkv", theirs + "attn.c_attn");
      linear(arrays, ours + "attention.output", theirs + "attn.c_proj");
      normalization(arrays, ours + "mlp.norm", theirs + "ln_2");
      linear(arrays, ours + "mlp.up", theirs + "mlp.c_fc");
      linear(arrays, ours + "mlp.down", theirs + "mlp.c_proj");
    }
    normalization(arrays, "norm", "transformer.ln_f");
    return arrays;
  }

  private void normalization(List<MappedArray> arrays, String ours, String theirs) {
    arrays.add(MappedArray.of(theirs + ".weight", facts.parameter(ours + ".weight")));
    bias(arrays, ours, theirs, facts.width());
  }

  private void linear(List<MappedArray> arrays, String ours, String theirs) {
    Entry matrix = facts.parameter(ours + ".weight");
    arrays.add(MappedArray.transposed(theirs + ".weight", matrix));
    bias(arrays, ours, theirs, matrix.shape()[0]);
  }

  /** It always has biases: of a model without them they are zero. */
  private void bias(List<MappedArray> arrays, String ours, String theirs, long length) {
    arrays.add(facts.biasOrZeros(ours + ".bias", theirs + ".bias", length));
  }

  @Override
  public void configure(ObjectNode config) {
    config.put("n_positions", facts.context()).put("n_embd", facts.width());
    config.put("n_layer", facts.layers()).put("n_head", facts.heads().count());
    config.put("n_inner", facts.feedForward());
    config.put("activation_function", HubFolder.gelu(facts));
    config.put("layer_norm_epsilon", facts.attention().normEpsilon());
    config.put("attn_pdrop", 0.0).put("embd_pdrop", 0.0).put("resid_pdrop", 0.0);
  }
}
