package io.chorale.generate;

import io.chorale.config.Settings;
import io.chorale.io.FloatVector;
import io.chorale.model.Dropout;
import io.chorale.model.Model;
import io.chorale.model.Models;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.List;
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
  private final Settings settings;
  private final int context;
  private final FlatTensors weights;
  private final Model model;

  private List<Tensor> state = List.of();
  private int[] seen = new int[0]; // by a transformer, since the state began

  Decoder(Settings settings, int vocabulary, int context, FloatVector parameters) {
    Engine.start();
    this.settings = settings;
    this.context = context;
    weights = FlatTensors.frozen(Models.layout(settings, vocabulary, context).shapes(), Device.CPU);
    weights.load(parameters);
    model = Models.create(settings, weights, weights);
  }

  /** Forgets what was read. */
  void reset() {
    state.forEach(Tensor::close);
    state = List.of();
    seen = new int[0];
  }

  /**
   * Reads on.
   *
   * @param ids at least one
   * @return the logits of the token after the last one
   */
  float[] read(int[] ids) {
    if (settings.model().recurrent()) {
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
      Tensor inputs = Device.CPU.ids(ids).view(1, ids.length);
      Model.Output output = model.forward(inputs, state, Dropout.NONE);
      state.forEach(Tensor::close);
      state = List.copyOf(output.state());
      state.forEach(scope::keep);
      Tensor last = output.logits().select(1, ids.length - 1).contiguous();
      float[] logits = new float[(int) last.numel()];
      last.data_ptr_float().get(logits);
      return logits;
    }
  }

  @Override
  public void close() {
    reset();
    model.close();
    weights.close();
  }
}
