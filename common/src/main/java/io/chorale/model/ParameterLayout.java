package io.chorale.model;

import io.chorale.io.FloatVector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The parameters of a model: where each lies in the flat vector, in elements, and how it begins.
 *
 * <p>Matrices come first and vectors (biases, norms) after them, so that weight decay, which is for
 * matrices only, is one contiguous range.
 */
public final class ParameterLayout {
  /**
   * One parameter.
   *
   * @param offset of its first element in the flat vector
   */
  public record Entry(Slot slot, long offset) {
    /** Dotted, as {@code layers.0.mlp.up.weight}. */
    public String name() {
      return slot.name();
    }

    /** Row-major. */
    public long[] shape() {
      return slot.shape();
    }

    /** Number of its elements. */
    public long length() {
      return slot.length();
    }
  }

  /** The layout of no parameters. */
  public static final ParameterLayout NONE = of(List.of());

  private final List<Entry> entries;
  private final long size;
  private final long decayed;

  private ParameterLayout(List<Entry> entries, long size, long decayed) {
    this.entries = List.copyOf(entries);
    this.size = size;
    this.decayed = decayed;
  }

  /** Lays parameters out: the matrices in the order given, then the vectors. */
  static ParameterLayout of(List<Slot> slots) {
    List<Entry> entries = new ArrayList<>();
    long end = 0;
    long decayed = 0;
    for (boolean matrices : new boolean[] {true, false}) {
      for (Slot slot : slots) {
        if (slot.matrix() == matrices) {
          entries.add(new Entry(slot, end));
          end += slot.length();
        }
      }
      decayed = matrices ? end : decayed;
    }
    return new ParameterLayout(entries, end, decayed);
  }

  /** The layout of some of the parameters alone. */
  public ParameterLayout only(Predicate<Slot> wanted) {
    return of(entries.stream().map(Entry::slot).filter(wanted).toList());
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

  /**
   * The parameters at the start of a training: the same floats on every machine. Random numbers are
   * drawn in the order of the layout.
   */
  public FloatVector initial(long seed) {
    FloatVector values = new FloatVector(size);
    Gaussian random = new Gaussian(seed);
    for (Entry entry : entries) {
      long offset = entry.offset();
      entry.slot().init().write(entry.slot(), (i, value) -> values.set(offset + i, value), random);
    }
    return values;
  }

  /** Name to shape, in the order in which they lie. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    entries.forEach(entry -> shapes.put(entry.name(), entry.shape()));
    return shapes;
  }
}
