package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.FlatTensors;

/** Makes the model that the settings describe. */
public final class Models {
  private Models() {}

  /**
   * Where the model's parameters lie.
   *
   * @param vocabulary V
   * @param context the longest block, in tokens
   */
  public static ParameterLayout layout(Settings settings, int vocabulary, int context) {
    return switch (settings.model().kind()) {
      case TRANSFORMER -> TransformerParameters.layout(settings, vocabulary, context);
      case LSTM, GRU, RNN -> RecurrentParameters.layout(settings, vocabulary);
    };
  }

  /** Units of a transformer's feed-forward layer. */
  public static long hidden(Settings settings) {
    return TransformerParameters.hidden(settings);
  }

  /** The parameters at the start of a training: the same floats on every machine. */
  public static FloatVector initial(Settings settings, int vocabulary, int context, long seed) {
    ParameterLayout layout = layout(settings, vocabulary, context);
    return switch (settings.model().kind()) {
      case TRANSFORMER -> TransformerParameters.initial(settings, layout, seed);
      case LSTM, GRU, RNN -> RecurrentParameters.initial(settings, layout, seed);
    };
  }

  /**
   * The model over these parameters.
   *
   * @param weights all parameters
   * @param matrices where matrix products take their matrices from: the same, or a bfloat16 copy
   */
  public static Model create(Settings settings, FlatTensors weights, FlatTensors matrices) {
    return switch (settings.model().kind()) {
      case TRANSFORMER -> new Transformer(settings, weights, matrices);
      case LSTM, GRU, RNN -> new Recurrent(settings, weights);
    };
  }
}
