package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.FlatTensors;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** AdamW (Loshchilov and Hutter, 2019) over the flat parameters. */
final class AdamW implements Optimizer {
  private static final String FIRST = "adamw.first";
  private static final String SECOND = "adamw.second";

  private final TrainSettings settings;
  private final FlatTensors parameters;
  private final long decayed;
  private final Tensor first;
  private final Tensor second;

  AdamW(
      TrainSettings settings,
      FlatTensors parameters,
      long decayed,
      Map<String, FloatVector> state) {
    this.settings = settings;
    this.parameters = parameters;
    this.decayed = decayed;
    long[] shape = {parameters.values().numel()};
    TensorOptions options = new TensorOptions(torch.ScalarType.Float);
    first = torch.zeros(shape, options);
    second = torch.zeros(shape, options);
    if (!state.isEmpty()) {
      FlatTensors.write(state.get(FIRST), first);
      FlatTensors.write(state.get(SECOND), second);
    }
  }

  @Override
  public void step(double learningRate, long step) {
    Tensor gradients = parameters.gradients();
    parameters
        .values()
        .narrow(0, 0, decayed)
        .mul_(scalar(1 - learningRate * settings.weightDecay()));
    first.lerp_(gradients, scalar(1 - settings.beta1()));
    second.mul_(scalar(settings.beta2()));
    second.addcmul_(gradients, gradients, scalar(1 - settings.beta2()));
    double correction1 = 1 - StrictMath.pow(settings.beta1(), step + 1);
    double correction2 = 1 - StrictMath.pow(settings.beta2(), step + 1);
    Tensor root = second.sqrt().div_(scalar(StrictMath.sqrt(correction2)));
    root.add_(scalar(settings.epsilon()));
    parameters.values().addcdiv_(first, root, scalar(-learningRate / correction1));
  }

  private static Scalar scalar(double value) {
    return new Scalar(value);
  }

  @Override
  public void store(Map<String, FloatVector> state) {
    state.put(FIRST, FlatTensors.read(first));
    state.put(SECOND, FlatTensors.read(second));
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
