package io.chorale.checkpoint;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
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
 * @param had rows for entries before
 * @param has rows for entries after
 */
public record GrownVocabulary(ParameterLayout before, ParameterLayout after, long had, long has) {

  /**
   * Refuses further rows where adapters alone are trained: the rows would stay as they begin, all
   * alike.
   *
   * @param from the model, for messages
   */
  public static void check(Settings settings, String from, long had, long has) {
    if (had < has && settings.lora().given()) {
      throw new SettingsException(
          "Cannot begin from %s: it has %d rows for tokens and the dataset's tokenizer %d entries, expected no more entries than rows beside lora.rank, as adapters do not learn new ones. Set lora.rank to 0, or tokenize with a chat.template and chat.control whose tokens its tokenizer has."
              .formatted(from, had, has));
    }
  }

  private boolean grows(Entry entry) {
    long[] shape = after.shapes().get(entry.name());
    return had < has && entry.shape()[0] == had && shape != null && shape[0] == has;
  }

  /** The shapes of the model's parameters with the further rows. */
  Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Entry entry : before.entries()) {
      long[] shape = entry.shape().clone();
      shape[0] = grows(entry) ? has : shape[0];
      shapes.put(entry.name(), shape);
    }
    return shapes;
  }

  /** The parameters with the further rows. */
  FloatVector of(FloatVector parameters) {
    if (had >= has) {
      return parameters;
    }
    FloatVector grown = new FloatVector(after.size());
    for (Entry entry : before.entries()) {
      Entry to = after.entry(entry.name());
      for (long i = 0; i < entry.length(); i++) {
        grown.set(to.offset() + i, parameters.get(entry.offset() + i));
      }
      if (grows(entry)) {
        addRows(grown, to, had);
      }
    }
    return grown;
  }

  /**
   * Fills the last rows of a parameter with the mean of those before.
   *
   * @param rows how many there are before
   */
  public static void addRows(FloatVector parameters, Entry entry, long rows) {
    long width = entry.length() / entry.shape()[0];
    for (long unit = 0; unit < width; unit++) {
      double sum = 0;
      for (long row = 0; row < rows; row++) {
        sum += parameters.get(entry.offset() + row * width + unit);
      }
      for (long row = rows; row < entry.shape()[0]; row++) {
        parameters.set(entry.offset() + row * width + unit, (float) (sum / rows));
      }
    }
  }
}
