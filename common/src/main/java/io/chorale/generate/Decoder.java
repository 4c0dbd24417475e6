package io.chorale.generate;

import io.chorale.model.State;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A model that reads one text and says after any token what may come next.
 *
 * <p>A recurrent model carries its state without an end. A transformer keeps the keys and values of
 * at most {@code context} tokens: where more would be, it forgets them all and reads again the last
 * half of a context, so that a token costs at most about two, however long the text.
 */
final class Decoder implements AutoCloseable {
  private final NextToken model;

  private State state = State.NONE;
  private int[] seen = new int[0]; // in a window, since the state began

  /**
   * @param model closed with this
   */
  Decoder(NextToken model) {
    Engine.start();
    this.model = model;
  }

  /** Forgets what was read. */
  void reset() {
    state.close();
    state = State.NONE;
    seen = new int[0];
  }

  /**
   * Reads on.
   *
   * @param ids at least one
   * @return the logits of the token after the last one
   */
  float[] read(int[] ids) {
    int context = model.context();
    if (model.carries()) {
      float[] logits = null;
      for (int at = 0; at < ids.length; at += context) {
        logits = forward(Arrays.copyOfRange(ids, at, Math.min(at + context, ids.length)));
      }
      return logits;
    }
    int[] all = Arrays.copyOf(seen, seen.length + ids.length);
    System.arraycopy(ids, 0, all, seen.length, ids.length);
    int[] unread = ids;
    if (all.length > context) {
      reset();
      all = Arrays.copyOfRange(all, all.length - Math.max(1, context / 2), all.length);
      unread = all;
    }
    seen = all;
    return forward(unread);
  }

  private float[] forward(int[] ids) {
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard()) {
      NextToken.Output output = model.read(ids, 1, state);
      State next = output.last().keep(scope);
      state.close();
      state = next;
      Tensor last = output.logits().cpu().contiguous();
      float[] logits = new float[(int) last.numel()];
      last.data_ptr_float().get(logits);
      return logits;
    }
  }

  @Override
  public void close() {
    reset();
    model.close();
  }
}
