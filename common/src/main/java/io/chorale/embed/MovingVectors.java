package io.chorale.embed;

import io.chorale.io.FloatVector;
import java.util.Arrays;

/**
 * The vectors of the words of a piece of text. They are gathered from their rows at its beginning,
 * moved while it is trained on, and their changes added back to their rows at its end: to each row
 * the whole change, so that their mean has moved by it.
 */
final class MovingVectors {
  private final FloatVector values;
  private final SkipGramRows rows;
  private final int stride;

  private final int[] placeOfWord;
  private int[] words = new int[0];
  private boolean[] moved = new boolean[0];
  private float[][] before = new float[0][];
  private float[][] now = new float[0][];
  private int count;

  /**
   * @param values of all rows; changed
   * @param vocabulary words there are
   */
  MovingVectors(FloatVector values, SkipGramRows rows, int vocabulary) {
    this.values = values;
    this.rows = rows;
    this.stride = rows.layout().stride();
    this.placeOfWord = new int[vocabulary];
    Arrays.fill(placeOfWord, -1);
  }

  /**
   * Gathers the vectors of the words from one place in a text to another, each once.
   *
   * @param places there, becomes the place of each one's vector
   */
  void gather(int[] text, int from, int to, int[] places) {
    grow(to - from);
    for (int i = from; i < to; i++) {
      int word = text[i];
      if (placeOfWord[word] < 0) {
        placeOfWord[word] = count;
        words[count] = word;
        moved[count] = false;
        rows.mean(values, word, before[count]);
        System.arraycopy(before[count], 0, now[count], 0, stride);
        count++;
      }
      places[i] = placeOfWord[word];
    }
  }

  /** The vector at a place, to be moved in a window. */
  float[] moving(int place) {
    moved[place] = true;
    return now[place];
  }

  /** Copies a row. */
  void fetch(int row, float[] into) {
    System.arraycopy(rows.slice(values, row), rows.at(row), into, 0, stride);
  }

  /** Changes a row, moved in a window. */
  void store(int row, float[] from) {
    System.arraycopy(from, 0, rows.slice(values, row), rows.at(row), stride);
  }

  /** Adds the changes back to the rows; none is held then. */
  void scatter() {
    for (int place = 0; place < count; place++) {
      placeOfWord[words[place]] = -1;
      if (moved[place]) {
        float[] change = before[place];
        for (int k = 0; k < stride; k++) {
          change[k] = now[place][k] - change[k];
        }
        for (int row : rows.of(words[place])) {
          float[] slice = rows.slice(values, row);
          int at = rows.at(row);
          for (int k = 0; k < stride; k++) {
            slice[at + k] += change[k];
          }
        }
      }
    }
    count = 0;
  }

  private void grow(int most) {
    if (words.length < most) {
      words = new int[most];
      moved = new boolean[most];
      before = new float[most][stride];
      now = new float[most][stride];
    }
  }
}
