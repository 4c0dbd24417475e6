package io.chorale.model;

import io.chorale.config.AttentionSettings.Norm;
import io.chorale.model.AutogradAttention.Seen;
import io.chorale.model.AutogradAttention.Sight;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A transformer's pass by libtorch's operators, whose way back is autograd's: on any device, of all
 * forms.
 */
record AutogradTransformer(TransformerParameters parameters, AutogradAttention attention) {

  AutogradTransformer(TransformerParameters parameters) {
    this(parameters, new AutogradAttention(parameters));
  }

  /**
   * Goes through the blocks and the norm after them.
   *
   * @param x with positions [B, T, C]
   * @param documents that share the rows
   * @param memory of a model that looks at one
   * @param before keys and values of the steps before x
   * @param kept whether keys and values are given as the state
   */
  Backbone.Output forward(
      Weights w,
      Tensor x,
      Lengths lengths,
      Optional<DocumentGroups> documents,
      Optional<Memory> memory,
      State before,
      boolean kept,
      Pass pass) {
    boolean recompute = parameters.settings().recompute() && pass.tape().recording();
    long start = before.empty() ? 0 : before.tensors().get(0).size(2);
    Sight sight = attention.sight(w, lengths, start, x, documents);
    TensorOptional memoryMask =
        memory
            .map(seen -> AutogradAttention.padding(w, seen.lengths()))
            .orElseGet(TensorOptional::new);
    List<Tensor> values =
        memory.stream()
            .map(seen -> recompute ? pass.tape().shared(seen.values()) : seen.values())
            .toList();
    List<Tensor> next = new ArrayList<>();
    for (int i = 0; i < parameters.blocks().size(); i++) {
      TransformerBlock block = parameters.blocks().get(i);
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
      if (pass.trace().listens()) {
        Tensor stream = x;
        pass.trace().states(block.name(), () -> stream);
      }
    }
    return new Backbone.Output(
        norm(w, parameters.norm(), x), kept ? new State(next, 0) : State.NONE);
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
        attention.forward(
            w, block, norm(w, block.attentionNorm(), x), past, sight, dropout, next, trace);
    // Into what the layer gave, which no gradient needs, rather than into a new tensor.
    Tensor y = dropout.apply(attended).add_(x);
    if (seen.isPresent()) {
      Tensor normed = norm(w, block.memory().orElseThrow().norm(), y);
      y = dropout.apply(attention.look(w, block, normed, seen.get(), trace)).add_(y);
    }
    return dropout.apply(mlp(w, block, norm(w, block.mlpNorm(), y), dropout)).add_(y);
  }

  private Tensor mlp(Weights w, TransformerBlock block, Tensor x, Dropout dropout) {
    Tensor up = block.up().forward(w, x, dropout);
    long half = up.size(2) / 2;
    Tensor activated =
        switch (parameters.settings().activation()) {
          case GELU -> torch.gelu(up);
          case GELU_TANH -> torch.gelu(up, "tanh");
          case SWIGLU -> torch.silu(up.narrow(2, 0, half)).mul(up.narrow(2, half, half));
        };
    return block.down().forward(w, activated, dropout);
  }

  private Tensor norm(Weights w, Normalization norm, Tensor x) {
    TensorOptional scale = new TensorOptional(w.get(norm.scale()));
    long[] shape = {parameters.width()};
    if (parameters.settings().norm() == Norm.RMS) {
      return torch.rms_norm(x, shape, scale, new DoubleOptional(norm.epsilon()));
    }
    TensorOptional shift =
        norm.shift() == null ? new TensorOptional() : new TensorOptional(w.get(norm.shift()));
    return torch.layer_norm(x, shape, scale, shift, norm.epsilon(), false);
  }

  /** What a memory's keys and values are for each block, one after the other. */
  List<Tensor> keys(Weights w, Tensor memory) {
    return parameters.blocks().stream()
        .flatMap(block -> attention.keys(w, block.memory().orElseThrow(), memory).stream())
        .toList();
  }
}
