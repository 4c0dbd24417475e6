package io.chorale.export;

import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Positions;
import java.util.List;
import java.util.Map;

/** Adds the positions of a transformer's steps to a graph. */
final class OnnxPositions {
  private static final double SINUSOIDAL_BASE = 10_000;

  private final OnnxLayers layers;
  private final OnnxGraph graph;
  private final AttentionSettings settings;
  private final long context;
  private final String start;
  private final String end;
  private final String cosines; // [T, D/2]; empty where positions are not rotary
  private final String sines;

  /**
   * Positions of some steps.
   *
   * @param start position of the first
   * @param end of the one after the last
   */
  OnnxPositions(OnnxLayers layers, String start, String end) {
    this.layers = layers;
    this.graph = layers.graph();
    this.settings = layers.facts().attention();
    this.context = layers.facts().context();
    this.start = start;
    this.end = end;
    boolean rotary = settings.positions() == Positions.ROTARY;
    cosines = rotary ? rotary(true) : "";
    sines = rotary ? rotary(false) : "";
  }

  /** Vectors [B, T, C] with their positions, where they are not turned in later. */
  String placed(String vectors) {
    return switch (settings.positions()) {
      case ROTARY -> vectors;
      case LEARNED -> graph.add("Add", vectors, ofSteps(layers.weight("positions.weight")));
      case SINUSOIDAL -> {
        // As large as the sines, which an embedding is not.
        String root = graph.number(StrictMath.sqrt(layers.facts().width()));
        yield graph.add("Add", graph.add("Mul", vectors, root), ofSteps(sinusoids()));
      }
    };
  }

  /** Heads [B, H, T, D] whose halves are turned, where positions are rotary. */
  String turned(String x) {
    if (cosines.isEmpty()) {
      return x;
    }
    List<String> halves = graph.add("Split", 2, Map.of("axis", -1, "num_outputs", 2), x);
    String first =
        graph.add(
            "Sub",
            graph.add("Mul", halves.get(0), cosines),
            graph.add("Mul", halves.get(1), sines));
    String second =
        graph.add(
            "Add",
            graph.add("Mul", halves.get(1), cosines),
            graph.add("Mul", halves.get(0), sines));
    return graph.add("Concat", Map.of("axis", -1), first, second);
  }

  /** The rows of a table that belong to the steps. */
  private String ofSteps(String table) {
    return graph.add("Slice", table, start, end, graph.integers(0));
  }

  /** Sines or cosines of the multiples of positions. */
  private String rotary(boolean cosine) {
    long waves = layers.facts().heads().size() / 2;
    float[] table = new float[Math.toIntExact(context * waves)];
    for (int i = 0; i < table.length; i++) {
      double wavelength = wavelength(settings.rotaryBase(), i % waves, waves);
      double angle = i / waves / settings.scaling().scaled(wavelength);
      table[i] = (float) (cosine ? StrictMath.cos(angle) : StrictMath.sin(angle));
    }
    return ofSteps(graph.numbers(List.of(context, waves), table));
  }

  /** Sines and cosines in turn, of all positions [context, C]. */
  private String sinusoids() {
    long width = layers.facts().width();
    float[] table = new float[Math.toIntExact(context * width)];
    for (int i = 0; i < table.length; i++) {
      double angle = i / width / wavelength(SINUSOIDAL_BASE, i % width / 2, width / 2);
      table[i] = (float) (i % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle));
    }
    return graph.numbers(List.of(context, width), table);
  }

  /** Over two pi. */
  private static double wavelength(double base, long wave, long waves) {
    return StrictMath.pow(base, (double) wave / waves);
  }
}
