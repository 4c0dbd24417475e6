package io.chorale.checkpoint;

import io.chorale.config.LoraSettings;
import io.chorale.io.FloatVector;
import io.chorale.model.Adapter;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Slot;
import io.chorale.task.Task;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The adapters that a training has made for a model which stayed as it was.
 *
 * @param settings of them
 * @param adapters in the order of the layers
 * @param factors the elements of their matrices, row-major, by their names
 */
public record TrainedAdapters(
    LoraSettings settings, List<Adapter> adapters, Map<String, float[]> factors) {

  /**
   * The adapters of a checkpoint.
   *
   * @param task with the adapters
   * @param trained parameters of the task
   * @param base what it only reads
   */
  static TrainedAdapters of(LoraSettings settings, Task task, FloatVector trained, BaseFile base) {
    ParameterLayout fixed = fixed(task);
    FloatVector kept = fixed.size() == 0 ? new FloatVector(0) : base.read(fixed);
    Map<String, float[]> factors = new HashMap<>();
    put(factors, task.layout(), trained);
    put(factors, fixed, kept);
    return new TrainedAdapters(settings, task.adapters(), factors);
  }

  /** The layout of the matrices of a task's adapters that are not trained. */
  public static ParameterLayout fixed(Task task) {
    Set<String> names = new HashSet<>();
    task.adapters().forEach(adapter -> names.add(adapter.a().name()));
    return task.base().only(slot -> names.contains(slot.name()));
  }

  private static void put(
      Map<String, float[]> factors, ParameterLayout layout, FloatVector values) {
    for (ParameterLayout.Entry entry : layout.entries()) {
      float[] elements = new float[Math.toIntExact(entry.length())];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = values.get(entry.offset() + i);
      }
      factors.put(entry.name(), elements);
    }
  }

  /** The elements of a matrix of an adapter, row-major. */
  public float[] factor(Slot slot) {
    return factors.get(slot.name());
  }

  /**
   * Adds what they say to a model.
   *
   * @param model its parameters; changed
   */
  void merge(FloatVector model, ParameterLayout layout) {
    adapters.forEach(adapter -> adapter.merge(model, layout, this::factor));
  }
}
