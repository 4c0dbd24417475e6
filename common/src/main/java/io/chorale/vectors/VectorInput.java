package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The words and rows of a file while it is read: refuses what is damaged, and sets aside words that
 * were there before.
 */
final class VectorInput {
  /** Bytes of the longest word or line that is read. */
  static final int LONGEST = 1 << 24;

  private final String name;
  private final long length;
  private final List<String> words = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private RowCollector rows;
  private int size;
  private long repeated;

  /**
   * @param name of the file, for messages
   * @param length its bytes
   */
  VectorInput(String name, long length) {
    this.name = name;
    this.length = length;
  }

  /** Bytes of the file. */
  long length() {
    return length;
  }

  String name() {
    return name;
  }

  /** Numbers of a vector; 0 before {@link #begin}. */
  int size() {
    return size;
  }

  /** Rows so far, with those of repeated words. */
  long count() {
    return words.size() + repeated;
  }

  /** Says how many numbers the vectors have. */
  void begin(int numbers) {
    size = numbers;
    rows = new RowCollector(numbers);
  }

  /**
   * Adds a word; of one that was there before, the first vector stays.
   *
   * @param row its vector, [size]
   * @return whether it was not there before
   */
  boolean add(String word, float[] row) {
    for (int k = 0; k < size; k++) {
      if (!Float.isFinite(row[k])) {
        throw damaged(
            "number %d of word %s is %s".formatted(k + 1, quoted(word), row[k]), "a finite one");
      }
    }
    if (!seen.add(word)) {
      repeated++;
      return false;
    }
    words.add(word);
    rows.add(row);
    return true;
  }

  /** All that was added, uncounted. */
  VectorFile end() {
    return end(new long[0]);
  }

  /**
   * All that was added.
   *
   * @param counts of the words; empty where nobody has counted
   */
  VectorFile end(long[] counts) {
    if (words.isEmpty()) {
      throw damaged("it holds no word", "at least one");
    }
    return new VectorFile(
        new WordVectors(words, counts, size, rows.collected(), Optional.empty()), repeated);
  }

  /** The bytes up to the next one of a kind, which is read too; null at the end of the file. */
  byte[] until(InputStream in, int last) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    for (; next >= 0 && next != last; next = in.read()) {
      bytes.write(next);
      if (bytes.size() > LONGEST) {
        throw damaged("word %d has over %d bytes".formatted(count() + 1, LONGEST), "fewer");
      }
    }
    return bytes.toByteArray();
  }

  /** UTF-8 as text. */
  String text(byte[] bytes, int from, int to) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException e) {
      throw damaged("word %d is not UTF-8".formatted(count() + 1), "UTF-8");
    }
  }

  /** Says what is wrong with the file. */
  ChoraleException damaged(String found, String expected) {
    return new ChoraleException(
        ("Cannot read word vectors %s: %s, expected %s."
                + " The file is damaged or of another kind; restore it or write it again.")
            .formatted(name, found, expected));
  }

  /** Says that the file is of a kind that is not read. */
  ChoraleException other(String found, String advice) {
    return new ChoraleException(
        ("Cannot read word vectors %s: %s, expected word2vec (text or binary), fastText (.vec),"
                + " safetensors or Parquet. %s")
            .formatted(name, found, advice));
  }

  static String quoted(String word) {
    return '"' + (word.length() <= 40 ? word : word.substring(0, 40) + "…") + '"';
  }
}
