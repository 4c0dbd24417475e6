package io.chorale.jobs.predict;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The parts of the output: which one each row is written in, and which are still to be written.
 *
 * @param rows of each part but the last
 * @param keys of each part, by which Spark brings its rows together; see {@link PartKeys}
 * @param missing whether each part is still to be written
 */
record OutputParts(long rows, int[] keys, boolean[] missing) implements Serializable {
  /** The same parts, all of them still to be written. */
  OutputParts all() {
    boolean[] all = new boolean[missing.length];
    Arrays.fill(all, true);
    return new OutputParts(rows, keys, all);
  }

  /** How many there are. */
  int count() {
    return keys.length;
  }

  /** Whether a row is still to be written. */
  boolean lacks(long place) {
    return missing[part(place)];
  }

  /** The key of the part in which a row is written. */
  int key(long place) {
    return keys[part(place)];
  }

  private int part(long place) {
    return (int) (place / rows);
  }
}
