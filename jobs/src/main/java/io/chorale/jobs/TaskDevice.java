package io.chorale.jobs;

import io.chorale.config.Settings;
import io.chorale.tensor.Device;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** The device that a task computes on: a GPU is the one that Spark's scheduler assigned to it. */
final class TaskDevice {
  private static final String GPU = "gpu";

  private TaskDevice() {}

  /** The device for the calling task; without resource scheduling the machine's first GPU. */
  static Device of(Settings settings) {
    TaskContext task = TaskContext.get();
    ResourceInformation assigned = task == null ? null : task.resourcesJMap().get(GPU);
    int gpu = assigned == null ? 0 : Integer.parseInt(assigned.addresses()[0]);
    return Device.of(settings.train().device(), gpu);
  }
}
