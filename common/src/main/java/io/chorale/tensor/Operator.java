package io.chorale.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;

/**
 * An operator of libtorch that is called by its name, since Java's bindings have no method for it:
 * those whose names begin with an underscore.
 */
public final class Operator {
  private final OperatorHandle handle;

  private Operator(OperatorHandle handle) {
    this.handle = handle;
  }

  /** The operator of that name, such as {@code aten::_fused_adamw_}, which this libtorch has. */
  public static Operator of(String name) {
    Engine.start();
    try (PointerScope scope = new PointerScope()) {
      OperatorHandle handle = Dispatcher.singleton().findSchemaOrThrow(name, "");
      handle.retainReference();
      return new Operator(handle);
    }
  }

  /**
   * Calls it, for what it does to its arguments.
   *
   * @param arguments all of its schema, in order; {@code new IValue()} is None
   */
  public void call(IValue... arguments) {
    try (PointerScope scope = new PointerScope()) {
      handle.callBoxed(new IValueVector(arguments));
    }
  }

  /** A list of tensors as an argument. */
  public static IValue list(Tensor... tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    for (Tensor tensor : tensors) {
      list.push_back(new IValue(tensor));
    }
    return new IValue(list);
  }
}
