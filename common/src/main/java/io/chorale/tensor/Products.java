package io.chorale.tensor;

import io.chorale.config.ChoraleException;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Precision;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.bytedeco.javacpp.Loader;

/**
 * Multiplies matrices and takes softmaxes in memory that the caller owns, without autograd: what
 * passes with a way back of their own are made of. For one thread.
 *
 * <p>Its implementations agree to rounding. Each gives the same bytes for the same bytes, on the
 * same kind of processor.
 */
public interface Products extends AutoCloseable {
  /** Elsewhere oneDNN's kernels are plain C++, or another library's. */
  boolean HERE = Loader.getPlatform().endsWith("x86_64");

  /**
   * Those that the settings ask for; none where models are left to libtorch's operators, as on a
   * GPU.
   *
   * @throws ChoraleException where they ask for kernels that this processor has not
   */
  static Optional<Products> of(TrainSettings train, Device device) {
    if (device != Device.CPU || !expected(train)) {
      return Optional.empty();
    }
    if (train.precision() == Precision.BFLOAT16 && !Engine.hasAvx512()) {
      throw new ChoraleException(
          "Cannot train by train.products onednn in bfloat16: this processor has no AVX-512, expected it. Set train.products to aten, or train.precision to float32.");
    }
    return Optional.of(oneDnn());
  }

  /** Whether there are some in a training by those settings, where this processor computes. */
  static boolean expected(TrainSettings train) {
    return switch (train.products()) {
      case ATEN -> false;
      case ONEDNN -> true;
      case AUTO ->
          train.device() != TrainSettings.Device.GPU
              && HERE
              && (train.precision() == Precision.FLOAT32 || Engine.hasAvx512());
    };
  }

  /**
   * Those by which a model that was trained by the settings is read there: in float32, in which it
   * is read whatever it was trained in.
   */
  static Optional<Products> ofReading(TrainSettings train, Device device) {
    return device == Device.CPU && reads(train) ? Optional.of(oneDnn()) : Optional.empty();
  }

  /** Whether there are some in a reading where the settings let it be done. */
  static boolean expectedOfReading(TrainSettings train) {
    return train.device() != TrainSettings.Device.GPU && reads(train);
  }

  private static boolean reads(TrainSettings train) {
    return switch (train.products()) {
      case ATEN -> false;
      case ONEDNN -> true;
      case AUTO -> HERE;
    };
  }

  /** By oneDNN's kernels, on the processor. */
  static Products oneDnn() {
    return new OneDnnProducts();
  }

  /** A function of every element. */
  enum Activation {
    NONE,
    SIGMOID,
    TANH
  }

  /**
   * What becomes of a product.
   *
   * @param scale by which it is multiplied
   * @param addends that are added then, broadcast to its shape; a matrix only over one of the
   *     dimensions before it
   * @param adds whether all of that is added to what stands in the result, rather than put there
   * @param activation what is taken of the sum at last
   */
  record Form(float scale, List<Operand> addends, boolean adds, Activation activation) {
    public Form {
      addends = List.copyOf(addends);
    }

    /** The sum itself. */
    public Form(float scale, List<Operand> addends, boolean adds) {
      this(scale, addends, adds, Activation.NONE);
    }

    /** The product alone. */
    public static final Form PLAIN = new Form(1, List.of(), false);

    /** The product, added to what stands in the result. */
    public static final Form ADDED = new Form(1, List.of(), true);

    /** The product with summands. */
    public static Form with(List<Operand> addends) {
      return new Form(1, addends, false);
    }

    /** The product, multiplied. */
    public static Form scaled(double scale) {
      return new Form((float) scale, List.of(), false);
    }

    /** The same, of which a function is taken. */
    public Form then(Activation function) {
      return new Form(scale, addends, adds, function);
    }
  }

  /**
   * Puts the product of two operands [..., M, K] and [..., K, N] into a third one [..., M, N]. All
   * are of as many dimensions; the factors are of one type, the result may be wider.
   */
  void multiply(Operand a, Operand b, Operand result, Form form);

  /** As {@link #multiply(Operand, Operand, Operand, Form)}, the product alone. */
  default void multiply(Operand a, Operand b, Operand result) {
    multiply(a, b, result, Form.PLAIN);
  }

  /** Puts a function of every element of an operand into another one of its shape. */
  void activate(Activation activation, Operand x, Operand result);

  /** Puts the GELU by tanh of every element of an operand into another one of its shape. */
  void geluTanh(Operand x, Operand result);

  /**
   * Puts the gradient of what {@link #geluTanh} has read into an operand.
   *
   * @param gradient of what it gave, of the type of x
   */
  void geluTanhBackward(Operand x, Operand gradient, Operand result);

  /** Puts the softmax over the last dimension of an operand into another one of its shape. */
  void softmax(Operand scores, Operand result);

  /**
   * Puts the gradient of what a softmax has read into an operand.
   *
   * @param probabilities what it gave
   * @param gradient of that, in its type
   */
  void softmaxBackward(Operand probabilities, Operand gradient, Operand result);

  /**
   * Means and variances of rows, where a norm puts them [N].
   *
   * @param variances the means of the squared distances from the mean
   */
  record Statistics(Operand means, Operand variances) {}

  /**
   * Puts the layer norm of rows [N, C] into an operand of their shape, which may be of less
   * precision.
   *
   * @param parameters the scale [C], and the shift where there is one; in float32
   * @param epsilon is added to variances
   */
  void layerNorm(
      Operand x, List<Operand> parameters, double epsilon, Statistics statistics, Operand y);

  /** The same kind for another thread. */
  Products another();

  /** The names of the kernels that have computed so far, for reports. */
  SortedSet<String> kernels();

  @Override
  void close();
}
