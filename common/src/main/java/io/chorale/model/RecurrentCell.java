package io.chorale.model;

import io.chorale.config.ModelSettings.Kind;
import io.chorale.config.RecurrenceSettings;
import io.chorale.config.Settings;
import java.util.Optional;

/**
 * The parameters of one direction of a recurrent layer, named, shaped and initialised as PyTorch's,
 * which knows no norms.
 *
 * @param name {@code l0}, or {@code l0_reverse} for the way from the end
 * @param inputMatrix [G, E]
 * @param recurrentMatrix [G, H]
 * @param inputBias [G]
 * @param recurrentBias [G]
 * @param norms where the layer normalizes
 */
record RecurrentCell(
    String name,
    Slot inputMatrix,
    Slot recurrentMatrix,
    Slot inputBias,
    Slot recurrentBias,
    Optional<Norms> norms) {
  /**
   * The parameters of layer norms (Ba, Kiros and Hinton, arXiv 1607.06450). What the input and what
   * the hidden state add to the gates is normalized each by itself; the shifts of these norms are
   * the biases of both. So is the cell of an LSTM where the output gate reads it.
   *
   * @param inputGain [G]
   * @param recurrentGain [G]
   * @param cell of an LSTM
   */
  record Norms(Slot inputGain, Slot recurrentGain, Optional<CellNorm> cell) {}

  /** Gain [H] and shift [H] of a norm of cells. */
  record CellNorm(Slot gain, Slot bias) {}

  private static final double IDENTITY_INPUT_DEVIATION = 0.001;

  /**
   * Adds the parameters of a cell.
   *
   * <p>Biases begin at zero, except the forget gate's of an LSTM, which {@code forget-bias} opens
   * (Gers et al., 2000); it is in {@code bias_ih}. Matrices are uniform within one over the root of
   * the width. The recurrent matrix of a plain network is normal, with the deviation that keeps the
   * state's length, or the identity, with input matrices of deviation 0.001 (Le, Jaitly and Hinton,
   * 2015). Gains of norms begin at one.
   *
   * @param in E
   */
  static RecurrentCell of(Slots slots, String prefix, String name, Settings settings, int in) {
    Kind kind = settings.model().kind();
    RecurrenceSettings recurrence = settings.recurrence();
    int width = settings.model().width();
    long rows = (long) gates(kind) * width;
    double scale = 1 / StrictMath.sqrt((double) width);
    boolean plain = kind == Kind.RNN;
    boolean identity = plain && recurrence.init() == RecurrenceSettings.Init.IDENTITY;
    Init input = identity ? Init.normal(IDENTITY_INPUT_DEVIATION) : Init.uniform(scale);
    Init recurrent = identity ? Init.IDENTITY : plain ? Init.normal(scale) : Init.uniform(scale);
    Init bias = kind == Kind.LSTM ? Init.stretch(width, width, recurrence.forgetBias()) : Init.ZERO;
    return new RecurrentCell(
        name,
        slots.add(prefix + "weight_ih_" + name, input, rows, in),
        slots.add(prefix + "weight_hh_" + name, recurrent, rows, width),
        slots.add(prefix + "bias_ih_" + name, bias, rows),
        slots.add(prefix + "bias_hh_" + name, Init.ZERO, rows),
        recurrence.layerNorm()
            ? Optional.of(norms(slots, prefix, name, kind, rows, width))
            : Optional.empty());
  }

  private static Norms norms(
      Slots slots, String prefix, String name, Kind kind, long rows, long width) {
    return new Norms(
        slots.add(prefix + "gain_ih_" + name, Init.ONE, rows),
        slots.add(prefix + "gain_hh_" + name, Init.ONE, rows),
        kind == Kind.LSTM
            ? Optional.of(
                new CellNorm(
                    slots.add(prefix + "gain_cell_" + name, Init.ONE, width),
                    slots.add(prefix + "bias_cell_" + name, Init.ZERO, width)))
            : Optional.empty());
  }

  /** Gates of a unit. */
  static int gates(Kind kind) {
    return switch (kind) {
      case LSTM -> 4;
      case GRU -> 3;
      case RNN -> 1;
      case TRANSFORMER, LINEAR -> throw new IllegalArgumentException(kind + " has no gates");
    };
  }

  /** The loop over the steps of a batch. */
  RecurrentLoop loop(
      Settings settings, Weights w, LayerProducts products, Buffers buffers, Steps steps) {
    return switch (settings.model().kind()) {
      case LSTM -> new LstmLoop(this, w, products, buffers, steps);
      case GRU -> new GruLoop(this, w, products, buffers, steps);
      case RNN ->
          new RnnLoop(this, w, products, buffers, steps, settings.recurrence().nonlinearity());
      case TRANSFORMER, LINEAR -> throw new IllegalArgumentException("there is no such loop");
    };
  }
}
