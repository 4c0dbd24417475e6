package io.chorale.model;

import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.Settings;
import io.chorale.tensor.Products;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A transformer: its {@link TransformerParameters}, and which pass goes over them.
 *
 * <p>Its state is the key and the value [B, H, T, C/H] of every step so far, layer by layer; only a
 * causal one has it, and only where there is no way back and all rows are equally long. Padding
 * stands right of a row, where a causal step never looks; both ways it is masked, and so is that of
 * a memory. Of rows that several {@link Documents} share, attention reads each document alone, and
 * positions begin anew with each; all else reads a step by itself.
 *
 * <p>With a memory, a block attends to it between its other two parts, with keys and values that
 * have no positions of their own.
 */
final class Transformer implements Backbone {
  private final TransformerParameters parameters;
  private final TransformerInput input;
  private final AutogradTransformer autograd;
  private final TransformerFloats floats;

  /** A transformer whose parameters are added to the slots; see {@link Backbone#of}. */
  Transformer(Slots slots, String prefix, Settings all, Form form, int context) {
    parameters = TransformerParameters.of(slots, prefix, all, form, context);
    input = new TransformerInput(parameters);
    autograd = new AutogradTransformer(parameters);
    floats = new TransformerFloats(all, form, parameters.feedForward());
  }

  @Override
  public Output forward(Weights w, Sequence x, State before, Pass pass) {
    return read(w, x, Optional.empty(), before, pass);
  }

  @Override
  public Output forward(Weights w, Sequence x, Memory memory, State before, Pass pass) {
    return read(w, x, Optional.of(memory), before, pass);
  }

  private Output read(
      Weights w, Sequence sequence, Optional<Memory> memory, State before, Pass pass) {
    Form form = parameters.form();
    if (form == Form.BOTH_WAYS && !before.empty()) {
      throw new IllegalArgumentException(
          "a transformer that reads both ways goes on from no state");
    }
    if (memory.isPresent() != (form == Form.WITH_MEMORY)) {
      throw new IllegalArgumentException(
          "a transformer must be given a memory where it was made for one, and only there");
    }
    Lengths lengths = sequence.lengths();
    long start = before.empty() ? 0 : before.tensors().get(0).size(2);
    Optional<DocumentGroups> documents =
        lengths.documents().map(found -> new DocumentGroups(found, w.device()));
    if (documents.isPresent() && (form != Form.CAUSAL || start > 0)) {
      throw new IllegalArgumentException(
          "only a causal transformer at the begin of its rows tells documents in them apart");
    }
    Tensor x = input.read(w, sequence, start, documents, pass); // [B, T, C]
    if (pass.trace().listens()) {
      pass.trace().states(parameters.prefix() + "input", () -> x);
    }
    if (w.products().isPresent() && before.empty() && placeable(lengths, pass)) {
      return new Output(placed(w, w.products().get(), x, lengths, pass), State.NONE);
    }
    return autograd.forward(w, x, lengths, documents, memory, before, pass);
  }

  /**
   * Whether a pass goes over memory that every step uses again: one with a way back whose softmaxes
   * are not too large to be kept for it.
   */
  private boolean placeable(Lengths lengths, Pass pass) {
    return pass.tape().recording()
        && !pass.trace().listens()
        && !parameters.settings().recompute()
        && parameters.form() != Form.WITH_MEMORY
        && lengths.documents().isEmpty()
        && PlacedTransformer.takes(lengths.longest(), parameters.headWidth());
  }

  private Tensor placed(Weights w, Products products, Tensor x, Lengths lengths, Pass pass) {
    Form form = parameters.form();
    boolean drops = pass.dropout() != Dropout.NONE;
    long length = PlacedTransformer.length(lengths.longest());
    // So are rows that are made longer.
    boolean padded = form == Form.BOTH_WAYS && (!lengths.equal() || lengths.longest() < length);
    PlacedTransformer.Shape shape =
        new PlacedTransformer.Shape(
            lengths.batch(), length, parameters.width(), form == Form.CAUSAL, padded, drops);
    Workspaces<TransformerMemory> memories =
        w.hold(
            parameters.prefix() + "transformer.memory",
            () -> new Workspaces<>(() -> TransformerMemory.of(w)));
    TransformerMemory memory = memories.take();
    pass.tape().whenDone(() -> memories.giveBack(memory));
    Optional<PositionTables> turning =
        parameters.settings().positions() == Positions.ROTARY
            ? Optional.of(parameters.tables(w))
            : Optional.empty();
    PlacedTransformer blocks =
        memory.at(
            shape,
            (floats, factors) ->
                new PlacedTransformer(
                    new Place(w, products, floats, factors, shape.rows()),
                    shape,
                    parameters.settings(),
                    turning,
                    parameters.blocks(),
                    parameters.norm()));
    Tensor y;
    try (NoGradGuard guard = new NoGradGuard()) {
      y = blocks.forward(x, lengths, pass.dropout());
    }
    return pass.tape()
        .cut(List.of(x), List.of(y), gradients -> List.of(blocks.backward(gradients.get(0))))
        .get(0);
  }

  @Override
  public Memory prepared(Weights w, Memory memory) {
    return memory.with(autograd.keys(w, memory.values()));
  }

  @Override
  public Tensor ends(Weights w, Output read, Lengths lengths) {
    int[] places = new int[lengths.batch()];
    for (int row = 0; row < places.length; row++) {
      places[row] = row * lengths.longest() + lengths.of(row) - 1;
    }
    return read.values().flatten(0, 1).index_select(0, w.device().ids(places));
  }

  @Override
  public boolean carries() {
    return false;
  }

  @Override
  public State restore(List<Tensor> flat) {
    return State.NONE;
  }

  @Override
  public List<Long> carriedSizes(long rows) {
    return List.of();
  }

  @Override
  public int width() {
    return parameters.width();
  }

  @Override
  public long keptByStep(long batch, long length, boolean padded) {
    return floats.keptByStep(batch, length);
  }

  @Override
  public long madeByPass(long batch, long length, boolean padded) {
    return floats.madeByPass(batch, length, padded);
  }

  @Override
  public long largestOfRow(long length) {
    return floats.largestOfRow(length);
  }
}
