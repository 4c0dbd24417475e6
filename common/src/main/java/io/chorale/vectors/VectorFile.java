package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * What a file of word vectors holds.
 *
 * @param vectors in the order of the file
 * @param repeated words that were there again: of each the first vector stays, as in gensim
 */
public record VectorFile(WordVectors vectors, long repeated) {
  private static final int PEEK = 1 << 16;

  /** What else than a number may stand in its place in a text, which is then told of as such. */
  private static final String TEXT = " naityNAIf";

  /**
   * Reads a file of any {@link VectorFormat}, which its bytes tell.
   *
   * @throws ChoraleException where it is damaged or of another kind
   */
  public static VectorFile read(Storage storage, Path file) {
    long length = storage.status(file).getLen();
    return storage.read(
        file,
        in -> {
          VectorInput input = new VectorInput(file.toString(), length);
          try {
            return read(input, new BufferedInputStream(in, PEEK), () -> storage.open(file));
          } catch (EOFException e) {
            throw input.damaged("it ends early", length + " bytes, as it had before");
          }
        });
  }

  /**
   * What the bytes are of.
   *
   * @param anew opens the file again, for what is not read from its beginning
   */
  private static VectorFile read(
      VectorInput input, BufferedInputStream in, Supplier<FSDataInputStream> anew)
      throws IOException {
    byte[] head = peek(in);
    refuseOther(input, head);
    if (begins(head, 'P', 'A', 'R', '1') && head.length > 4 && head[4] > 0 && head[4] < ' ') {
      return ParquetVectors.read(input, anew);
    }
    if (head.length > 8 && head[7] == 0 && head[8] == '{') {
      return TensorVectors.read(input, in);
    }
    byte[] first = input.until(in, '\n');
    if (first == null) {
      throw input.damaged("it is empty", "word vectors");
    }
    Optional<VectorHeader> header = VectorHeader.of(input, first);
    if (header.isEmpty()) {
      return TextVectors.read(input, first, in);
    }
    return isText(peek(in))
        ? TextVectors.read(input, header.get(), in)
        : BinaryVectors.read(input, header.get(), in);
  }

  private static byte[] peek(InputStream in) throws IOException {
    in.mark(PEEK);
    byte[] bytes = in.readNBytes(PEEK / 2);
    in.reset();
    return bytes;
  }

  /** Names the kinds of files that are taken for word vectors. */
  private static void refuseOther(VectorInput input, byte[] head) {
    if (begins(head, 0x1f, 0x8b) || begins(head, 'P', 'K', 3, 4)) {
      throw input.other("it is compressed", "Unpack it.");
    }
    if (begins(head, 0xba, 0x16, 0x4f, 0x2f)) {
      throw input.other(
          "it is a model of fastText (.bin)", "Use the .vec file that fastText writes beside it.");
    }
  }

  private static boolean begins(byte[] head, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (i >= head.length || (head[i] & 0xff) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether rows are text: the first word has something behind it that may stand among numbers, to
   * the end of its line, and nowhere are there bytes that no text holds, as there are in almost any
   * number's binary form.
   */
  private static boolean isText(byte[] rows) {
    int at = 0;
    while (at < rows.length && rows[at] != ' ') {
      at++;
    }
    int from = at;
    while (at < rows.length && (TextVectors.inNumber(rows[at]) || TEXT.indexOf(rows[at]) >= 0)) {
      at++;
    }
    boolean ended = at == rows.length || rows[at] == '\n' || rows[at] == '\r';
    for (byte each : rows) {
      ended &= each < 0 || each >= ' ' || each == '\t' || each == '\n' || each == '\r';
    }
    return ended && at > from + 1;
  }
}
