package io.chorale.vectors;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The binary format of word2vec: a line {@code WORDS SIZE}, then each word, a blank, and its
 * numbers as little-endian float32. The tool itself puts a line end after each row, gensim does
 * not: both are read, and the latter is written.
 */
final class BinaryVectors {
  private BinaryVectors() {}

  /** Reads what follows the header. */
  static VectorFile read(VectorInput input, VectorHeader header, InputStream in)
      throws IOException {
    header.check(input, 4L * header.size() + 2);
    input.begin(header.size());
    float[] row = new float[header.size()];
    byte[] bytes = new byte[row.length * Float.BYTES];
    ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < header.words(); i++) {
      byte[] word = input.until(in, ' ');
      if (word == null || in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
        throw input.damaged(
            "it ends in word " + (i + 1), header.words() + " words: it was cut short");
      }
      int from = 0;
      while (from < word.length && word[from] == '\n') {
        from++;
      }
      if (from == word.length) {
        throw input.damaged("word %d is empty".formatted(i + 1), "a word");
      }
      numbers.asFloatBuffer().get(row);
      input.add(input.text(word, from, word.length), row);
    }
    for (int rest; (rest = in.read()) >= 0; ) {
      if (rest != '\n') {
        throw input.damaged("bytes follow its last word", header.words() + " words");
      }
    }
    return input.end();
  }

  static void write(WordVectors vectors, OutputStream out) throws IOException {
    out.write(VectorHeader.of(vectors));
    float[] row = new float[vectors.size()];
    ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < vectors.words().size(); i++) {
      out.write((vectors.words().get(i) + " ").getBytes(StandardCharsets.UTF_8));
      vectors.copy(i, row);
      bytes.asFloatBuffer().put(row);
      out.write(bytes.array());
    }
  }
}
