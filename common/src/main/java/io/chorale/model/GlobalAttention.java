package io.chorale.model;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A recurrent decoder's look at its memory in every step: the softmax of h W m over all steps m of
 * the memory weighs their mean c, and tanh(V [c; h]) is the result (Luong, Pham and Manning,
 * "Effective approaches to attention-based neural machine translation", 2015: global attention,
 * general score).
 *
 * <p>It comes after the recurrence, for all steps at once, so nothing of it enters the next step
 * (their "input feeding" does). T·S products of H each.
 *
 * @param name for a trace
 * @param score W, as it stands before m [H, W]
 * @param combined V [H, W + H]
 */
record GlobalAttention(String name, Linear score, Linear combined) {
  /**
   * An attention with parameters of its own.
   *
   * @param prefix of their names
   * @param width H
   * @param memory W
   */
  static GlobalAttention of(Slots slots, String prefix, int width, int memory) {
    Init init = Init.uniform(1 / StrictMath.sqrt((double) width));
    return new GlobalAttention(
        prefix + "memory",
        Linear.of(slots, prefix + "score", init, width, memory, false),
        Linear.of(slots, prefix + "combined", init, width, memory + width, false));
  }

  /** What is computed of a memory alone: W m for all its steps [B, S, H]. */
  List<Tensor> keys(Weights w, Memory memory) {
    return List.of(score.forward(w, memory.values()));
  }

  /** The results [B, T, H] of hidden states [B, T, H]. */
  Tensor forward(Weights w, Tensor hidden, Memory memory, Trace trace) {
    List<Tensor> keys = memory.keys().isEmpty() ? keys(w, memory) : memory.keys();
    Tensor scores = hidden.bmm(keys.get(0).transpose(1, 2)); // [B, T, S]
    if (!memory.lengths().equal()) {
      Tensor padding = memory.lengths().mask(w.device()).logical_not().unsqueeze(1);
      scores = scores.masked_fill(padding, new Scalar(Double.NEGATIVE_INFINITY));
    }
    Tensor weights = torch.softmax(scores, 2);
    if (trace.listens()) {
      trace.attention(name, () -> weights.unsqueeze(1));
    }
    Tensor context = weights.bmm(memory.values()); // [B, T, W]
    return combined.forward(w, torch.cat(new TensorVector(context, hidden), 2)).tanh();
  }
}
