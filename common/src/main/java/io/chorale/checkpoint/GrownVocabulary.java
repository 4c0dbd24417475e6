package io.chorale.checkpoint;

import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.model.ParameterLayout;
import io.chorale.model.ParameterLayout.Entry;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The parameters of a model whose tokenizer has got further entries. Where a parameter has a row
 * for each entry, the new rows begin as the mean of the others, so that a new token is at first as
 * likely as the others are on the mean (Hewitt, "Initializing new word embeddings for pretrained
 * language models", 2021).
 *
 * @param before the layout of the model
 * @param after the layout with the further entries
 */
record GrownVocabulary(ParameterLayout before, ParameterLayout after, Schema had, Schema has) {

  private static long entries(Schema schema) {
    return schema.find(Column.TEXT).map(Column::size).orElse(0);
  }

  private boolean grows(Entry entry) {
    return entries(had) < entries(has) && entry.shape()[0] == entries(had);
  }

  /** The shapes of the model's parameters with the further rows. */
  Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Entry entry : before.entries()) {
      long[] shape = entry.shape().clone();
      shape[0] = grows(entry) ? entries(has) : shape[0];
      shapes.put(entry.name(), shape);
    }
    return shapes;
  }

  /** The parameters with the further rows. */
  FloatVector of(FloatVector parameters) {
    if (entries(had) >= entries(has)) {
      return parameters;
    }
    FloatVector grown = new FloatVector(after.size());
    for (Entry entry : before.entries()) {
      long to = after.entry(entry.name()).offset();
      for (long i = 0; i < entry.length(); i++) {
        grown.set(to + i, parameters.get(entry.offset() + i));
      }
      if (grows(entry)) {
        addRows(grown, to, entry);
      }
    }
    return grown;
  }

  private void addRows(FloatVector grown, long to, Entry entry) {
    long rows = entries(had);
    long width = entry.length() / rows;
    for (long unit = 0; unit < width; unit++) {
      double sum = 0;
      for (long row = 0; row < rows; row++) {
        sum += grown.get(to + row * width + unit);
      }
      for (long row = rows; row < entries(has); row++) {
        grown.set(to + row * width + unit, (float) (sum / rows));
      }
    }
  }
}
