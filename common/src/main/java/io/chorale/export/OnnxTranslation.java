package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.data.Column;
import io.chorale.export.OnnxBackbone.Form;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The graphs of a translation. The encoder reads {@code ids} and {@code lengths} of sources, once,
 * and gives what the decoder looks at; this takes it by the same names, with the {@code target} so
 * far, and gives the {@code logits} of what comes after each of its ids.
 */
final class OnnxTranslation implements OnnxTask {
  // As Hugging Face's Optimum calls them.
  static final String ENCODER = "encoder_model";
  static final String DECODER = "decoder_model";

  private final Source source;

  OnnxTranslation(Source source) {
    this.source = source;
  }

  @Override
  public Map<String, Consumer<OnnxGraph>> graphs() {
    Map<String, Consumer<OnnxGraph>> graphs = new LinkedHashMap<>();
    graphs.put(ENCODER, graph -> encode(graph, graph::output));
    graphs.put(DECODER, graph -> decode(graph, Form.GOING_ON));
    return graphs;
  }

  @Override
  public Consumer<OnnxGraph> whole() {
    return graph -> {
      encode(graph, (name, value, axes) -> graph.know(name, value));
      decode(graph, Form.CAUSAL);
    };
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = OnnxText.metadata(source.facts(), true);
    source
        .trained()
        .tokenizer(Column.TEXT)
        .ifPresent(read -> metadata.put("source-end", Integer.toString(read.endOfText())));
    return metadata;
  }

  private void encode(OnnxGraph graph, Giver giver) {
    OnnxLayers layers = source.layers(graph).of(ModelFacts.ENCODER);
    OnnxLayers decoder = source.layers(graph).of(ModelFacts.DECODER);
    String ids = graph.input("ids", true, BATCH, SOURCE);
    boolean own = source.facts().find("source.weight").isPresent();
    String vectors = layers.embedded(own ? "source.weight" : "embedding.weight", ids);
    OnnxRows rows = OnnxRows.ragged(graph, ids, 1);
    if (source.settings().model().kind() == Kind.TRANSFORMER) {
      OnnxBackbone encoder =
          OnnxBackbone.of(layers, rows, Form.BOTH_WAYS, false, source.operators());
      OnnxLook.give(decoder, encoder.read(vectors), giver);
    } else {
      OnnxRecurrent encoder = new OnnxRecurrent(layers, rows, Form.BOTH_WAYS, false);
      OnnxGlobalAttention.give(decoder, encoder, encoder.read(vectors), giver);
    }
  }

  private void decode(OnnxGraph graph, Form form) {
    OnnxLayers layers = source.layers(graph).of(ModelFacts.DECODER);
    String target = graph.input(Column.TARGET, true, BATCH, TIME);
    String vectors = layers.embedded("embedding.weight", target);
    OnnxRows rows = OnnxRows.equal(graph, target);
    String read = OnnxBackbone.of(layers, rows, form, true, source.operators()).read(vectors);
    graph.output("logits", layers.overVocabulary(read), BATCH, TIME, layers.scores());
  }
}
