package io.chorale.jobs.round;

import io.chorale.average.Codec;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatVector;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

/** A worker's state slice by slice, array after array, each made when it is asked for. */
final class SlicesOfState implements Iterator<SlicePart> {
  private static final Codec EXACT = Codec.of(Format.FLOAT32);

  private final Iterator<Map.Entry<String, FloatVector>> arrays;
  private Map.Entry<String, FloatVector> array;
  private int slice;

  SlicesOfState(Map<String, FloatVector> state) {
    this.arrays = state.entrySet().iterator();
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
    FloatVector values = array.getValue();
    byte[] bytes = values.length() == 0 ? new byte[0] : EXACT.encode(values.slice(slice));
    SlicePart part = new SlicePart.State(array.getKey(), values.length(), slice, bytes);
    slice++;
    if (slice >= values.sliceCount()) {
      nextArray();
    }
    return part;
  }

  /** The state again. */
  static Map<String, FloatVector> read(Iterator<SlicePart.State> slices) {
    Map<String, FloatVector> arrays = new TreeMap<>();
    while (slices.hasNext()) {
      SlicePart.State part = slices.next();
      FloatVector values =
          arrays.computeIfAbsent(part.name(), name -> new FloatVector(part.length()));
      if (part.length() > 0) {
        float[] slice = values.slice(part.slice());
        EXACT.decode(part.bytes(), 0, slice.length, slice, 0, slice.length);
      }
    }
    return arrays;
  }
}
