package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Byte-level BPE: cuts a text into pieces, looks the ids of each piece up in a table of those seen
 * lately, and merges the bytes of the others.
 *
 * <p>Time is in proportion to the text, or n log n for a piece of n bytes that the splitting leaves
 * very long, such as megabytes of letters without a blank; these take 24 bytes of heap a byte.
 */
final class BytePairTokenizer extends FileTokenizer {
  private final Cutter cutter;
  private final Merges merges;
  private final Map<String, int[]> whole;
  private final PieceTable seen;

  private BytePairTokenizer(TokenizerFile file, Splitting splitting, Merges merges, int seen) {
    super(file);
    this.cutter = splitting.cutter();
    this.merges = merges;
    this.whole = whole(file);
    this.seen = new PieceTable(seen);
  }

  /** The tokenizer, if the file asks for what this class does. */
  static Optional<Tokenizer> of(TokenizerFile file) {
    return of(file, PieceTable.MOST_PIECES);
  }

  /**
   * The same.
   *
   * @param seen pieces whose ids are kept, which changes no ids
   */
  static Optional<Tokenizer> of(TokenizerFile file, int seen) {
    Optional<Splitting> splitting = isPlainModel(file) ? splitting(file) : Optional.empty();
    return splitting.flatMap(
        cuts -> Merges.of(file).map(merges -> new BytePairTokenizer(file, cuts, merges, seen)));
  }

  private static boolean isPlainModel(TokenizerFile file) {
    JsonNode model = file.model();
    return ModelCheck.type(file).equals("BPE")
        && model.path("dropout").asDouble() == 0
        && model.path("continuing_subword_prefix").asText("").isEmpty()
        && model.path("end_of_word_suffix").asText("").isEmpty()
        && !model.path("byte_fallback").asBoolean()
        && (file.at("normalizer").isNull() || file.at("normalizer").isMissingNode())
        && file.at("decoder").path("type").asText().equals("ByteLevel")
        && file.added().stream().allMatch(TokenizerFile.Added::special);
  }

  /** GPT-2's splitting, or one by a regular expression that is portable. */
  private static Optional<Splitting> splitting(TokenizerFile file) {
    JsonNode first = file.at("pre_tokenizer");
    if (isByteLevel(first, true)) {
      return Optional.of(Splitting.of(Splitting.GPT2));
    }
    JsonNode steps = first.path("pretokenizers");
    String regex = steps.path(0).path("pattern").path("Regex").asText();
    return steps.size() == 2
            && TokenizerFile.isSplit(steps.get(0), regex, "Isolated")
            && isByteLevel(steps.get(1), false)
            && PortableRegex.fault(regex).isEmpty()
        ? Optional.of(Splitting.ofPortable(regex))
        : Optional.empty();
  }

  private static boolean isByteLevel(JsonNode step, boolean splits) {
    return step.path("type").asText().equals("ByteLevel")
        && !step.path("add_prefix_space").asBoolean(true)
        && step.path("use_regex").asBoolean(true) == splits;
  }

  /** The pieces that are entries and so, with ignore_merges, are not merged; no control tokens. */
  private static Map<String, int[]> whole(TokenizerFile file) {
    Map<String, int[]> whole = new HashMap<>();
    if (file.model().path("ignore_merges").asBoolean()) {
      Set<String> added =
          file.added().stream().map(TokenizerFile.Added::content).collect(Collectors.toSet());
      file.vocabulary()
          .forEach(
              (entry, id) -> {
                if (ByteAlphabet.reads(entry) && !added.contains(entry)) {
                  // Bytes that are not UTF-8 are no piece; U+FFFD in their place is not theirs.
                  byte[] bytes = ByteAlphabet.read(entry);
                  String piece = new String(bytes, StandardCharsets.UTF_8);
                  if (Arrays.equals(bytes, piece.getBytes(StandardCharsets.UTF_8))) {
                    whole.put(piece, new int[] {id});
                  }
                }
              });
    }
    return whole;
  }

  @Override
  public int[] encode(String text) {
    Encoding encoding = new Encoding(WellFormed.of(text));
    cutter.cut(encoding.text, encoding);
    return Arrays.copyOf(encoding.ids, encoding.size);
  }

  /** The ids of a text, piece by piece. */
  private final class Encoding implements Cutter.Sink {
    private final String text;
    private PieceMerger merger;
    private int[] ids;
    private int size;

    Encoding(String text) {
      this.text = text;
      this.ids = new int[16 + text.length() / 4];
    }

    @Override
    public void piece(int from, int to) {
      int[] found = to - from <= PieceTable.LONGEST ? seen.find(text, from, to) : null;
      if (found == null) {
        found = encode(text.substring(from, to));
      }
      if (ids.length - size < found.length) {
        ids = Arrays.copyOf(ids, Math.max(size + found.length, size + size / 2));
      }
      for (int id : found) {
        ids[size++] = id;
      }
    }

    private int[] encode(String piece) {
      int[] found = whole.get(piece);
      if (found == null) {
        merger = merger == null ? new PieceMerger(merges) : merger;
        found = merger.merge(piece.getBytes(StandardCharsets.UTF_8));
      }
      if (piece.length() <= PieceTable.LONGEST) {
        seen.put(piece, found);
      }
      return found;
    }
  }
}
