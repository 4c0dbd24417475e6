package io.chorale.export;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Adds the layers of a recurrent network to a graph. */
final class OnnxRecurrent implements OnnxBackbone {
  private final OnnxLayers layers;
  private final OnnxGraph graph;
  private final ModelFacts facts;
  private final int directions;
  private final boolean carries;
  private final OnnxCells cells;
  private final long width;
  private final Optional<OnnxGlobalAttention> memory;

  /** The last states of each layer by their names, of each direction [D, B, H]. */
  private final Map<String, String> last = new LinkedHashMap<>();

  /** A network over rows; see {@link OnnxBackbone#of}. */
  OnnxRecurrent(OnnxLayers layers, OnnxRows rows, Form form, boolean looks) {
    this.layers = layers;
    this.graph = layers.graph();
    this.facts = layers.facts();
    this.directions = form == Form.BOTH_WAYS ? 2 : 1;
    this.carries = form == Form.GOING_ON;
    this.cells =
        facts.settings().recurrence().layerNorm()
            ? new OnnxNormedCells(layers, rows, directions)
            : new OnnxFusedCells(layers, rows, directions);
    this.width = facts.width();
    this.memory = looks ? Optional.of(new OnnxGlobalAttention(layers)) : Optional.empty();
  }

  @Override
  public String read(String vectors) {
    String x = layers.turned(vectors, 1, 0, 2);
    for (int layer : facts.layerNumbers()) {
      x = layer(x, layer);
    }
    String read = layers.turned(x, 1, 0, 2);
    return memory.map(look -> look.look(read)).orElse(read);
  }

  /** The last state of each row, those of both directions beside each other. */
  @Override
  public String ends(String read) {
    return beside(last.get("h" + (facts.layers() - 1)));
  }

  /** The last states of each layer by their names, as {@link #ends} has that of the last. */
  Map<String, String> ends() {
    Map<String, String> ends = new LinkedHashMap<>();
    last.forEach((name, state) -> ends.put(name, beside(state)));
    return ends;
  }

  /** Makes [B, D x H] of [D, B, H]. */
  private String beside(String state) {
    String turned = layers.turned(state, 1, 0, 2);
    return graph.add("Reshape", turned, graph.integers(0, directions * width));
  }

  private String layer(String x, int layer) {
    List<String> states = OnnxCells.states(facts.settings().model().kind());
    List<String> before = new ArrayList<>();
    if (carries || memory.isPresent()) {
      for (String state : states) {
        before.add(graph.input(state + layer, false, 1L, OnnxTask.BATCH, width));
      }
    }
    OnnxCells.Made made = cells.read(x, layer, before);
    for (int i = 0; i < states.size(); i++) {
      String name = states.get(i) + layer;
      last.put(name, made.last().get(i));
      if (carries) {
        graph.left(name + "_next", made.last().get(i), 1L, OnnxTask.BATCH, width);
      }
    }
    return made.hidden();
  }
}
