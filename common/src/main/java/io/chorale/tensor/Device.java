package io.chorale.tensor;

import io.chorale.config.ChoraleException;
import io.chorale.config.TrainSettings;
import java.util.OptionalInt;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device that a model computes on: the processor, or one GPU (CUDA) of this machine.
 *
 * <p>On a GPU libtorch is told to use deterministic algorithms only, so that a round that is run
 * again on a GPU of the same kind gives the same bytes; cuBLAS needs {@code
 * CUBLAS_WORKSPACE_CONFIG=:4096:8} in the environment for it.
 */
public final class Device {
  /** The processor. */
  public static final Device CPU = new Device(OptionalInt.empty());

  private static final Logger LOG = LoggerFactory.getLogger(Device.class);

  private final OptionalInt gpu;

  private Device(OptionalInt gpu) {
    this.gpu = gpu;
  }

  /**
   * The device that the settings ask for.
   *
   * @param gpu which GPU of the machine the caller was given
   * @throws ChoraleException where a GPU is asked for and libtorch finds none of that number; not
   *     where {@code gpu-or-cpu} is: that logs a warning and falls back to the processor
   */
  public static Device of(TrainSettings.Device wanted, int gpu) {
    if (wanted == TrainSettings.Device.CPU) {
      return CPU;
    }
    int found = Gpus.COUNT;
    if (gpu < found) {
      return new Device(OptionalInt.of(gpu));
    }
    String missing =
        "Cannot compute on GPU %d: libtorch finds %d GPUs, expected more than %d."
            .formatted(gpu, found, gpu);
    if (wanted == TrainSettings.Device.GPU) {
      throw new ChoraleException(
          missing
              + " Build with -Pcuda, check nvidia-smi on the executors' machines, or set"
              + " train.device to cpu or gpu-or-cpu.");
    }
    LOG.warn("{} Computing on the processor.", missing);
    return CPU;
  }

  /** Options for tensors of that type on this device. */
  public TensorOptions options(torch.ScalarType type) {
    Engine.start();
    TensorOptions options = new TensorOptions(type);
    return gpu.isPresent()
        ? options.device(
            new DeviceOptional(
                new org.bytedeco.pytorch.Device(torch.kCUDA(), (byte) gpu.getAsInt())))
        : options;
  }

  /** Ids of tokens [n] as libtorch indexes with them: int64, on this device. */
  public Tensor ids(int[] ids) {
    Tensor narrow =
        torch.empty(new long[] {ids.length}, new TensorOptions(torch.ScalarType.Int), null);
    narrow.data_ptr_int().capacity(ids.length).put(ids);
    Tensor wide = narrow.to(torch.ScalarType.Long);
    return gpu.isPresent() ? wide.to(options(torch.ScalarType.Long), false, false, null) : wide;
  }

  /** Real numbers, row-major, as a tensor of that shape: float32, on this device. */
  public Tensor numbers(float[] numbers, long... shape) {
    Tensor tensor = torch.empty(shape, new TensorOptions(torch.ScalarType.Float), null);
    tensor.data_ptr_float().capacity(numbers.length).put(numbers);
    return gpu.isPresent()
        ? tensor.to(options(torch.ScalarType.Float), false, false, null)
        : tensor;
  }

  @Override
  public String toString() {
    return gpu.isPresent() ? "gpu " + gpu.getAsInt() : "cpu";
  }

  /** Looks for GPUs once per JVM. */
  private static final class Gpus {
    static final int COUNT = count();

    private Gpus() {}

    private static int count() {
      Engine.start();
      try {
        Loader.load(torch_cuda.class);
      } catch (LinkageError | TypeNotPresentException e) {
        LOG.debug("The natives are those of a processor alone", e);
        return 0;
      }
      int count = torch.cuda_device_count();
      if (count > 0) {
        torch.globalContext().setDeterministicAlgorithms(true, false);
      }
      return count;
    }
  }
}
