package io.chorale.export;

import static java.util.stream.Collectors.joining;

import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Column;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The graph of a model that writes text, from {@code ids} to the {@code logits} of what comes after
 * each. Of a text for a vector these are those of the {@code target}, which begins with an id of
 * its own; there, what is made of the {@code vector} is added.
 */
final class OnnxText implements OnnxTask {
  private final Source source;
  private final boolean ofVector;

  OnnxText(Source source) {
    this.source = source;
    this.ofVector = source.settings().task().kind() == Kind.FROM_VECTOR;
  }

  @Override
  public Map<String, Consumer<OnnxGraph>> graphs() {
    return Map.of(MODEL, this::build);
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = metadata(source.facts(), ofVector);
    int[] begin = source.begin();
    if (begin.length > 0) {
      metadata.put("begin", joined(Arrays.stream(begin).boxed()));
    }
    source
        .chat()
        .ifPresent(
            chat -> {
              metadata.put("chat_template", chat.template().source());
              metadata.put("ends", joined(chat.ends().stream()));
            });
    return metadata;
  }

  private static String joined(Stream<Integer> ids) {
    return ids.map(String::valueOf).collect(joining(" "));
  }

  /**
   * What a writer of texts needs.
   *
   * @param begins whether an id of its own, the one after the vocabulary, stands before a text
   */
  static Map<String, String> metadata(ModelFacts facts, boolean begins) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("context", Integer.toString(facts.context()));
    facts.end().ifPresent(end -> metadata.put("end", Integer.toString(end)));
    if (begins) {
      metadata.put("begin", Long.toString(facts.vocabulary()));
    }
    return metadata;
  }

  private void build(OnnxGraph graph) {
    OnnxLayers layers = source.layers(graph).of(ofVector ? ModelFacts.DECODER : "");
    String ids = graph.input(ofVector ? Column.TARGET : "ids", true, BATCH, TIME);
    String vectors = layers.embedded("embedding.weight", ids);
    if (ofVector) {
      vectors = graph.add("Add", vectors, begun(layers, ids));
    }
    OnnxRows rows = OnnxRows.equal(graph, ids);
    OnnxBackbone backbone =
        OnnxBackbone.of(layers, rows, OnnxBackbone.Form.GOING_ON, false, source.operators());
    String read = backbone.read(vectors);
    graph.output("logits", layers.overVocabulary(read), BATCH, TIME, layers.scores());
  }

  /** What is added to the first step: zero elsewhere. */
  private String begun(OnnxLayers layers, String ids) {
    OnnxGraph graph = layers.graph();
    long size = source.schema().column(Column.VECTOR).size();
    String vector = graph.input(Column.VECTOR, false, BATCH, size);
    String scaled = layers.scaled(vector, source.schema().facts(Column.VECTOR));
    String made =
        graph.add("Unsqueeze", layers.linear(scaled, "prefix"), graph.integers(1)); // [B, 1, E]
    String begins = graph.add("Equal", ids, graph.integer(source.facts().vocabulary()));
    String first = graph.add("Unsqueeze", begins, graph.integers(2));
    return graph.add("Where", first, made, graph.number(0));
  }
}
