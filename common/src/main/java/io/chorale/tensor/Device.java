package io.chorale.tensor;

import io.chorale.config.ChoraleException;
import io.chorale.config.TrainSettings;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * again on a GPU of the same kind gives the same bytes. cuBLAS adds up in a fixed order only where
 * {@value #WORKSPACE} is in the environment of the process.
 */
public final class Device {
  /** The variable that fixes the memory, and with it the order of sums, of cuBLAS. */
  public static final String WORKSPACE = "CUBLAS_WORKSPACE_CONFIG";

  /** Of the values that libtorch calls repeatable, the one that is faster: 8 blocks of 4 MiB. */
  public static final String FIXED_WORKSPACE = ":4096:8";

  /** The processor. */
  public static final Device CPU = new Device(OptionalInt.empty());

  private static final Logger LOG = LoggerFactory.getLogger(Device.class);

  /** Whether this process has said that it computes on the processor instead. */
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private final OptionalInt gpu;

  private Device(OptionalInt gpu) {
    this.gpu = gpu;
  }

  /**
   * The device that the settings ask for.
   *
   * @param gpu which GPU of the machine the caller was given
   * @throws ChoraleException where a GPU is asked for and libtorch finds none of that number; not
   *     where {@code gpu-or-cpu} is: that logs a warning, once, and falls back to the processor.
   *     Also where {@value #WORKSPACE} is missing
   */
  public static Device of(TrainSettings.Device wanted, int gpu) {
    return of(wanted, gpu, System.getenv());
  }

  static Device of(TrainSettings.Device wanted, int gpu, Map<String, String> environment) {
    if (wanted == TrainSettings.Device.CPU) {
      return CPU;
    }
    int found = count();
    if (gpu < found) {
      checkRepeatable(gpu, environment);
      return new Device(OptionalInt.of(gpu));
    }
    String missing =
        "Cannot compute on GPU %d: libtorch finds %d GPUs%s, expected more than %d."
            .formatted(gpu, found, Gpus.REASON, gpu);
    if (wanted == TrainSettings.Device.GPU) {
      throw new ChoraleException(
          missing
              + " Build with -Pcuda, check nvidia-smi on the executors' machines, or set"
              + " train.device to cpu or gpu-or-cpu.");
    }
    if (!TOLD.getAndSet(true)) {
      LOG.warn("{} Computing on the processor.", missing);
    }
    return CPU;
  }

  /** GPUs that libtorch finds on this machine; 0 with the natives of a processor alone. */
  public static int count() {
    // Not where the class is initialised, which would hide why it fails.
    Engine.start();
    return Gpus.COUNT;
  }

  /** libtorch itself would fail in the first product, in words that name no setting of Spark's. */
  private static void checkRepeatable(int gpu, Map<String, String> environment) {
    String found = environment.get(WORKSPACE);
    if (!FIXED_WORKSPACE.equals(found) && !":16:8".equals(found)) {
      throw new ChoraleException(
          ("Cannot compute on GPU %d: %s is %s, expected %s or :16:8, without which the same round"
                  + " would not give the same bytes again. Set it in the environment, of executors"
                  + " by spark.executorEnv.%s.")
              .formatted(
                  gpu, WORKSPACE, found == null ? "not set" : found, FIXED_WORKSPACE, WORKSPACE));
    }
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

  /** Whether a tensor lies here. */
  boolean holds(Tensor tensor) {
    return gpu.isPresent()
        ? tensor.is_cuda() && tensor.device().index() == gpu.getAsInt()
        : tensor.is_cpu();
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

    /** Why there are none, where the dynamic linker says it: {@code " (…)"}; else empty. */
    static final String REASON = COUNT > 0 ? "" : reason();

    private Gpus() {}

    private static int count() {
      int count = torch.cuda_device_count();
      if (count > 0) {
        torch.globalContext().setDeterministicAlgorithms(true, false);
        // Nothing here reads what it has not written; to fill each new tensor first takes time.
        torch.globalContext().setDeterministicFillUninitializedMemory(false);
      }
      return count;
    }

    /** libtorch does without its part for GPUs where that can't be loaded, and says nothing. */
    private static String reason() {
      try {
        Loader.load(torch_cuda.class);
        return "";
      } catch (UnsatisfiedLinkError e) {
        return " (" + Engine.reason(e) + ")";
      } catch (LinkageError | TypeNotPresentException e) {
        return " (its natives are those of a processor alone)";
      }
    }
  }
}
