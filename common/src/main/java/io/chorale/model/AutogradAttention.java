package io.chorale.model;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.model.Backbone.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention in many heads by libtorch's fused kernel, to the steps of a row and to a memory: H
 * heads of queries with D units each, and K of keys and values.
 */
record AutogradAttention(TransformerParameters parameters) {

  /**
   * What a block looks at.
   *
   * @param values [B, S, C]
   * @param keys and values of it [B, K, S, D], where they are there already
   * @param mask of its padding
   */
  record Seen(Tensor values, List<Tensor> keys, TensorOptional mask) {}

  /**
   * The steps of its own row to which a step attends.
   *
   * @param start position of the first step
   * @param mask of what it must not look at, beyond what is later
   * @param documents that share the rows, of which a step looks at its own alone
   */
  record Sight(long start, TensorOptional mask, Optional<DocumentGroups> documents) {}

  /** What the steps [B, T, C] of rows of those lengths see. */
  Sight sight(
      Weights w, Lengths lengths, long start, Tensor x, Optional<DocumentGroups> documents) {
    return new Sight(start, mask(w, lengths, start, x), documents);
  }

  /**
   * What queries must not look at, where the kernel does not know it already: a causal one that
   * begins at the first step looks left alone.
   */
  private TensorOptional mask(Weights w, Lengths lengths, long start, Tensor x) {
    long length = x.size(1);
    if (parameters.form() == Form.BOTH_WAYS) {
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
  static TensorOptional padding(Weights w, Lengths lengths) {
    return lengths.equal()
        ? new TensorOptional()
        : new TensorOptional(
            lengths.mask(w.device()).view(lengths.batch(), 1, 1, lengths.longest()));
  }

  /**
   * Self-attention from every step [B, T, C].
   *
   * @param past keys and values of the steps before; none at the begin
   * @param dropout of what adapters read
   * @param next to which keys and values are added
   */
  Tensor forward(
      Weights w,
      TransformerBlock block,
      Tensor x,
      List<Tensor> past,
      Sight sight,
      Dropout dropout,
      List<Tensor> next,
      Trace trace) {
    Tensor qkv = block.qkv().forward(w, x, dropout);
    Tensor y =
        sight.documents().isEmpty()
            ? attend(w, block, qkv, past, sight, next, trace)
            : sight.documents().get().each(qkv, alone -> attend(w, block, alone));
    return block.output().forward(w, y, dropout);
  }

  /**
   * Causal self-attention of documents, each alone [N, L, H D], of q, k and v [N, L, (H + 2K) D].
   */
  private Tensor attend(Weights w, TransformerBlock block, Tensor qkv) {
    Sight left = new Sight(0, new TensorOptional(), Optional.empty());
    return attend(w, block, qkv, List.of(), left, new ArrayList<>(), Trace.NONE);
  }

  /** Self-attention [B, T, H D] of q, k and v side by side [B, T, (H + 2K) D]. */
  private Tensor attend(
      Weights w,
      TransformerBlock block,
      Tensor qkv,
      List<Tensor> past,
      Sight sight,
      List<Tensor> next,
      Trace trace) {
    AttentionHeads heads = parameters.heads();
    long[] widths = {heads.queries(), heads.keys(), heads.keys()};
    TensorVector parts = qkv.split_with_sizes(widths, 2);
    Tensor q = heads(parts.get(0)); // [B, H, T, D]
    Tensor k = heads(parts.get(1)); // [B, K, T, D]
    Tensor v = heads(parts.get(2));
    if (block.qkNorm().isPresent()) {
      q = norm(w, block.qkNorm().get().q(), q);
      k = norm(w, block.qkNorm().get().k(), k);
    }
    if (parameters.settings().positions() == Positions.ROTARY) {
      PositionTables tables = parameters.tables(w);
      q = tables.rotate(q, sight.start());
      k = tables.rotate(k, sight.start());
    }
    if (!past.isEmpty()) {
      k = torch.cat(new TensorVector(past.get(0), k), 2);
      v = torch.cat(new TensorVector(past.get(1), v), 2);
    }
    next.add(k);
    next.add(v);
    boolean left = parameters.form() != Form.BOTH_WAYS && sight.start() == 0;
    Tensor y = means(w, q, k, v, sight.mask(), left);
    if (trace.listens()) {
      Tensor queries = q;
      Tensor keys = k;
      trace.attention(block.name() + ".attention", () -> looks(queries, keys, sight.mask(), left));
    }
    return beside(y);
  }

  /** An RMS norm of each head's vectors. */
  private static Tensor norm(Weights w, Normalization norm, Tensor x) {
    long[] shape = {x.size(3)};
    TensorOptional scale = new TensorOptional(w.get(norm.scale()));
    return torch.rms_norm(x, shape, scale, new DoubleOptional(norm.epsilon()));
  }

  /** Attention from every step [B, T, C], which a norm has scaled, to all steps of a memory. */
  Tensor look(Weights w, TransformerBlock block, Tensor normed, Seen seen, Trace trace) {
    TransformerBlock.CrossAttention part = block.memory().orElseThrow();
    Tensor q = heads(part.q().forward(w, normed));
    List<Tensor> keys = seen.keys().isEmpty() ? keys(w, part, seen.values()) : seen.keys();
    Tensor y = means(w, q, keys.get(0), keys.get(1), seen.mask(), false);
    if (trace.listens()) {
      trace.attention(block.name() + ".memory", () -> looks(q, keys.get(0), seen.mask(), false));
    }
    return part.output().forward(w, beside(y));
  }

  /** Keys and values [B, K, S, D] of a memory [B, S, C]. */
  List<Tensor> keys(Weights w, TransformerBlock.CrossAttention part, Tensor memory) {
    TensorVector parts = part.kv().forward(w, memory).split(parameters.heads().keys(), 2);
    return List.of(heads(parts.get(0)), heads(parts.get(1)));
  }

  /**
   * The means of values by the softmax of q k / sqrt(D) [B, H, T, D].
   *
   * @param left whether a query looks at no key after its own place
   */
  private Tensor means(Weights w, Tensor q, Tensor k, Tensor v, TensorOptional mask, boolean left) {
    int group = parameters.heads().group();
    if (group == 1) {
      return fused(w, q, k, v, mask, left);
    }
    if (q.size(2) == 1) {
      // One step's queries of a group see the same keys: they are as good as its steps.
      Tensor together = q.reshape(q.size(0), k.size(1), group, q.size(3));
      return fused(w, together, k, v, mask, false).reshape(q.size(0), q.size(1), 1, q.size(3));
    }
    return fused(w, q, repeated(k, group), repeated(v, group), mask, left);
  }

  /** Each head as often as queries share it [B, H, S, D]. */
  private static Tensor repeated(Tensor heads, int group) {
    return group == 1
        ? heads
        : heads.repeat_interleave(group, new LongOptional(1), new LongOptional());
  }

  private static Tensor fused(
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

  /**
   * What fused attention never holds: the softmax of q k / sqrt(D) over what may be looked at [B,
   * H, T, S].
   */
  private Tensor looks(Tensor q, Tensor k, TensorOptional mask, boolean left) {
    double root = Math.sqrt(parameters.heads().size());
    Tensor keys = repeated(k, parameters.heads().group());
    Tensor scores = q.matmul(keys.transpose(2, 3)).div(new Scalar(root));
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

  private Tensor heads(Tensor x) {
    return x.view(x.size(0), x.size(1), -1, parameters.heads().size()).transpose(1, 2);
  }

  /** Heads [B, H, T, D] beside each other [B, T, H D]. */
  private static Tensor beside(Tensor heads) {
    return heads.transpose(1, 2).reshape(heads.size(0), heads.size(2), -1);
  }
}
