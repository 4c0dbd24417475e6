package io.chorale.model;

import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.Settings;
import io.chorale.io.FloatVector;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names, shapes and first values of a transformer's parameters. */
final class TransformerParameters {
  private static final double DEVIATION = 0.02;
  private static final int SWIGLU_MULTIPLE = 32;

  private TransformerParameters() {}

  /** Units of the feed-forward layer. */
  static int hidden(Settings settings) {
    int width = settings.model().width();
    if (settings.attention().feedForward() > 0) {
      return settings.attention().feedForward();
    }
    if (settings.attention().activation() == Activation.GELU) {
      return 4 * width;
    }
    // Two thirds of 4 x width: three matrices instead of two, at the same number of parameters.
    int units = 8 * width / 3;
    return (units + SWIGLU_MULTIPLE - 1) / SWIGLU_MULTIPLE * SWIGLU_MULTIPLE;
  }

  static ParameterLayout layout(Settings settings, int vocabulary, int context) {
    long width = settings.model().width();
    long hidden = hidden(settings);
    boolean gated = settings.attention().activation() == Activation.SWIGLU;
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("embedding.weight", new long[] {vocabulary, width});
    if (settings.attention().positions() == Positions.LEARNED) {
      shapes.put("positions.weight", new long[] {context, width});
    }
    for (int i = 0; i < settings.model().layers(); i++) {
      String layer = "layers." + i + ".";
      norm(shapes, settings, layer + "attention.norm");
      linear(shapes, settings, layer + "attention.qkv", 3 * width, width);
      linear(shapes, settings, layer + "attention.output", width, width);
      norm(shapes, settings, layer + "mlp.norm");
      // Of a gated layer, the first half of the rows is the gate.
      linear(shapes, settings, layer + "mlp.up", gated ? 2 * hidden : hidden, width);
      linear(shapes, settings, layer + "mlp.down", width, hidden);
    }
    norm(shapes, settings, "norm");
    if (!settings.model().tiedHead()) {
      shapes.put("head.weight", new long[] {vocabulary, width});
    }
    return ParameterLayout.of(shapes);
  }

  /**
   * GPT-2's: normal with deviation 0.02, the projections back into the residual stream scaled by
   * one over the root of their number, so that the stream's variance does not grow with the depth.
   */
  static FloatVector initial(Settings settings, ParameterLayout layout, long seed) {
    Initializer initializer = new Initializer(layout, seed);
    double residual = DEVIATION / StrictMath.sqrt(2.0 * settings.model().layers());
    for (ParameterLayout.Entry entry : layout.entries()) {
      String name = entry.name();
      if (entry.decays()) {
        boolean projects = name.contains("attention.output") || name.contains("mlp.down");
        initializer.normal(name, projects ? residual : DEVIATION);
      } else {
        initializer.constant(name, name.endsWith("norm.weight") ? 1 : 0);
      }
    }
    return initializer.values();
  }

  private static void linear(
      Map<String, long[]> shapes, Settings settings, String name, long out, long in) {
    shapes.put(name + ".weight", new long[] {out, in});
    if (settings.attention().bias()) {
      shapes.put(name + ".bias", new long[] {out});
    }
  }

  private static void norm(Map<String, long[]> shapes, Settings settings, String name) {
    shapes.put(name + ".weight", new long[] {settings.model().width()});
    if (settings.attention().bias() && settings.attention().norm() == Norm.LAYER) {
      shapes.put(name + ".bias", new long[] {settings.model().width()});
    }
  }
}
