package io.chorale.token;

import io.chorale.config.ChoraleException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** The bytes of every id. */
final class Vocabulary {
  private final String name;
  private final byte[][] pieces;

  /**
   * Takes the bytes over.
   *
   * @param name what messages call the tokenizer
   * @param pieces the bytes by id; none for a control token, null for an id that is not used
   */
  Vocabulary(String name, byte[][] pieces) {
    this.name = name;
    this.pieces = pieces;
  }

  /**
   * The bytes of every id of a vocabulary of texts.
   *
   * @param text what an entry adds to a running text
   */
  static Vocabulary ofTexts(TokenizerFile file, int endOfText, UnaryOperator<String> text) {
    String[] entries = file.entries();
    byte[][] pieces = new byte[entries.length][];
    for (int id = 0; id < entries.length; id++) {
      if (entries[id] != null) {
        String added = id == endOfText ? "" : text.apply(entries[id]);
        pieces[id] = added.getBytes(StandardCharsets.UTF_8);
      }
    }
    return new Vocabulary(file.name(), pieces);
  }

  /** The bytes of every id of a byte-level vocabulary. */
  static Vocabulary byteLevel(TokenizerFile file, int endOfText) {
    byte[][] pieces = new byte[file.size()][];
    file.vocabulary()
        .forEach(
            (entry, id) ->
                pieces[id] =
                    ByteAlphabet.reads(entry)
                        ? ByteAlphabet.read(entry)
                        : entry.getBytes(StandardCharsets.UTF_8));
    for (TokenizerFile.Added a : file.added()) {
      pieces[a.id()] = a.special() ? new byte[0] : a.content().getBytes(StandardCharsets.UTF_8);
    }
    pieces[endOfText] = new byte[0];
    return new Vocabulary(file.name(), pieces);
  }

  int size() {
    return pieces.length;
  }

  /** The bytes of an id, not to be changed. */
  byte[] piece(int id) {
    if (id < 0 || id >= pieces.length || pieces[id] == null) {
      throw unknown(name, id, pieces.length);
    }
    return pieces[id];
  }

  /** The bytes of ids one after the other, as text; what is not UTF-8 becomes U+FFFD. */
  String text(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * ids.length);
    for (int id : ids) {
      bytes.writeBytes(piece(id));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The error for an id that a tokenizer does not have. */
  static ChoraleException unknown(String name, int id, int size) {
    return new ChoraleException(
        String.format(
            "Cannot decode the id %d with tokenizer %s: it is not in the vocabulary, expected an id"
                + " from 0 to %d. Use the tokenizer that the ids were made with.",
            id, name, size - 1));
  }
}
