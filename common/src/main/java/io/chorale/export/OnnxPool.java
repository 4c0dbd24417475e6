package io.chorale.export;

import io.chorale.config.TaskSettings.Pooling;
import io.chorale.model.ParameterLayout.Entry;
import java.util.Map;

/**
 * Makes one vector of the vectors of a row.
 *
 * @param backbone that has read them
 */
record OnnxPool(OnnxLayers layers, OnnxRows rows, OnnxBackbone backbone) {

  /** A vector for each row [B, W] of those of its steps [B, T, W]. */
  String pooled(String read, Pooling pooling) {
    return switch (pooling) {
      case LAST -> backbone.ends(read);
      case MEAN -> mean(read);
      case LEARNED -> learned(read);
    };
  }

  private String mean(String read) {
    OnnxGraph graph = layers.graph();
    String steps = rows.ragged() ? rows.lengths() : rows.time();
    String counts = graph.add("Cast", Map.of("to", 1), steps);
    String column = graph.add("Unsqueeze", counts, graph.integers(1));
    return graph.add("Div", layers.sum(rows.clean(graph, read), 1), column);
  }

  private String learned(String read) {
    OnnxGraph graph = layers.graph();
    Entry query = layers.facts().parameter("pool.query");
    String column = graph.weight(MappedArray.of(query.name(), query).shaped(query.shape()[0], 1L));
    String clean = rows.clean(graph, read);
    String scores = graph.add("MatMul", clean, column); // [B, T, 1]
    if (rows.ragged()) {
      scores = graph.add("Add", scores, rows.padding(graph, 2));
    }
    String weights = graph.add("Softmax", Map.of("axis", 1), scores);
    return layers.sum(graph.add("Mul", clean, weights), 1);
  }
}
