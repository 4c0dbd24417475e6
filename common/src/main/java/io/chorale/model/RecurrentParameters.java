package io.chorale.model;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.RecurrenceSettings.Init;
import io.chorale.config.Settings;
import io.chorale.io.FloatVector;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names, shapes and first values of a recurrent model's parameters; the layers' as PyTorch's. */
final class RecurrentParameters {
  private static final double EMBEDDING_DEVIATION = 0.1;
  private static final double IDENTITY_INPUT_DEVIATION = 0.001;

  private RecurrentParameters() {}

  /** Units of the token embedding: E. */
  static int embedding(Settings settings) {
    return settings.recurrence().embedding() > 0
        ? settings.recurrence().embedding()
        : settings.model().width();
  }

  /** Gates of a unit. */
  private static int gates(Kind kind) {
    return switch (kind) {
      case LSTM -> 4;
      case GRU -> 3;
      case RNN -> 1;
      case TRANSFORMER -> throw new IllegalArgumentException("a transformer has no gates");
    };
  }

  static ParameterLayout layout(Settings settings, int vocabulary) {
    long width = settings.model().width();
    long rows = gates(settings.model().kind()) * width;
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("embedding.weight", new long[] {vocabulary, embedding(settings)});
    for (int i = 0; i < settings.model().layers(); i++) {
      shapes.put("weight_ih_l" + i, new long[] {rows, i == 0 ? embedding(settings) : width});
      shapes.put("weight_hh_l" + i, new long[] {rows, width});
      shapes.put("bias_ih_l" + i, new long[] {rows});
      shapes.put("bias_hh_l" + i, new long[] {rows});
    }
    if (!settings.model().tiedHead()) {
      shapes.put("head.weight", new long[] {vocabulary, width});
    }
    shapes.put("head.bias", new long[] {vocabulary});
    return ParameterLayout.of(shapes);
  }

  /**
   * Biases of zero, except the forget gate's of an LSTM, which {@code forget-bias} opens (Gers et
   * al., 2000); it is in {@code bias_ih}. The embedding is normal with deviation 0.1; all other
   * matrices are uniform within one over the root of the width, as PyTorch's are. The recurrent
   * matrix of a plain network is normal, with the deviation that keeps the state's length, or the
   * identity, with input matrices of deviation 0.001 (Le, Jaitly and Hinton, 2015).
   */
  static FloatVector initial(Settings settings, ParameterLayout layout, long seed) {
    Initializer initializer = new Initializer(layout, seed);
    long width = settings.model().width();
    double scale = 1 / StrictMath.sqrt((double) width);
    boolean plain = settings.model().kind() == Kind.RNN;
    boolean identity = plain && settings.recurrence().init() == Init.IDENTITY;
    for (ParameterLayout.Entry entry : layout.entries()) {
      String name = entry.name();
      if (name.equals("embedding.weight")) {
        initializer.normal(name, EMBEDDING_DEVIATION);
      } else if (identity && name.startsWith("weight_ih")) {
        initializer.normal(name, IDENTITY_INPUT_DEVIATION);
      } else if (identity && name.startsWith("weight_hh")) {
        for (long unit = 0; unit < width; unit++) {
          initializer.set(name, unit * width + unit, 1);
        }
      } else if (plain && name.startsWith("weight_hh")) {
        initializer.normal(name, scale);
      } else if (entry.decays()) {
        initializer.uniform(name, scale);
      } else if (settings.model().kind() == Kind.LSTM && name.startsWith("bias_ih")) {
        for (long unit = width; unit < 2 * width; unit++) {
          initializer.set(name, unit, settings.recurrence().forgetBias());
        }
      }
    }
    return initializer.values();
  }
}
