package io.chorale.export;

import io.chorale.config.TaskSettings;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.config.TaskSettings.Pooling;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The graph of a task over rows: from {@code ids}, or the steps of {@code series}, and the {@code
 * lengths} of rows to {@code logits} of classes, tags or tokens, a {@code number} or a {@code
 * vector}.
 */
final class OnnxRowTask implements OnnxTask {
  /** Added to a vector's length, which may be zero. */
  private static final double LEAST_LENGTH = 1e-12;

  private final Source source;
  private final TaskSettings task;

  OnnxRowTask(Source source) {
    this.source = source;
    this.task = source.settings().task();
  }

  @Override
  public Map<String, Consumer<OnnxGraph>> graphs() {
    return Map.of(MODEL, this::build);
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("context", Integer.toString(source.facts().context()));
    if (task.kind() != Kind.TAGGING) { // where each word has its tag, no id ends a text
      source.facts().end().ifPresent(end -> metadata.put("end", Integer.toString(end)));
    }
    if (task.kind() == Kind.CLASSIFICATION || task.kind() == Kind.TAGGING) {
      String column = task.kind() == Kind.TAGGING ? Column.TAGS : Column.LABEL;
      metadata.put("labels", PrettyJson.of(source.schema().facts(column).labels()));
    }
    if (task.kind() == Kind.MASKED_LANGUAGE_MODEL) {
      metadata.put("mask", Long.toString(source.facts().vocabulary()));
    }
    return metadata;
  }

  private void build(OnnxGraph graph) {
    OnnxLayers layers = source.layers(graph);
    boolean text = source.schema().find(Column.TEXT).isPresent();
    String vectors;
    OnnxRows rows;
    if (text) {
      String ids = graph.input("ids", true, BATCH, TIME);
      vectors = layers.embedded("embedding.weight", ids);
      rows = OnnxRows.ragged(graph, ids, 1);
    } else {
      long channels = source.schema().column(Column.SERIES).size();
      String series = graph.input("series", false, BATCH, TIME, channels);
      String scaled = layers.scaled(series, source.schema().facts(Column.SERIES));
      vectors = layers.linear(scaled, "projection");
      rows = OnnxRows.ragged(graph, series, 1);
    }
    OnnxBackbone backbone = OnnxBackbone.of(layers, rows, form(), false, source.operators());
    String read = backbone.read(vectors);
    OnnxPool pool = new OnnxPool(layers, rows, backbone);
    switch (task.kind()) {
      case MASKED_LANGUAGE_MODEL ->
          graph.output("logits", layers.overVocabulary(read), BATCH, TIME, layers.scores());
      case TAGGING ->
          graph.output("logits", layers.linear(read, "head"), BATCH, TIME, layers.scores());
      case CLASSIFICATION -> graph.output("logits", headed(pool, read), BATCH, layers.scores());
      case REGRESSION -> {
        Facts scale = source.schema().facts(Column.LABEL);
        String number = layers.unscaled(headed(pool, read), scale, 1);
        graph.output("number", graph.add("Squeeze", number, graph.integers(1)), BATCH);
      }
      case CONTRASTIVE ->
          graph.output("vector", unit(layers, pool.pooled(read, Pooling.MEAN)), BATCH, "width");
      default -> throw new IllegalStateException("no task over rows: " + task.kind());
    }
  }

  private String headed(OnnxPool pool, String read) {
    return pool.layers().linear(pool.pooled(read, task.pooling()), "head");
  }

  /** Vectors [B, W] of length 1. */
  private static String unit(OnnxLayers layers, String vectors) {
    OnnxGraph graph = layers.graph();
    String squares = layers.sum(graph.add("Mul", vectors, vectors), 1);
    String length = graph.add("Max", graph.add("Sqrt", squares), graph.number(LEAST_LENGTH));
    return graph.add("Div", vectors, graph.add("Unsqueeze", length, graph.integers(1)));
  }

  private OnnxBackbone.Form form() {
    boolean bothWays =
        switch (task.kind()) {
          case MASKED_LANGUAGE_MODEL, CONTRASTIVE -> true;
          default -> task.direction() != Direction.CAUSAL;
        };
    return bothWays ? OnnxBackbone.Form.BOTH_WAYS : OnnxBackbone.Form.CAUSAL;
  }
}
