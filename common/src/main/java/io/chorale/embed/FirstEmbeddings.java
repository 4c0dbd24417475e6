package io.chorale.embed;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.EmbeddingsSettings.Scale;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import io.chorale.vectors.WordVectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The first values of a table with a vector for each id of a tokenizer, taken from word vectors: an
 * entry has the vector of the word that it spells.
 *
 * <p>What is matched is an entry's text without the blank that begins it, as pieces of a byte-level
 * tokenizer have it; as it stands, else in lower case, else by its n-grams. Control tokens, the
 * unknown word and pieces that are no whole characters match nothing.
 */
public final class FirstEmbeddings {
  private static final String UNDECODABLE = "\uFFFD";

  private final WordVectors vectors;
  private final String from;
  private final List<Integer> ids = new ArrayList<>();
  private final List<float[]> found = new ArrayList<>();
  private int entries;
  private int byNgrams;

  private FirstEmbeddings(VectorSource source) {
    this.vectors = source.vectors();
    this.from = source.name();
  }

  /**
   * Finds the vectors of the entries of a dataset's text, as {@code embeddings.from} names them.
   *
   * @throws SettingsException where there are none, or they do not fit the table of the task
   */
  public static FirstEmbeddings of(Storage storage, Settings settings, Task task, Dataset dataset) {
    String from = settings.embeddings().from();
    VectorSource source =
        VectorSource.open(storage, Storage.path("embeddings.from", from), CheckpointChoice.LAST);
    Supplier<SettingsException> noText =
        () ->
            new SettingsException(
                "Cannot begin embeddings from %s: dataset %s has no text, expected column %s with a tokenizer. Set embeddings.from to \"\"."
                    .formatted(from, dataset.directory(), Column.TEXT));
    FirstEmbeddings vectors = of(source, dataset.tokenizer(Column.TEXT).orElseThrow(noText));
    vectors.checkWidth(
        task.textTable().orElseThrow(noText).shape()[1],
        settings.model().recurrent() ? "recurrence.embedding" : "model.width");
    return vectors;
  }

  /**
   * Finds the vectors of a tokenizer's entries. Costs the memory of those found.
   *
   * @throws SettingsException where none is found
   */
  public static FirstEmbeddings of(VectorSource source, Tokenizer tokenizer) {
    FirstEmbeddings first = new FirstEmbeddings(source);
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      if (tokenizer.has(id) && id != tokenizer.endOfText()) {
        first.add(id, tokenizer.decode(new int[] {id}));
      }
    }
    if (first.ids.isEmpty()) {
      throw new SettingsException(
          "Cannot begin embeddings from %s: it has none of the %,d entries of the tokenizer, expected at least one. Set embeddings.from to other word vectors, or to \"\"."
              .formatted(first.from, first.entries));
    }
    return first;
  }

  private void add(int id, String text) {
    if (text.isEmpty() || text.equals(Tokenizers.UNKNOWN) || text.contains(UNDECODABLE)) {
      return;
    }
    entries++;
    String word = text.startsWith(" ") ? text.substring(1) : text;
    String lower = word.toLowerCase(Locale.ROOT);
    Optional<float[]> vector = own(word).or(() -> own(lower));
    if (vector.isEmpty() && !word.isBlank()) {
      vector = vectors.vector(word);
      byNgrams += vector.isPresent() ? 1 : 0;
    }
    vector.ifPresent(
        values -> {
          ids.add(id);
          found.add(values);
        });
  }

  private Optional<float[]> own(String word) {
    return vectors.find(word).isPresent() ? vectors.vector(word) : Optional.empty();
  }

  /** What was found. */
  public FoundEmbeddings facts() {
    MessageDigest digest = Checksums.sha256();
    ByteBuffer bytes =
        ByteBuffer.allocate(vectors.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : found) {
      bytes.asFloatBuffer().put(vector);
      digest.update(bytes.array());
    }
    return new FoundEmbeddings(
        from,
        HexFormat.of().formatHex(digest.digest()),
        entries,
        byNgrams,
        ids.stream().mapToInt(Integer::intValue).toArray());
  }

  /**
   * Refuses a table whose vectors are of another width.
   *
   * @param width of the table
   * @param key of the setting that decides it
   */
  public void checkWidth(long width, String key) {
    if (width != vectors.size()) {
      throw new SettingsException(
          "Cannot begin embeddings from %s: its vectors have %d numbers, expected %d, the width of the table. Set %s=%d, or take other word vectors."
              .formatted(from, vectors.size(), width, key, vectors.size()));
    }
  }

  /**
   * Writes them over the values that their rows have at random.
   *
   * @param parameters of the model, [P]
   * @param table [V, E] among them
   */
  public void write(FloatVector parameters, ParameterLayout.Entry table, Scale scale) {
    float factor = scale == Scale.NONE ? 1 : (float) factor(parameters, table);
    for (int i = 0; i < found.size(); i++) {
      long row = table.offset() + ids.get(i) * table.shape()[1];
      float[] vector = found.get(i);
      for (int k = 0; k < vector.length; k++) {
        parameters.set(row + k, factor * vector[k]);
      }
    }
  }

  /** The ratio of the roots of the mean squares; 1 where the vectors are all zero. */
  private double factor(FloatVector parameters, ParameterLayout.Entry table) {
    double own = 0;
    for (long i = table.offset(); i < table.offset() + table.length(); i++) {
      own += (double) parameters.get(i) * parameters.get(i);
    }
    double theirs = 0;
    for (float[] vector : found) {
      for (float value : vector) {
        theirs += (double) value * value;
      }
    }
    double numbers = (double) found.size() * vectors.size();
    return theirs == 0 ? 1 : Math.sqrt(own / table.length() / (theirs / numbers));
  }
}
