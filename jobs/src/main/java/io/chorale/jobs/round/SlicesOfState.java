package io.chorale.jobs.round;

import io.chorale.average.Codec;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** A worker's state slice by slice, array after array, each made when it is asked for. */
final class SlicesOfState implements Iterator<SlicePart> {
  private static final Codec EXACT = Codec.of(Format.FLOAT32);

  private final Iterator<Map.Entry<String, FloatSlices>> arrays;
  private Map.Entry<String, FloatSlices> array;
  private int slice;

  SlicesOfState(Map<String, ? extends FloatSlices> state) {
    this.arrays = new TreeMap<String, FloatSlices>(state).entrySet().iterator();
    nextArray();
  }

  private void nextArray() {
    array = arrays.hasNext() ? arrays.next() : null;
    slice = 0;
  }

  @Override
  public boolean hasNext() {
    return array != null;
  }

  @Override
  public SlicePart next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    FloatSlices values = array.getValue();
    byte[] bytes = values.length() == 0 ? new byte[0] : EXACT.encode(values.slice(slice));
    SlicePart part = new SlicePart.State(array.getKey(), values.length(), slice, bytes);
    slice++;
    if (slice >= values.sliceCount()) {
      nextArray();
    }
    return part;
  }

  /**
   * Fills stores with a state again.
   *
   * @param stores gives that of an array, by its name and length
   */
  static void read(
      Iterator<SlicePart.State> slices, BiFunction<String, Long, ? extends FloatStore> stores) {
    while (slices.hasNext()) {
      SlicePart.State part = slices.next();
      FloatStore store = stores.apply(part.name(), part.length());
      if (part.length() > 0) {
        store.put(
            part.slice(),
            EXACT.decode(part.bytes(), FloatVector.sliceLength(part.length(), part.slice())));
      }
    }
  }
}
