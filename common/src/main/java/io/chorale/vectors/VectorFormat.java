package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import io.chorale.io.Utf8;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.function.Predicate;
import org.apache.hadoop.fs.Path;

/** A file format for word vectors, written byte for byte as the tool does that it comes from. */
public enum VectorFormat {
  /** word2vec's text, with the numbers as gensim spells them: exact. */
  WORD2VEC(TextVectors::writeWord2Vec, TextVectors::carries),

  /** word2vec's binary format, as gensim writes it: exact. */
  WORD2VEC_BINARY(BinaryVectors::write, TextVectors::carries),

  /** fastText's {@code .vec}: text, each number rounded to five digits. */
  FASTTEXT(TextVectors::writeFastText, TextVectors::carries),

  /** Safetensors: exact, with counts and n-grams, for any words. */
  SAFETENSORS(TensorVectors::write, word -> Utf8.exactLength(word) >= 0),

  /** Parquet, with the columns {@code word}, {@code count} and {@code vector}: exact. */
  PARQUET(ParquetVectors::write, word -> Utf8.exactLength(word) >= 0);

  private static final int BUFFER = 1 << 16;

  private interface Writer {
    void write(WordVectors vectors, OutputStream out) throws IOException;
  }

  private final Writer writer;
  private final Predicate<String> carries;

  VectorFormat(Writer writer, Predicate<String> carries) {
    this.writer = writer;
    this.carries = carries;
  }

  /** The format that a file's name tells: word2vec's text where it tells none. */
  public static VectorFormat of(String file) {
    String ending = file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (ending) {
      case "bin" -> WORD2VEC_BINARY;
      case "vec" -> FASTTEXT;
      case "safetensors" -> SAFETENSORS;
      case "parquet" -> PARQUET;
      default -> WORD2VEC;
    };
  }

  /** The name of the format: {@code word2vec-binary}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Publishes a file. Reads the vectors once, in their order.
   *
   * @throws ChoraleException where there is no vector, or the format cannot carry a word; nothing
   *     is written then
   */
  public void write(Storage storage, Path file, WordVectors vectors) {
    if (vectors.words().isEmpty()) {
      throw new ChoraleException(
          "Cannot write word vectors %s: there are none, expected at least one.".formatted(file));
    }
    for (String word : vectors.words()) {
      if (!carries.test(word)) {
        throw new ChoraleException(
            "Cannot write word vectors %s: the word %s is empty, or holds white space or half a character, expected none such in this format. Write safetensors."
                .formatted(file, VectorInput.quoted(word)));
      }
    }
    storage.publish(
        file,
        out -> {
          OutputStream buffered = new BufferedOutputStream(out, BUFFER);
          writer.write(vectors, buffered);
          buffered.flush();
        });
  }
}
