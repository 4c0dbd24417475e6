package io.chorale.vectors;

import io.chorale.io.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/**
 * The text format of word2vec and fastText: a line {@code WORDS SIZE}, then a word a line with its
 * numbers behind it, between blanks. Files without the first line are read too.
 */
final class TextVectors {
  /** What fastText writes. */
  private static final int FASTTEXT_DIGITS = 5;

  private TextVectors() {}

  /**
   * Reads what follows the header.
   *
   * @param header what the first line says
   */
  static VectorFile read(VectorInput input, VectorHeader header, InputStream in)
      throws IOException {
    header.check(input, 2L * header.size() + 2);
    input.begin(header.size());
    float[] row = new float[header.size()];
    for (byte[] line; (line = input.until(in, '\n')) != null; ) {
      if (!blank(line)) {
        row(input, line, row);
      }
    }
    header.checkCount(input);
    return input.end();
  }

  /**
   * Reads a file without a header.
   *
   * @param first its first line
   */
  static VectorFile read(VectorInput input, byte[] first, InputStream in) throws IOException {
    int numbers = 0;
    for (int i = 0; i < end(first); i++) {
      numbers += first[i] == ' ' ? 1 : 0;
    }
    if (numbers == 0) {
      throw input.damaged(
          "its first line holds no number",
          "word vectors of word2vec (text or binary), of fastText (.vec), safetensors or Parquet");
    }
    input.begin(numbers);
    float[] row = new float[numbers];
    for (byte[] line = first; line != null; line = input.until(in, '\n')) {
      if (!blank(line)) {
        row(input, line, row);
      }
    }
    return input.end();
  }

  private static void row(VectorInput input, byte[] line, float[] row) {
    int end = end(line);
    int at = next(line, 0, end);
    String word = input.text(line, 0, at);
    int count = 0;
    while (at < end) {
      int from = at + 1;
      at = next(line, from, end);
      if (count < row.length) {
        row[count] = number(input, word, line, from, at);
      }
      count++;
    }
    if (word.isEmpty() || count != row.length) {
      throw input.damaged(
          "word %d, %s, has %d numbers"
              .formatted(input.count() + 1, VectorInput.quoted(word), count),
          row.length + " after a word without blanks");
    }
    input.add(word, row);
  }

  private static float number(VectorInput input, String word, byte[] line, int from, int to) {
    String text = new String(line, from, to - from, StandardCharsets.ISO_8859_1);
    try {
      if (text.chars().allMatch(TextVectors::inNumber)) {
        return Float.parseFloat(text);
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw input.damaged(
        "word %d, %s, has %s among its numbers"
            .formatted(input.count() + 1, VectorInput.quoted(word), VectorInput.quoted(text)),
        "finite decimal numbers");
  }

  /** Whether a character may stand in a number. */
  static boolean inNumber(int c) {
    return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
  }

  private static int next(byte[] line, int from, int end) {
    int at = from;
    while (at < end && line[at] != ' ') {
      at++;
    }
    return at;
  }

  /** Where a line ends, without a carriage return and the blanks that some tools leave. */
  private static int end(byte[] line) {
    int end = line.length;
    while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\r')) {
      end--;
    }
    return end;
  }

  private static boolean blank(byte[] line) {
    return end(line) == 0;
  }

  /** As gensim writes it: each number with as few digits as tell it from all others. */
  static void writeWord2Vec(WordVectors vectors, OutputStream out) throws IOException {
    write(vectors, out, (value, line) -> FloatText.shortest(value, line.append(' ')), "");
  }

  /** As fastText writes it: five digits, and a blank at the end of a line. */
  static void writeFastText(WordVectors vectors, OutputStream out) throws IOException {
    write(
        vectors,
        out,
        (value, line) -> FloatText.significant(value, FASTTEXT_DIGITS, line.append(' ')),
        " ");
  }

  private static void write(
      WordVectors vectors, OutputStream out, BiConsumer<Float, StringBuilder> number, String end)
      throws IOException {
    out.write(VectorHeader.of(vectors));
    float[] row = new float[vectors.size()];
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < vectors.words().size(); i++) {
      line.setLength(0);
      line.append(vectors.words().get(i));
      vectors.copy(i, row);
      for (float value : row) {
        number.accept(value, line);
      }
      out.write(line.append(end).append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Whether the formats of word2vec and fastText can carry a word: it has no white space in it. */
  static boolean carries(String word) {
    return !word.isEmpty()
        && Utf8.exactLength(word) >= 0
        && word.chars().noneMatch(c -> c == ' ' || c >= '\t' && c <= '\r');
  }
}
