package io.chorale.jobs.spark;

import io.chorale.checkpoint.BaseFile;
import io.chorale.config.Settings;
import io.chorale.config.TrainSettings.Precision;
import io.chorale.io.Storage;
import io.chorale.model.BaseWeights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import java.io.Serializable;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * What a training of adapters only reads, once in each process for all workers and evaluations
 * there: the first one reads it from the run's file.
 *
 * @param run the run's directory, absolute: an executor has a working directory of its own
 * @param file its name there; empty where all parameters are trained
 */
public record SharedBase(Path run, String file) implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final ProcessLatest<BaseWeights> HERE = new ProcessLatest<>();

  /** Of a training without adapters. */
  public static final SharedBase NONE = new SharedBase(new Path("/"), "");

  /**
   * The parameters on a device, to be closed by whoever asked for them.
   *
   * @param settings of the training
   * @param task with adapters
   */
  public Optional<BaseWeights> on(Device device, Storage storage, Settings settings, Task task) {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    boolean bfloat16 = settings.train().precision() == Precision.BFLOAT16;
    String name = "%s/%s on %s, %s".formatted(run, file, device, settings.train().precision());
    BaseFile opened = new BaseFile(storage, run, file);
    ProcessLatest<BaseWeights>.Use use =
        HERE.use(name, () -> BaseWeights.read(task.base(), bfloat16, device, opened::fill));
    return Optional.of(use.value().shared(use::close));
  }

  /** Frees the memory of this process after its last use. */
  public static void forget() {
    HERE.forget();
  }
}
