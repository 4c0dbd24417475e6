package io.chorale.token;

import io.chorale.config.ChoraleException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of every id.
 *
 * @param name what messages call the tokenizer
 * @param pieces the bytes by id; none for a control token, null for an id that is not used
 */
record Vocabulary(String name, byte[][] pieces) {

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
