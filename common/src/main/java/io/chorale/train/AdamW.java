package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Operator;
import io.chorale.tensor.StepScope;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Kingma and Ba, 2015; Loshchilov and Hutter, 2019) over the flat parameters.
 *
 * <p>libtorch's fused kernel reads and writes each element once, where the same formula written in
 * tensor operations makes six passes; Java's bindings have no method for it, so it is called by
 * name.
 */
final class AdamW implements Optimizer {
  static final String FIRST = WorkerState.OPTIMIZER + "adamw.first";
  static final String SECOND = WorkerState.OPTIMIZER + "adamw.second";

  /** What it keeps. */
  static final List<String> STATE = List.of(FIRST, SECOND);

  /** Found when it is first called: who asks for the names above may have no libtorch yet. */
  private static final class Kernel {
    static final Operator FUSED = Operator.of("aten::_fused_adamw_");

    private Kernel() {}
  }

  private final TrainSettings settings;
  private final FlatTensors parameters;
  private final long decayed;
  private final Tensor first;
  private final Tensor second;

  AdamW(TrainSettings settings, FlatTensors parameters, long decayed, Tensor first, Tensor second) {
    this.settings = settings;
    this.parameters = parameters;
    this.decayed = decayed;
    this.first = first;
    this.second = second;
  }

  @Override
  public void step(double learningRate, long step) {
    range(0, decayed, settings.weightDecay(), learningRate, step);
    range(decayed, parameters.values().numel() - decayed, 0, learningRate, step);
  }

  private void range(long start, long length, double decay, double learningRate, long step) {
    if (length == 0) {
      return;
    }
    try (StepScope scope = new StepScope()) {
      IValue none = new IValue();
      IValue no = new IValue(false);
      Kernel.FUSED.call(
          Operator.list(parameters.values().narrow(0, start, length)),
          Operator.list(parameters.gradients().narrow(0, start, length)),
          Operator.list(first.narrow(0, start, length)),
          Operator.list(second.narrow(0, start, length)),
          Operator.list(), // maxima of the second moment, for AMSGrad
          Operator.list(torch.full(new long[0], new Scalar((float) (step + 1)), first.options())),
          new IValue(learningRate),
          new IValue(settings.beta1()),
          new IValue(settings.beta2()),
          new IValue(decay),
          new IValue(settings.epsilon()),
          no, // AMSGrad
          no, // maximize
          none, // scale of the gradients
          none); // whether an infinity was found
    }
  }
}
