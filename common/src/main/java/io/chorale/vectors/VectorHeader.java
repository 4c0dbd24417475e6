package io.chorale.vectors;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of the formats of word2vec: {@code WORDS SIZE}.
 *
 * @param words that follow
 * @param size numbers of each vector
 */
record VectorHeader(long words, int size) {
  private static final Pattern LINE = Pattern.compile("([0-9]{1,18}) +([0-9]{1,18})[ \r]*");

  /** Bytes of the longest such line. */
  private static final int LONGEST = 64;

  /** What a line says; nothing where it is no header. */
  static Optional<VectorHeader> of(VectorInput input, byte[] line) {
    if (line.length > LONGEST) {
      return Optional.empty();
    }
    Matcher found = LINE.matcher(new String(line, StandardCharsets.ISO_8859_1));
    if (!found.matches()) {
      return Optional.empty();
    }
    long words = Long.parseLong(found.group(1));
    long size = Long.parseLong(found.group(2));
    if (words < 1 || words > Integer.MAX_VALUE || size < 1 || size > Integer.MAX_VALUE) {
      throw input.damaged(
          "its first line claims %d words of %d numbers".formatted(words, size),
          "at least one of each, and at most 2^31 - 1");
    }
    return Optional.of(new VectorHeader(words, (int) size));
  }

  /** The line for some vectors. */
  static byte[] of(WordVectors vectors) {
    return (vectors.words().size() + " " + vectors.size() + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Refuses a file that is too short for what the line claims, before memory is taken for it.
   *
   * @param rowBytes that a row takes at least
   */
  void check(VectorInput input, long rowBytes) {
    // The line end of the last row may be missing.
    if ((double) words * rowBytes - 1 > input.length()) {
      throw input.damaged(
          "its first line claims %d words of %d numbers, but it has %d bytes"
              .formatted(words, size, input.length()),
          "%d bytes for each word at least".formatted(rowBytes));
    }
  }

  /** Refuses a file that holds another number of words than the line claims. */
  void checkCount(VectorInput input) {
    if (input.count() != words) {
      throw input.damaged(
          "it holds %d words".formatted(input.count()), words + " by its first line");
    }
  }
}
