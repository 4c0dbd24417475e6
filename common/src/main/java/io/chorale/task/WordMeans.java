package io.chorale.task;

import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.model.Init;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Slot;
import io.chorale.model.Slots;
import io.chorale.model.Weights;
import io.chorale.vectors.RowLayout;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Vectors of texts without a model: the mean of the vectors of a text's words, as output {@value
 * RowVectors#VECTOR}.
 *
 * <p>Ids are those of a {@link io.chorale.vectors.VectorTokenizer}: places of words, and for a word
 * that is none of these the buckets of its n-grams, the mean of which is its vector. The sums are
 * in double precision in the order of the text, the same on every machine; they run on the
 * processor. Costs {@code size} additions a word.
 */
public final class WordMeans implements RowModel {
  private final int words;
  private final int buckets;
  private final RowLayout rows;
  private final Slot table; // [words + buckets, stride]
  private final ParameterLayout layout;

  /**
   * Means of vectors of that size.
   *
   * @param buckets of n-grams; 0 where there are none
   */
  public WordMeans(int words, int buckets, int size) {
    this.words = words;
    this.buckets = buckets;
    this.rows = new RowLayout((long) words + buckets, size);
    Slots slots = new Slots();
    this.table = slots.add("rows", Init.ZERO, rows.rows(), rows.stride());
    this.layout = slots.layout();
  }

  /** Buckets of n-grams. */
  public int buckets() {
    return buckets;
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public List<String> inputs() {
    return List.of(Column.TEXT);
  }

  @Override
  public Optional<String> unfit(Row row) {
    return row.cell(Column.TEXT).length() == 0 ? Optional.of("no-known-word") : Optional.empty();
  }

  @Override
  public int longest() {
    return Integer.MAX_VALUE;
  }

  @Override
  public long largestOfRow() {
    return rows.size();
  }

  @Override
  public List<Output> outputs() {
    return List.of(Output.vector(RowVectors.VECTOR, rows.size()));
  }

  @Override
  public List<Prediction> predict(Weights w, List<Row> texts, long[] seeds) {
    FloatPointer values = w.get(table).data_ptr_float();
    return texts.stream()
        .map(text -> Prediction.of(mean(values, ((Ids) text.cell(Column.TEXT)).values())))
        .toList();
  }

  private float[] mean(FloatPointer values, int[] ids) {
    float[] row = new float[rows.size()];
    double[] text = new double[row.length];
    double[] word = new double[row.length]; // of n-grams
    int found = 0;
    int ngrams = 0;
    for (int id : ids) {
      if (id == words + buckets) {
        for (int k = 0; k < row.length; k++) {
          text[k] += word[k] / ngrams;
          word[k] = 0;
        }
        ngrams = 0;
        found++;
        continue;
      }
      values.position((long) id * rows.stride()).get(row);
      double[] sum = id < words ? text : word;
      for (int k = 0; k < row.length; k++) {
        sum[k] += row[k];
      }
      ngrams += id < words ? 0 : 1;
      found += id < words ? 1 : 0;
    }
    for (int k = 0; k < row.length; k++) {
      row[k] = (float) (text[k] / found);
    }
    return row;
  }
}
