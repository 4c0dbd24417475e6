package io.chorale.model;

import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.Settings;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A transformer with its norms before each part of a block (Vaswani et al., 2017; Radford et al.,
 * 2019).
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
  private static final int SWIGLU_MULTIPLE = 32;

  /** A table is large that has so many times the rows that are looked up. */
  private static final int MANY_ROWS = 4;

  private final AttentionSettings settings;
  private final Form form;
  private final String prefix;
  private final String name;
  private final int layers;
  private final int width;
  private final int heads;
  private final int size;
  private final int feedForward;
  private final Slot positions; // [T, C]; null where they are not learned
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final Normalization norm;
  private final TransformerFloats floats;

  /**
   * What a block looks at.
   *
   * @param values [B, S, C]
   * @param keys and values of it [B, H, S, C/H], where they are there already
   * @param mask of its padding
   */
  private record Seen(Tensor values, List<Tensor> keys, TensorOptional mask) {}

  /**
   * The steps of its own row to which a step attends.
   *
   * @param start position of the first step
   * @param mask of what it must not look at, beyond what is later
   * @param documents that share the rows, of which a step looks at its own alone
   */
  private record Sight(long start, TensorOptional mask, Optional<DocumentGroups> documents) {}

  /**
   * The first values are GPT-2's: normal with deviation 0.02, the projections back into the
   * residual stream scaled by one over the root of their number, so that the stream's variance does
   * not grow with the depth.
   */
  Transformer(Slots slots, String prefix, Settings all, Form form, int context) {
    this.settings = all.attention();
    this.form = form;
    this.prefix = prefix;
    this.name = prefix + "transformer";
    this.layers = all.model().layers();
    this.width = all.model().width();
    this.heads = settings.heads();
    this.size = width / heads;
    this.feedForward = feedForward();
    double range = settings.initializerRange();
    Init normal = Init.normal(range);
    int parts = form == Form.WITH_MEMORY ? 3 : 2;
    Init residual = Init.normal(range / StrictMath.sqrt((double) parts * layers));
    boolean gated = settings.activation() == Activation.SWIGLU;
    boolean bias = settings.bias();
    positions =
        settings.positions() == Positions.LEARNED
            ? slots.add(prefix + "positions.weight", normal, context, width)
            : null;
    for (int i = 0; i < layers; i++) {
      String layer = prefix + "layers." + i + ".";
      blocks.add(
          new TransformerBlock(
              prefix + "layers." + i,
              normalization(slots, layer + "attention.norm"),
              Linear.of(slots, layer + "attention.qkv", normal, 3L * width, width, bias),
              Linear.of(slots, layer + "attention.output", residual, width, width, bias),
              form == Form.WITH_MEMORY
                  ? Optional.of(crossAttention(slots, layer + "memory.", normal, residual))
                  : Optional.empty(),
              normalization(slots, layer + "mlp.norm"),
              // Of a gated layer, the first half of the rows is the gate.
              Linear.of(
                  slots, layer + "mlp.up", normal, (gated ? 2L : 1) * feedForward, width, bias),
              Linear.of(slots, layer + "mlp.down", residual, width, feedForward, bias)));
    }
    norm = normalization(slots, prefix + "norm");
    floats = new TransformerFloats(all, form, feedForward);
  }

  private TransformerBlock.CrossAttention crossAttention(
      Slots slots, String part, Init normal, Init residual) {
    boolean bias = settings.bias();
    return new TransformerBlock.CrossAttention(
        normalization(slots, part + "norm"),
        Linear.of(slots, part + "q", normal, width, width, bias),
        Linear.of(slots, part + "kv", normal, 2L * width, width, bias),
        Linear.of(slots, part + "output", residual, width, width, bias));
  }

  /** Units of the feed-forward layer. */
  private int feedForward() {
    if (settings.feedForward() > 0) {
      return settings.feedForward();
    }
    if (settings.activation() == Activation.GELU) {
      return 4 * width;
    }
    // Two thirds of 4 x width: three matrices instead of two, at the same number of parameters.
    int units = 8 * width / 3;
    return (units + SWIGLU_MULTIPLE - 1) / SWIGLU_MULTIPLE * SWIGLU_MULTIPLE;
  }

  private Normalization normalization(Slots slots, String layer) {
    Slot scale = slots.add(layer + ".weight", Init.ONE, width);
    boolean shifted = settings.bias() && settings.norm() == Norm.LAYER;
    return new Normalization(scale, shifted ? slots.add(layer + ".bias", Init.ZERO, width) : null);
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
    if (form == Form.BOTH_WAYS && !before.empty()) {
      throw new IllegalArgumentException(
          "a transformer that reads both ways goes on from no state");
    }
    if (memory.isPresent() != (form == Form.WITH_MEMORY)) {
      throw new IllegalArgumentException(
          "a transformer must be given a memory where it was made for one, and only there");
    }
    boolean recompute = settings.recompute() && pass.tape().recording();
    long start = before.empty() ? 0 : before.tensors().get(0).size(2);
    Optional<DocumentGroups> documents =
        sequence.lengths().documents().map(found -> new DocumentGroups(found, w.device()));
    if (documents.isPresent() && (form != Form.CAUSAL || start > 0)) {
      throw new IllegalArgumentException(
          "only a causal transformer at the begin of its rows tells documents in them apart");
    }
    Tensor x = place(w, vectors(w, sequence, pass), start, documents);
    x = pass.dropout().apply(x); // [B, T, C]
    hear(pass.trace(), prefix + "input", x);
    if (w.products().isPresent() && before.empty() && placeable(sequence.lengths(), pass)) {
      return new Output(placed(w, w.products().get(), x, sequence.lengths(), pass), State.NONE);
    }
    Sight sight = new Sight(start, mask(w, sequence.lengths(), start, x), documents);
    TensorOptional memoryMask =
        memory.map(seen -> padding(w, seen.lengths())).orElseGet(TensorOptional::new);
    List<Tensor> values =
        memory.stream()
            .map(seen -> recompute ? pass.tape().shared(seen.values()) : seen.values())
            .toList();
    // What is trained begins afresh with the next block: nobody reads these keys again. Of rows of
    // unequal length they hold padding, which a step after it would look at.
    boolean kept =
        !pass.tape().recording()
            && form != Form.BOTH_WAYS
            && sequence.lengths().equal()
            && documents.isEmpty();
    List<Tensor> next = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      TransformerBlock block = blocks.get(i);
      List<Tensor> inputs = new ArrayList<>(List.of(x));
      inputs.addAll(values);
      List<Tensor> keys =
          memory.isEmpty() || memory.get().keys().isEmpty()
              ? List.of()
              : memory.get().keys().subList(2 * i, 2 * i + 2);
      if (recompute) {
        Dropout again = pass.dropout().fork();
        Replayed replayed = new Replayed(w, block, sight, memoryMask, pass, again);
        x = pass.tape().recomputed(inputs, replayed::apply);
      } else {
        List<Tensor> past = before.empty() ? List.of() : before.tensors().subList(2 * i, 2 * i + 2);
        Optional<Seen> seen = seen(inputs, keys, memoryMask);
        // What the way back needs autograd holds; all else that the block makes is freed after it.
        List<Tensor> made =
            StepScope.results(
                () -> {
                  List<Tensor> keysAndValues = new ArrayList<>();
                  Tensor y =
                      block(
                          w,
                          block,
                          inputs.get(0),
                          past,
                          sight,
                          seen,
                          pass.dropout(),
                          keysAndValues,
                          pass.trace());
                  return kept ? List.of(y, keysAndValues.get(0), keysAndValues.get(1)) : List.of(y);
                });
        x = made.get(0);
        next.addAll(made.subList(1, made.size()));
      }
      hear(pass.trace(), block.name(), x);
    }
    return new Output(norm(w, norm, x), kept ? new State(next, 0) : State.NONE);
  }

  /**
   * Whether a pass goes over memory that every step uses again: one with a way back whose softmaxes
   * are not too large to be kept for it.
   */
  private boolean placeable(Lengths lengths, Pass pass) {
    return pass.tape().recording()
        && !pass.trace().listens()
        && !settings.recompute()
        && form != Form.WITH_MEMORY
        && lengths.documents().isEmpty()
        && PlacedTransformer.takes(lengths.longest(), size);
  }

  private Tensor placed(Weights w, Products products, Tensor x, Lengths lengths, Pass pass) {
    boolean drops = pass.dropout() != Dropout.NONE;
    long length = PlacedTransformer.length(lengths.longest());
    // So are rows that are made longer.
    boolean padded = form == Form.BOTH_WAYS && (!lengths.equal() || lengths.longest() < length);
    PlacedTransformer.Shape shape =
        new PlacedTransformer.Shape(
            lengths.batch(), length, width, form == Form.CAUSAL, padded, drops);
    Workspaces<TransformerMemory> memories =
        w.hold(name + ".memory", () -> new Workspaces<>(() -> TransformerMemory.of(w)));
    TransformerMemory memory = memories.take();
    pass.tape().whenDone(() -> memories.giveBack(memory));
    Optional<PositionTables> turning =
        settings.positions() == Positions.ROTARY ? Optional.of(tables(w)) : Optional.empty();
    PlacedTransformer blocks =
        memory.at(
            shape,
            (floats, factors) ->
                new PlacedTransformer(
                    new Place(w, products, floats, factors, shape.rows()),
                    shape,
                    settings,
                    turning,
                    this.blocks,
                    norm));
    Tensor y;
    try (NoGradGuard guard = new NoGradGuard()) {
      y = blocks.forward(x, lengths, pass.dropout());
    }
    return pass.tape()
        .cut(List.of(x), List.of(y), gradients -> List.of(blocks.backward(gradients.get(0))))
        .get(0);
  }

  /**
   * What a block looks at, where there is a memory.
   *
   * @param inputs of the block: the memory's values stand second
   */
  private static Optional<Seen> seen(List<Tensor> inputs, List<Tensor> keys, TensorOptional mask) {
    return inputs.stream().skip(1).findFirst().map(values -> new Seen(values, keys, mask));
  }

  /** A block that is computed twice, the second time with the masks of the first. */
  private final class Replayed {
    private final Weights w;
    private final TransformerBlock block;
    private final Sight sight;
    private final TensorOptional memoryMask;
    private final Dropout second;
    private Dropout next;
    private Trace trace; // hears the first time alone

    Replayed(
        Weights w,
        TransformerBlock block,
        Sight sight,
        TensorOptional memoryMask,
        Pass first,
        Dropout second) {
      this.w = w;
      this.block = block;
      this.sight = sight;
      this.memoryMask = memoryMask;
      this.next = first.dropout();
      this.trace = first.trace();
      this.second = second;
    }

    Tensor apply(List<Tensor> inputs) {
      Dropout dropout = next;
      next = second;
      Trace hearing = trace;
      trace = Trace.NONE;
      Optional<Seen> seen = seen(inputs, List.of(), memoryMask);
      List<Tensor> keys = new ArrayList<>();
      return block(w, block, inputs.get(0), List.of(), sight, seen, dropout, keys, hearing);
    }
  }

  private Tensor block(
      Weights w,
      TransformerBlock block,
      Tensor x,
      List<Tensor> past,
      Sight sight,
      Optional<Seen> seen,
      Dropout dropout,
      List<Tensor> next,
      Trace trace) {
    Tensor attended =
        attention(w, block, norm(w, block.attentionNorm(), x), past, sight, next, trace);
    // Into what the layer gave, which no gradient needs, rather than into a new tensor.
    Tensor y = dropout.apply(attended).add_(x);
    if (seen.isPresent()) {
      y = dropout.apply(look(w, block, y, seen.get(), trace)).add_(y);
    }
    return dropout.apply(mlp(w, block, norm(w, block.mlpNorm(), y))).add_(y);
  }

  /** Attention from every step [B, T, C] to all steps of the memory. */
  private Tensor look(Weights w, TransformerBlock block, Tensor x, Seen seen, Trace trace) {
    TransformerBlock.CrossAttention part = block.memory().orElseThrow();
    Tensor q = heads(part.q().forward(w, norm(w, part.norm(), x)));
    List<Tensor> keys = seen.keys().isEmpty() ? keys(w, part, seen.values()) : seen.keys();
    Tensor y = means(w, q, keys.get(0), keys.get(1), seen.mask(), false);
    if (trace.listens()) {
      trace.attention(block.name() + ".memory", () -> looks(q, keys.get(0), seen.mask(), false));
    }
    return part.output().forward(w, y.transpose(1, 2).reshape(x.size(0), x.size(1), width));
  }

  /** Keys and values [B, H, S, C/H] of a memory [B, S, C]. */
  private List<Tensor> keys(Weights w, TransformerBlock.CrossAttention part, Tensor memory) {
    TensorVector parts = part.kv().forward(w, memory).split(width, 2);
    return List.of(heads(parts.get(0)), heads(parts.get(1)));
  }

  @Override
  public Memory prepared(Weights w, Memory memory) {
    return memory.with(
        blocks.stream()
            .flatMap(block -> keys(w, block.memory().orElseThrow(), memory.values()).stream())
            .toList());
  }

  /**
   * Looks up the vectors that are read [B, T, C]. Autograd fills a gradient as large as a table,
   * whatever was looked up of it: of a large one the rows alone are added.
   */
  private static Tensor vectors(Weights w, Sequence sequence, Pass pass) {
    if (w.products().isEmpty()
        || !pass.tape().recording()
        || !(sequence instanceof Sequence.Embedded embedded)
        || embedded.table().size(0) <= MANY_ROWS * embedded.ids().numel()) {
      return sequence.values();
    }
    Tensor ids = embedded.ids().flatten(0, 1);
    Tensor table = embedded.table();
    Tensor found;
    try (NoGradGuard guard = new NoGradGuard()) {
      found = embedded.values();
    }
    Tape.Segment back =
        gradients -> {
          table.grad().index_add_(0, ids, gradients.get(0).flatten(0, 1));
          return List.of();
        };
    return pass.tape().cut(List.of(), List.of(found), back).get(0);
  }

  /** Adds positions to vectors [B, T, C], where they are not turned in later. */
  private Tensor place(Weights w, Tensor x, long start, Optional<DocumentGroups> documents) {
    long length = documents.isPresent() ? documents.get().longest() : x.size(1);
    UnaryOperator<Tensor> placed =
        table -> documents.isPresent() ? documents.get().placed(table, x.size(0)) : table;
    return switch (settings.positions()) {
      case LEARNED -> x.add(placed.apply(w.get(positions).narrow(0, start, length)));
      case SINUSOIDAL -> {
        Tensor scaled = x.mul(new Scalar(Math.sqrt(width)));
        yield scaled.add(placed.apply(tables(w).sinusoids(start, length)));
      }
      case ROTARY -> x;
    };
  }

  private PositionTables tables(Weights w) {
    boolean rotary = settings.positions() == Positions.ROTARY;
    return w.hold(
        name + ".positions", () -> new PositionTables(w.flat().values(), rotary ? size : width));
  }

  /**
   * What queries must not look at, where the kernel does not know it already: a causal one that
   * begins at the first step looks left alone.
   */
  private TensorOptional mask(Weights w, Lengths lengths, long start, Tensor x) {
    long length = x.size(1);
    if (form == Form.BOTH_WAYS) {
      return padding(w, lengths);
    }
    if (start == 0 || length == 1) {
      return new TensorOptional();
    }
    return new TensorOptional(
        torch
            .ones(new long[] {length, start + length}, x.options())
            .tril(start)
            .to(torch.ScalarType.Bool));
  }

  /** Hides padding from all queries, where there is any. */
  private static TensorOptional padding(Weights w, Lengths lengths) {
    return lengths.equal()
        ? new TensorOptional()
        : new TensorOptional(
            lengths.mask(w.device()).view(lengths.batch(), 1, 1, lengths.longest()));
  }

  /**
   * What fused attention never holds: the softmax of q k / sqrt(C/H) over what may be looked at [B,
   * H, T, S].
   */
  private Tensor looks(Tensor q, Tensor k, TensorOptional mask, boolean left) {
    Tensor scores = q.matmul(k.transpose(2, 3)).div(new Scalar(Math.sqrt(size)));
    if (left) {
      Tensor later = torch.ones_like(scores).triu(1).to(torch.ScalarType.Bool);
      scores = scores.masked_fill(later, new Scalar(Double.NEGATIVE_INFINITY));
    }
    if (mask.has_value()) {
      Tensor hidden = mask.get().logical_not();
      scores = scores.masked_fill(hidden, new Scalar(Double.NEGATIVE_INFINITY));
    }
    return torch.softmax(scores, 3);
  }

  private static void hear(Trace trace, String layer, Tensor x) {
    if (trace.listens()) {
      trace.states(layer, () -> x);
    }
  }

  /** Multi-head attention; adds its keys and values to {@code next}. */
  private Tensor attention(
      Weights w,
      TransformerBlock block,
      Tensor x,
      List<Tensor> past,
      Sight sight,
      List<Tensor> next,
      Trace trace) {
    Tensor qkv = block.qkv().forward(w, x);
    Tensor y =
        sight.documents().isEmpty()
            ? attend(w, block, qkv, past, sight, next, trace)
            : sight.documents().get().each(qkv, alone -> attend(w, block, alone));
    return block.output().forward(w, y);
  }

  /** Causal self-attention of documents, each alone [D, L, C], of q, k and v [D, L, 3C]. */
  private Tensor attend(Weights w, TransformerBlock block, Tensor qkv) {
    Sight left = new Sight(0, new TensorOptional(), Optional.empty());
    return attend(w, block, qkv, List.of(), left, new ArrayList<>(), Trace.NONE);
  }

  /** Self-attention [B, T, C] of q, k and v side by side [B, T, 3C]. */
  private Tensor attend(
      Weights w,
      TransformerBlock block,
      Tensor qkv,
      List<Tensor> past,
      Sight sight,
      List<Tensor> next,
      Trace trace) {
    TensorVector parts = qkv.split(width, 2);
    Tensor q = heads(parts.get(0)); // [B, H, T, C/H]
    Tensor k = heads(parts.get(1));
    Tensor v = heads(parts.get(2));
    if (settings.positions() == Positions.ROTARY) {
      q = tables(w).rotate(q, sight.start());
      k = tables(w).rotate(k, sight.start());
    }
    if (!past.isEmpty()) {
      k = torch.cat(new TensorVector(past.get(0), k), 2);
      v = torch.cat(new TensorVector(past.get(1), v), 2);
    }
    next.add(k);
    next.add(v);
    boolean left = form != Form.BOTH_WAYS && sight.start() == 0;
    Tensor y = means(w, q, k, v, sight.mask(), left);
    if (trace.listens()) {
      Tensor queries = q;
      Tensor keys = k;
      trace.attention(block.name() + ".attention", () -> looks(queries, keys, sight.mask(), left));
    }
    return y.transpose(1, 2).reshape(qkv.size(0), qkv.size(1), width);
  }

  /**
   * The means of values by the softmax of q k / sqrt(C/H) [B, H, T, C/H].
   *
   * @param left whether a query looks at no key after its own place
   */
  private static Tensor means(
      Weights w, Tensor q, Tensor k, Tensor v, TensorOptional mask, boolean left) {
    DoubleOptional scale = new DoubleOptional();
    if (mask.has_value()) {
      return torch.scaled_dot_product_attention(q, k, v, mask, 0, left, scale, false);
    }
    return torch
        .scaled_dot_product_attention(
            w.attended(q), w.attended(k), w.attended(v), mask, 0, left, scale, false)
        .to(q.scalar_type());
  }

  private Tensor heads(Tensor x) {
    return x.view(x.size(0), x.size(1), heads, size).transpose(1, 2);
  }

  private Tensor mlp(Weights w, TransformerBlock block, Tensor x) {
    Tensor up = block.up().forward(w, x);
    Tensor activated;
    if (settings.activation() == Activation.SWIGLU) {
      long half = up.size(2) / 2;
      activated = torch.silu(up.narrow(2, 0, half)).mul(up.narrow(2, half, half));
    } else {
      activated = torch.gelu(up);
    }
    return block.down().forward(w, activated);
  }

  private Tensor norm(Weights w, Normalization norm, Tensor x) {
    TensorOptional scale = new TensorOptional(w.get(norm.scale()));
    long[] shape = {width};
    if (settings.norm() == Norm.RMS) {
      return torch.rms_norm(x, shape, scale, new DoubleOptional(Normalization.EPSILON));
    }
    TensorOptional shift =
        norm.shift() == null ? new TensorOptional() : new TensorOptional(w.get(norm.shift()));
    return torch.layer_norm(x, shape, scale, shift, Normalization.EPSILON, false);
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
    return width;
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
