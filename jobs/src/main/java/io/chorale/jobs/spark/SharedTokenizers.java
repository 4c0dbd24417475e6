package io.chorale.jobs.spark;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.api.java.JavaSparkContext;

/** The tokenizers of columns of text on every executor. */
public final class SharedTokenizers implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;

  private final HashMap<String, String> files;
  private final HashMap<String, SharedTokenizer> tokenizers = new HashMap<>();

  /**
   * Hands on each file once.
   *
   * @param files of the columns' tokenizers, by the names of the columns
   * @param content of a file, the bytes of a tokenizer.json
   * @param directory of the files, as messages call it
   */
  public SharedTokenizers(
      JavaSparkContext context,
      Map<String, String> files,
      Function<String, byte[]> content,
      String directory) {
    this.files = new HashMap<>(files);
    for (String file : files.values()) {
      tokenizers.computeIfAbsent(
          file, name -> new SharedTokenizer(context, content.apply(name), directory + "/" + name));
    }
  }

  private SharedTokenizers(String column, SharedTokenizer tokenizer) {
    this.files = new HashMap<>(Map.of(column, column));
    tokenizers.put(column, tokenizer);
  }

  /**
   * One of any kind.
   *
   * @param bytes of which the reader makes it
   * @param name what messages call it
   */
  public static SharedTokenizers of(
      JavaSparkContext context,
      String column,
      byte[] bytes,
      String name,
      SharedTokenizer.Reader reader) {
    return new SharedTokenizers(column, new SharedTokenizer(context, bytes, name, reader));
  }

  /** The tokenizer of a column, where it is text. */
  public Optional<SharedTokenizer> of(String column) {
    return Optional.ofNullable(files.get(column)).map(tokenizers::get);
  }

  /** On the driver, when no task needs them any more. */
  @Override
  public void close() {
    tokenizers.values().forEach(SharedTokenizer::close);
  }
}
