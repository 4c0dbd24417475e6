package io.chorale.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each parameter of a model lies in the flat vector, in elements.
 *
 * <p>Matrices come first and vectors (biases, norms) after them, so that weight decay, which is for
 * matrices only, is one contiguous range.
 */
public final class ParameterLayout {
  /**
   * One parameter.
   *
   * @param name dotted, as {@code layers.0.mlp.up.weight}
   * @param shape row-major
   * @param offset of its first element in the flat vector
   * @param decays whether weight decay shrinks it: it is a matrix
   */
  public record Entry(String name, long[] shape, long offset, boolean decays) {
    /** Number of its elements. */
    public long length() {
      long product = 1;
      for (long size : shape) {
        product = Math.multiplyExact(product, size);
      }
      return product;
    }
  }

  private final List<Entry> entries;
  private final long size;
  private final long decayed;

  private ParameterLayout(List<Entry> entries, long size, long decayed) {
    this.entries = List.copyOf(entries);
    this.size = size;
    this.decayed = decayed;
  }

  /** Lays parameters out: the matrices in the order given, then the vectors. */
  static ParameterLayout of(Map<String, long[]> shapes) {
    List<Entry> entries = new ArrayList<>();
    long[] end = {0};
    long decayed = 0;
    for (boolean matrices : new boolean[] {true, false}) {
      shapes.forEach(
          (name, shape) -> {
            if (shape.length >= 2 == matrices) {
              Entry entry = new Entry(name, shape, end[0], matrices);
              entries.add(entry);
              end[0] += entry.length();
            }
          });
      decayed = matrices ? end[0] : decayed;
    }
    return new ParameterLayout(entries, end[0], decayed);
  }

  /** All parameters, in the order in which they lie. */
  public List<Entry> entries() {
    return entries;
  }

  /** Elements of the flat vector: P. */
  public long size() {
    return size;
  }

  /** Elements at the beginning of the vector that weight decay shrinks. */
  public long decayed() {
    return decayed;
  }

  /** The parameter of that name. */
  public Entry entry(String name) {
    return entries.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no parameter " + name));
  }

  /** Name to shape, in the order in which they lie. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    entries.forEach(entry -> shapes.put(entry.name(), entry.shape()));
    return shapes;
  }
}
