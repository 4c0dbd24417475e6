package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.FlatTensors;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Kingma and Ba, 2015; Loshchilov and Hutter, 2019) over the flat parameters.
 *
 * <p>libtorch's fused kernel reads and writes each element once, where the same formula written in
 * tensor operations makes six passes; Java's bindings have no method for it, so it is called by
 * name.
 */
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
    first = Moments.tensor(parameters, state.get(FIRST));
    second = Moments.tensor(parameters, state.get(SECOND));
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
    try (PointerScope scope = new PointerScope()) {
      OperatorHandle kernel = Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", "");
      IValueVector arguments = new IValueVector();
      arguments.push_back(list(parameters.values().narrow(0, start, length)));
      arguments.push_back(list(parameters.gradients().narrow(0, start, length)));
      arguments.push_back(list(first.narrow(0, start, length)));
      arguments.push_back(list(second.narrow(0, start, length)));
      arguments.push_back(list()); // maxima of the second moment, for AMSGrad
      arguments.push_back(list(torch.tensor((float) (step + 1))));
      arguments.push_back(new IValue(learningRate));
      arguments.push_back(new IValue(settings.beta1()));
      arguments.push_back(new IValue(settings.beta2()));
      arguments.push_back(new IValue(decay));
      arguments.push_back(new IValue(settings.epsilon()));
      arguments.push_back(new IValue(false)); // AMSGrad
      arguments.push_back(new IValue(false)); // maximize
      arguments.push_back(new IValue()); // scale of the gradients
      arguments.push_back(new IValue()); // whether an infinity was found
      kernel.callBoxed(arguments);
    }
  }

  private static IValue list(Tensor... tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    for (Tensor tensor : tensors) {
      list.push_back(new IValue(tensor));
    }
    return new IValue(list);
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
