package io.chorale.model;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.LoraSettings;
import io.chorale.config.LoraSettings.Target;
import io.chorale.config.RotaryScaling;
import io.chorale.config.Settings;
import io.chorale.model.Backbone.Form;
import io.chorale.model.Linear.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The parameters of a transformer with its norms before each part of a block (Vaswani et al., 2017;
 * Radford et al., 2019).
 *
 * <p>The first values are GPT-2's: normal with deviation 0.02, the projections back into the
 * residual stream scaled by one over the root of their number, so that the stream's variance does
 * not grow with the depth.
 *
 * @param prefix of their names, empty or ending in a dot
 * @param width C
 * @param feedForward units of a feed-forward layer
 * @param positions [T, C]; null where they are not learned
 * @param norm after the last block
 */
record TransformerParameters(
    AttentionSettings settings,
    Form form,
    String prefix,
    int width,
    int feedForward,
    Slot positions,
    List<TransformerBlock> blocks,
    Normalization norm) {
  private static final int SWIGLU_MULTIPLE = 32;

  /**
   * Adds the parameters that the settings ask for.
   *
   * @param context the most positions that are learned
   */
  static TransformerParameters of(
      Slots slots, String prefix, Settings all, Form form, int context) {
    AttentionSettings settings = all.attention();
    int width = all.model().width();
    int layers = all.model().layers();
    Made made =
        new Made(slots, settings, all.lora(), form, width, feedForward(settings, width), layers);
    Slot positions =
        settings.positions() == Positions.LEARNED
            ? slots.add(prefix + "positions.weight", made.normal(), context, width)
            : null;
    List<TransformerBlock> blocks = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      blocks.add(made.block(prefix + "layers." + i));
    }
    return new TransformerParameters(
        settings,
        form,
        prefix,
        width,
        made.feedForward(),
        positions,
        List.copyOf(blocks),
        made.normalization(prefix + "norm"));
  }

  /** The heads of its attention. */
  AttentionHeads heads() {
    return settings.heads(width);
  }

  /** The tables of positions that are not learned, made once for each copy of the weights. */
  PositionTables tables(Weights w) {
    boolean rotary = settings.positions() == Positions.ROTARY;
    return w.hold(
        prefix + "transformer.positions",
        () ->
            rotary
                ? new PositionTables(
                    w.flat().values(), heads().size(), settings.rotaryBase(), settings.scaling())
                : new PositionTables(
                    w.flat().values(), width, PositionTables.SINUSOIDAL_BASE, RotaryScaling.NONE));
  }

  private static int feedForward(AttentionSettings settings, int width) {
    if (settings.feedForward() > 0) {
      return settings.feedForward();
    }
    if (!settings.activation().gated()) {
      return 4 * width;
    }
    // Two thirds of 4 x width: three matrices instead of two, at the same number of parameters.
    int units = 8 * width / 3;
    return (units + SWIGLU_MULTIPLE - 1) / SWIGLU_MULTIPLE * SWIGLU_MULTIPLE;
  }

  /** Adds the parameters of the parts. */
  private record Made(
      Slots slots,
      AttentionSettings settings,
      LoraSettings lora,
      Form form,
      int width,
      int feedForward,
      int layers) {

    Init normal() {
      return Init.normal(settings.initializerRange());
    }

    private Init residual() {
      int parts = form == Form.WITH_MEMORY ? 3 : 2;
      return Init.normal(settings.initializerRange() / StrictMath.sqrt((double) parts * layers));
    }

    TransformerBlock block(String name) {
      boolean gated = settings.activation().gated();
      AttentionHeads heads = settings.heads(width);
      return new TransformerBlock(
          name,
          normalization(name + ".attention.norm"),
          adapted(projection(name + ".attention.qkv", heads.together()), parts(heads)),
          settings.qkNorm() ? Optional.of(qkNorm(name, heads.size())) : Optional.empty(),
          adapted(
              linear(name + ".attention.output", residual(), width, heads.queries()),
              new Part(Target.OUTPUT, 0, width)),
          form == Form.WITH_MEMORY
              ? Optional.of(crossAttention(name + ".memory."))
              : Optional.empty(),
          normalization(name + ".mlp.norm"),
          // Of a gated layer, the first half of the rows is the gate.
          adapted(
              linear(name + ".mlp.up", normal(), (gated ? 2L : 1) * feedForward, width),
              new Part(Target.UP, gated ? feedForward : 0, feedForward),
              new Part(Target.GATE, 0, feedForward)),
          adapted(
              linear(name + ".mlp.down", residual(), width, feedForward),
              new Part(Target.DOWN, 0, width)));
    }

    private static Part[] parts(AttentionHeads heads) {
      return new Part[] {
        new Part(Target.QKV, 0, heads.together()),
        new Part(Target.QUERY, 0, heads.queries()),
        new Part(Target.KEY, heads.queries(), heads.keys()),
        new Part(Target.VALUE, (long) heads.queries() + heads.keys(), heads.keys())
      };
    }

    private Linear adapted(Linear layer, Part... parts) {
      return layer.adapted(slots, lora, settings.activation().gated(), parts);
    }

    private TransformerBlock.CrossAttention crossAttention(String part) {
      AttentionHeads heads = settings.heads(width);
      return new TransformerBlock.CrossAttention(
          normalization(part + "norm"),
          projection(part + "q", heads.queries()),
          projection(part + "kv", 2L * heads.keys()),
          linear(part + "output", residual(), width, heads.queries()));
    }

    private TransformerBlock.QkNorm qkNorm(String name, int size) {
      return new TransformerBlock.QkNorm(
          normalization(name + ".attention.q-norm", size, false),
          normalization(name + ".attention.k-norm", size, false));
    }

    /** The layer that gives queries, keys or values. */
    private Linear projection(String layer, long out) {
      return Linear.of(slots, layer, normal(), out, width, settings.biasOfQkv());
    }

    private Linear linear(String layer, Init init, long out, long in) {
      return Linear.of(slots, layer, init, out, in, settings.bias());
    }

    Normalization normalization(String layer) {
      return normalization(layer, width, settings.bias() && settings.norm() == Norm.LAYER);
    }

    private Normalization normalization(String layer, int units, boolean shifted) {
      Slot scale = slots.add(layer + ".weight", Init.ONE, units);
      return new Normalization(
          scale,
          shifted ? slots.add(layer + ".bias", Init.ZERO, units) : null,
          settings.normEpsilon());
    }
  }
}
