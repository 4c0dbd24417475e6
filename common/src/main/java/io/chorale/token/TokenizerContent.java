package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The content of a tokenizer.json, for those who write it in another form.
 *
 * @param entries by their ids; null where an id is not used
 * @param control ids of control tokens, the one that ends a text among them
 * @param whole ids of other entries that a text gives as a whole, before it is cut
 * @param endOfText id of the token that ends a text
 * @param bytePairs what byte-level BPE has beside; empty where it is another kind
 * @param chat how conversations are written, where it says so
 */
public record TokenizerContent(
    List<String> entries,
    BitSet control,
    BitSet whole,
    int endOfText,
    Optional<BytePairs> bytePairs,
    Optional<ChatTemplate> chat) {

  /**
   * Byte-level BPE.
   *
   * @param cut how a text is cut into the pieces, as {@code tokenizer.pattern} names it, or smollm;
   *     empty for an expression without a name
   * @param ignoresMerges whether a piece that is an entry is not merged
   * @param merges two entries with a blank between them, best first
   */
  public record BytePairs(Optional<String> cut, boolean ignoresMerges, List<String> merges) {}

  public TokenizerContent {
    entries = Collections.unmodifiableList(new ArrayList<>(entries));
  }

  /**
   * Reads a tokenizer.json.
   *
   * @param name of the file, for messages
   * @throws io.chorale.config.ChoraleException where the bytes are not one
   */
  public static TokenizerContent of(byte[] json, String name) {
    TokenizerFile file = TokenizerFile.read(json, name);
    int end = EndOfText.of(file);
    BitSet control = new BitSet();
    file.added().stream()
        .filter(TokenizerFile.Added::special)
        .forEach(added -> control.set(added.id()));
    file.unknown().ifPresent(control::clear);
    control.set(end);
    BitSet whole = new BitSet();
    file.added().forEach(added -> whole.set(added.id()));
    whole.andNot(control);
    return new TokenizerContent(
        Arrays.asList(file.entries()),
        control,
        whole,
        end,
        bytePairs(file),
        Additions.template(file));
  }

  /** The text of an entry of byte-level BPE; nothing where its bytes are none. */
  public static Optional<String> piece(String entry) {
    if (entry == null || !ByteAlphabet.reads(entry)) {
      return Optional.empty();
    }
    byte[] bytes = ByteAlphabet.read(entry);
    String piece = new String(bytes, StandardCharsets.UTF_8);
    return Arrays.equals(bytes, piece.getBytes(StandardCharsets.UTF_8))
        ? Optional.of(piece)
        : Optional.empty();
  }

  private static Optional<BytePairs> bytePairs(TokenizerFile file) {
    Optional<String> cut = PublishedSplitting.of(file);
    if (cut.isEmpty() && BytePairTokenizer.splittingOf(file).isEmpty()) {
      return Optional.empty();
    }
    List<String> merges = new ArrayList<>();
    for (JsonNode merge : file.model().path("merges")) {
      merges.add(String.join(" ", Merges.pair(file, merge)));
    }
    boolean ignores = file.model().path("ignore_merges").asBoolean();
    return Optional.of(new BytePairs(cut, ignores, List.copyOf(merges)));
  }
}
