package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.function.Function;

/**
 * What each id of any tokenizer.json adds to running text.
 *
 * <p>Bytes of byte-level entries and of byte fallback are read from the entry. For others the id is
 * decoded after another one, and what that one gives alone is taken off: decoders add or strip
 * blanks at the start of a text only.
 */
final class DjlPieces {
  private final String name;
  private final String[] entries;
  private final BitSet control;
  private final Function<int[], String> decoder;
  private final boolean byteLevel;
  private final boolean byteFallback;
  private final BitSet added = new BitSet();
  private final int before; // the id that others are decoded after

  DjlPieces(TokenizerFile file, BitSet control, Function<int[], String> decoder) {
    this.name = file.name();
    this.entries = file.entries();
    this.control = control;
    this.decoder = decoder;
    this.byteLevel = has(file.at("decoder"), "ByteLevel");
    this.byteFallback = has(file.at("decoder"), "ByteFallback");
    file.added().forEach(a -> added.set(a.id()));
    this.before = byteLevel ? 0 : anyWord();
  }

  private static boolean has(JsonNode decoder, String type) {
    if (decoder.path("type").asText().equals(type)) {
      return true;
    }
    for (JsonNode step : decoder.path("decoders")) {
      if (has(step, type)) {
        return true;
      }
    }
    return false;
  }

  /** An id whose text stays the same whatever follows: one with a letter or a digit. */
  private int anyWord() {
    for (int id = 0; id < entries.length; id++) {
      if (entries[id] != null && !control.get(id) && !added.get(id) && !isByte(id)) {
        String alone = decoder.apply(new int[] {id});
        if (alone.codePoints().anyMatch(Character::isLetterOrDigit)
            && decoder.apply(new int[] {id, id}).startsWith(alone)) {
          return id;
        }
      }
    }
    return -1;
  }

  /** Fails where an id is not of the vocabulary. */
  void check(int id) {
    if (id < 0 || id >= entries.length || entries[id] == null) {
      throw Vocabulary.unknown(name, id, entries.length);
    }
  }

  byte[] bytes(int id) {
    check(id);
    if (control.get(id)) {
      return new byte[0];
    }
    if (byteLevel && !added.get(id) && ByteAlphabet.reads(entries[id])) {
      return ByteAlphabet.read(entries[id]);
    }
    if (isByte(id)) {
      return new byte[] {(byte) Integer.parseInt(entries[id].substring(3, 5), 16)};
    }
    return running(id).getBytes(StandardCharsets.UTF_8);
  }

  private boolean isByte(int id) {
    return byteFallback && entries[id].matches("<0x[0-9A-Fa-f]{2}>");
  }

  private String running(int id) {
    String alone = decoder.apply(new int[] {id});
    if (before < 0 || byteLevel) {
      return alone;
    }
    String prefix = decoder.apply(new int[] {before});
    String both = decoder.apply(new int[] {before, id});
    return both.startsWith(prefix) ? both.substring(prefix.length()) : alone;
  }
}
