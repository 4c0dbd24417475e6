package io.chorale.model;

import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.tensor.Operand;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A transformer's block at a {@link Place}, and its way back. */
final class PlacedBlock {
  private final PlacedNorm attentionNorm;
  private final PlacedLinear qkv;
  private final PlacedAttention attention;
  private final PlacedBranch output;
  private final PlacedNorm mlpNorm;
  private final PlacedLinear up;
  private final PlacedActivation activation;
  private final PlacedBranch down;
  private final PlacedAttention.Heads heads;
  private final PlacedAttention.Heads ofHeads;
  private final Optional<PositionTables> turning;

  /**
   * The settings and the memory that all blocks of a stack share.
   *
   * @param batch rows: B
   * @param drops whether there is dropout
   * @param left whether a step sees none after it
   * @param padding what is added to scores; null for nothing
   * @param turning of rotary positions
   * @param gradient of the residual stream [N, C]: before the way back of a block that of what it
   *     gives, then that of what it reads
   */
  record Stack(
      AttentionSettings settings,
      long batch,
      boolean drops,
      boolean left,
      Operand padding,
      Optional<PositionTables> turning,
      Tensor gradient) {}

  /**
   * A block.
   *
   * @param x what it reads [N, C], in float32
   * @param y where its result goes
   */
  PlacedBlock(Place at, Stack stack, TransformerBlock block, Tensor x, Tensor y) {
    AttentionSettings settings = stack.settings();
    boolean mean = settings.norm() == Norm.LAYER;
    boolean drops = stack.drops();
    Tensor gradient = stack.gradient();
    String name = block.name();
    long rows = at.rows();
    long width = x.size(1);
    long units = block.down().matrix().shape()[1];
    long read = settings.activation() == Activation.SWIGLU ? 2 * units : units;

    Tensor normed = at.factors().get(name + ".attention.normed", rows, width);
    Tensor projected = at.factors().get(name + ".qkv", rows, 3 * width);
    Tensor means = at.factors().get(name + ".means", rows, width);
    Tensor middle = at.floats().get(name + ".middle", rows, width);
    Tensor middleNormed = at.factors().get(name + ".mlp.normed", rows, width);
    Tensor raised = at.factors().get(name + ".up", rows, read);
    Tensor activated = at.factors().get(name + ".activated", rows, units);
    // The way back of one block after the other goes through the same memory.
    Tensor ofNormed = at.floats().get("of.normed", rows, width);
    Tensor ofProjected = at.factors().get("of.qkv", rows, 3 * width);
    Tensor ofMeans = at.factors().get("of.means", rows, width);
    Tensor ofRaised = at.factors().get("of.up", rows, read);
    Tensor ofActivated = at.factors().get("of.activated", rows, units);

    attentionNorm =
        new PlacedNorm(
            at, name + ".attention", block.attentionNorm(), mean, x, normed, ofNormed, gradient);
    qkv = new PlacedLinear(at, block.qkv(), normed, projected, null, ofProjected, ofNormed);
    heads = heads(stack, projected);
    ofHeads = heads(stack, ofProjected);
    turning = stack.turning();
    attention =
        new PlacedAttention(
            at,
            name,
            heads,
            stack.left(),
            stack.padding(),
            heads(stack, means, 0),
            ofHeads,
            heads(stack, ofMeans, 0));
    output =
        new PlacedBranch(
            at, name + ".output", block.output(), drops, means, x, middle, gradient, ofMeans);
    mlpNorm =
        new PlacedNorm(
            at, name + ".mlp", block.mlpNorm(), mean, middle, middleNormed, ofNormed, gradient);
    up = new PlacedLinear(at, block.up(), middleNormed, raised, null, ofRaised, ofNormed);
    activation =
        new PlacedActivation(settings.activation(), raised, activated, ofRaised, ofActivated);
    down =
        new PlacedBranch(
            at, name + ".down", block.down(), drops, activated, middle, y, gradient, ofActivated);
  }

  private static PlacedAttention.Heads heads(Stack stack, Tensor beside) {
    return new PlacedAttention.Heads(
        heads(stack, beside, 0), heads(stack, beside, 1), heads(stack, beside, 2));
  }

  /** Of matrices [N, C] that stand beside each other one, as heads [B, H, T, C/H]. */
  private static Tensor heads(Stack stack, Tensor beside, int number) {
    long width = stack.gradient().size(1);
    long heads = stack.settings().heads();
    return beside
        .view(stack.batch(), -1, beside.size(1))
        .narrow(2, number * width, width)
        .unflatten(2, heads, width / heads)
        .transpose(1, 2);
  }

  void forward(Dropout dropout) {
    attentionNorm.forward();
    qkv.forward();
    turning.ifPresent(
        tables -> {
          heads.q().copy_(tables.rotate(heads.q(), 0));
          heads.k().copy_(tables.rotate(heads.k(), 0));
        });
    attention.forward();
    output.forward(dropout);
    mlpNorm.forward();
    up.forward();
    activation.forward();
    down.forward(dropout);
  }

  void backward() {
    down.backward();
    activation.backward();
    up.backward();
    mlpNorm.backward();
    output.backward();
    attention.backward();
    turning.ifPresent(
        tables -> {
          ofHeads.q().copy_(tables.rotateBack(ofHeads.q(), 0));
          ofHeads.k().copy_(tables.rotateBack(ofHeads.k(), 0));
        });
    qkv.backward();
    attentionNorm.backward();
  }
}
