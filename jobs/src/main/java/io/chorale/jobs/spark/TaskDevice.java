package io.chorale.jobs.spark;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.tensor.Device;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** The device that a task computes on: a GPU is the one that Spark's scheduler assigned to it. */
public final class TaskDevice {
  private static final String GPU = "gpu";

  private TaskDevice() {}

  /** The device for the calling task; without resource scheduling the machine's first GPU. */
  public static Device of(Settings settings) {
    TaskContext task = TaskContext.get();
    ResourceInformation assigned = task == null ? null : task.resourcesJMap().get(GPU);
    return Device.of(
        settings.train().device(), assigned == null ? 0 : index(assigned.addresses()[0]));
  }

  private static int index(String address) {
    if (!address.matches("[0-9]{1,3}")) {
      throw new SettingsException(
          ("Cannot use GPU %s: Spark knows it by that address, expected its number. Give"
                  + " spark.executor.resource.gpu.discoveryScript a script that prints numbers, such"
                  + " as conf/gpus.sh.")
              .formatted(address));
    }
    return Integer.parseInt(address);
  }
}
