package io.chorale.jobs.round;

import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.TaskDevice;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.train.FrozenRows;
import io.chorale.train.LocalLoop;
import io.chorale.train.LocalTrainer;
import org.apache.hadoop.fs.Path;

/** Opens workers that train a task's model by gradients. */
public final class TaskTrainer implements TrainerSource {
  private static final long serialVersionUID = 1L;

  private final SentSettings settings;
  private final Path data;
  private final FrozenRows frozen;
  private final SharedBase base;

  /**
   * @param data the dataset's directory, absolute: an executor has a working directory of its own
   * @param frozen rows that are not trained
   * @param base parameters that are not trained
   */
  public TaskTrainer(Settings settings, Path data, FrozenRows frozen, SharedBase base) {
    this.settings = new SentSettings(settings);
    this.data = data;
    this.frozen = frozen;
    this.base = base;
  }

  @Override
  public LocalTrainer open(Storage storage, int[] shards) {
    Settings settings = this.settings.get();
    Dataset dataset = Dataset.open(storage, data);
    Task task = Task.of(settings, dataset.schema(), "dataset " + data);
    Device device = TaskDevice.of(settings);
    return new LocalLoop(
            settings, task, device, frozen, () -> base.on(device, storage, settings, task))
        .on(task.feed().batches(dataset, shards));
  }
}
