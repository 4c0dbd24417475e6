package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.model.Place.Keeps;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A transformer: its {@link TransformerParameters}, and which pass goes over them.
 *
 * <p>Its state is the key and the value [B, K, T, D] of every step so far, layer by layer; only a
 * causal one has it, and only where a pass goes on and all rows are equally long. Padding stands
 * right of a row, where a causal step never looks; both ways it is masked, and so is that of a
 * memory. Of rows that several {@link Documents} share, attention reads each document alone, and
 * positions begin anew with each; all else reads a step by itself.
 *
 * <p>With a memory, a block attends to it between its other two parts, with keys and values that
 * have no positions of their own.
 */
final class Transformer implements Backbone {
  /** From here on reading gains more than it costs to lay out memory for a new shape. */
  private static final long LEAST_PRODUCT = 1 << 23;

  private final long leastProduct;
  private final TransformerParameters parameters;
  private final TransformerInput input;
  private final AutogradTransformer autograd;
  private final TransformerFloats floats;

  /** A transformer whose parameters are added to the slots; see {@link Backbone#of}. */
  Transformer(Slots slots, String prefix, Settings all, Form form, int context) {
    this(slots, prefix, all, form, context, LEAST_PRODUCT);
  }

  /**
   * As {@link #Transformer(Slots, String, Settings, Form, int)}.
   *
   * @param leastProduct multiplications of a matrix C by C with all steps from which a pass without
   *     a way back goes over memory that stays
   */
  Transformer(Slots slots, String prefix, Settings all, Form form, int context, long leastProduct) {
    this.leastProduct = leastProduct;
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
    if (w.products().isPresent() && before.empty() && placeable(lengths, memory, pass)) {
      return placed(w, w.products().get(), x, lengths, memory, pass);
    }
    return autograd.forward(w, x, lengths, documents, memory, before, kept(lengths, pass), pass);
  }

  /** Whether a pass goes over memory that every step uses again. */
  private boolean placeable(Lengths lengths, Optional<Memory> memory, Pass pass) {
    // Keys of a memory are there already where a few steps look at it, again and again.
    return !pass.trace().listens()
        && memory.stream().allMatch(read -> read.keys().isEmpty())
        && takes(lengths, parameters.form() != Form.BOTH_WAYS, pass)
        && memory.stream().allMatch(read -> takes(read.lengths(), false, pass))
        && (lengths.documents().isEmpty()
            || PlacedTransformer.takesDocuments(lengths.longest(), parameters.width()))
        && (pass.tape().recording() || pays(lengths));
  }

  private boolean takes(Lengths lengths, boolean left, Pass pass) {
    return PlacedTransformer.takes(
        lengths.longest(),
        parameters.width(),
        parameters.heads().size(),
        pass.tape().recording() && !left);
  }

  /** Whether reading is work enough to lay out memory for a shape that may come but once. */
  private boolean pays(Lengths lengths) {
    long rows = (long) lengths.batch() * lengths.longest();
    return rows * parameters.width() * parameters.width() >= leastProduct;
  }

  private Output placed(
      Weights w, Products products, Tensor x, Lengths lengths, Optional<Memory> memory, Pass pass) {
    PlacedTransformer.Shape shape = shape(lengths, memory, pass);
    Workspaces<TransformerMemory> memories =
        w.hold(
            parameters.prefix() + "transformer.memory",
            () -> new Workspaces<>(() -> TransformerMemory.of(w)));
    TransformerMemory taken = memories.take();
    pass.tape().whenDone(() -> memories.giveBack(taken));
    PlacedTransformer blocks =
        taken.at(
            shape,
            (floats, factors) ->
                new PlacedTransformer(
                    new Place(w, products, floats, factors, shape.rows(), shape.keeps()),
                    shape,
                    parameters));
    boolean kept = kept(lengths, pass);
    List<Tensor> keys = new ArrayList<>();
    Tensor y;
    try (NoGradGuard guard = new NoGradGuard()) {
      y =
          blocks.forward(
              x, lengths, memory, pass.dropout(), kept ? Optional.of(keys) : Optional.empty());
    }
    List<Tensor> read = Stream.concat(Stream.of(x), memory.map(Memory::values).stream()).toList();
    pass.tape().cut(read, List.of(y), gradients -> blocks.backward(gradients.get(0), memory));
    return new Output(y, kept ? new State(keys, 0) : State.NONE);
  }

  private PlacedTransformer.Shape shape(Lengths lengths, Optional<Memory> memory, Pass pass) {
    PlacedMask.Kind hidden =
        switch (parameters.form()) {
          case BOTH_WAYS -> PlacedTransformer.padding(lengths);
          case CAUSAL, WITH_MEMORY ->
              lengths.documents().isPresent() ? PlacedMask.Kind.OTHERS : PlacedMask.Kind.LATER;
        };
    Keeps keeps = parameters.settings().recompute() ? Keeps.INPUTS : Keeps.ALL;
    return new PlacedTransformer.Shape(
        lengths.batch(),
        PlacedTransformer.length(lengths.longest()),
        hidden,
        memory.map(
            seen ->
                new PlacedTransformer.MemoryShape(
                    PlacedTransformer.length(seen.lengths().longest()),
                    PlacedTransformer.padding(seen.lengths()))),
        pass.dropout().drops(),
        pass.tape().recording() ? keeps : Keeps.NOTHING);
  }

  /**
   * Whether a pass gives its keys and values. Of rows of unequal length they hold padding, which a
   * step after it would look at.
   */
  private boolean kept(Lengths lengths, Pass pass) {
    return pass.goesOn()
        && parameters.form() != Form.BOTH_WAYS
        && lengths.equal()
        && lengths.documents().isEmpty();
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
    return floats.madeByPass(batch, length);
  }

  @Override
  public long largestOfRow(long length) {
    return floats.largestOfRow(length);
  }
}
