package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.TokenizerSettings;
import io.chorale.io.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * Byte-level BPE: cuts a text into pieces, looks the ids of each piece up in a table of those seen
 * lately, and merges the bytes of the others.
 *
 * <p>Time is in proportion to the text, or n log n for a piece of n bytes that the splitting leaves
 * very long, such as megabytes of letters without a blank; these take 24 bytes of heap a byte.
 * Threads that encode at the same time have a table of 3 to 8 MB each.
 */
final class BytePairTokenizer extends FileTokenizer {
  private final Cutter cutter;
  private final Merges merges;
  private final Map<String, Integer> whole;
  private final int pieces;

  /** One for each thread that encodes at the same time. */
  private final Queue<PieceTable> tables = new ConcurrentLinkedQueue<>();

  private BytePairTokenizer(TokenizerFile file, Splitting splitting, Merges merges, int pieces) {
    super(file);
    this.cutter = splitting.cutter();
    this.merges = merges;
    this.whole = whole(file);
    this.pieces = pieces;
  }

  /** The tokenizer, if the file asks for what this class does. */
  static Optional<Tokenizer> of(TokenizerFile file) {
    return of(file, PieceTable.MOST_PIECES);
  }

  /**
   * The same.
   *
   * @param pieces whose ids are kept, which changes no ids
   */
  static Optional<Tokenizer> of(TokenizerFile file, int pieces) {
    return splittingOf(file)
        .flatMap(
            cuts ->
                Merges.of(file).map(merges -> new BytePairTokenizer(file, cuts, merges, pieces)));
  }

  /** How the file cuts a text, if it asks for what this class does. */
  static Optional<Splitting> splittingOf(TokenizerFile file) {
    return isPlainModel(file) && isPlainAround(file) ? splitting(file) : Optional.empty();
  }

  /** Whether it is byte-level BPE as GPT-2 has it, whatever stands around it. */
  static boolean isPlainModel(TokenizerFile file) {
    JsonNode model = file.model();
    return ModelCheck.type(file).equals("BPE")
        && model.path("dropout").asDouble() == 0
        && model.path("continuing_subword_prefix").asText("").isEmpty()
        && model.path("end_of_word_suffix").asText("").isEmpty()
        && !model.path("byte_fallback").asBoolean()
        && file.at("decoder").path("type").asText().equals("ByteLevel");
  }

  private static boolean isPlainAround(TokenizerFile file) {
    return (file.at("normalizer").isNull() || file.at("normalizer").isMissingNode())
        && file.added().stream().allMatch(TokenizerFile.Added::special);
  }

  /** GPT-2's splitting, or one by a regular expression that is portable. */
  static Optional<Splitting> splitting(TokenizerFile file) {
    JsonNode first = file.at("pre_tokenizer");
    if (isByteLevel(first, true)) {
      return Optional.of(Splitting.of(Splitting.GPT2));
    }
    if (PublishedSplitting.isSmolLm(first)) {
      return Optional.of(Splitting.ofPortable(PublishedSplitting.SMOLLM_REGEX));
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

  static boolean isByteLevel(JsonNode step, boolean splits) {
    return step.path("type").asText().equals("ByteLevel")
        && !step.path("add_prefix_space").asBoolean(true)
        && step.path("use_regex").asBoolean(true) == splits;
  }

  /** The pieces that are entries and so, with ignore_merges, are not merged; no control tokens. */
  private static Map<String, Integer> whole(TokenizerFile file) {
    Map<String, Integer> whole = new HashMap<>();
    if (file.model().path("ignore_merges").asBoolean()) {
      Set<String> added =
          file.added().stream().map(TokenizerFile.Added::content).collect(Collectors.toSet());
      file.vocabulary()
          .forEach(
              (entry, id) -> {
                if (!added.contains(entry)) {
                  TokenizerContent.piece(entry).ifPresent(piece -> whole.put(piece, id));
                }
              });
    }
    return whole;
  }

  @Override
  public Optional<TokenizerSettings.Kind> kind() {
    return Optional.of(TokenizerSettings.Kind.BPE);
  }

  @Override
  public int[] encode(String text) {
    PieceTable found = tables.poll();
    PieceTable table = found == null ? new PieceTable(pieces) : found;
    Encoding encoding = new Encoding(WellFormed.of(text), table);
    cutter.cut(encoding.text, encoding);
    tables.add(table);
    return Arrays.copyOf(encoding.ids, encoding.size);
  }

  /** The ids of a text, piece by piece. */
  private final class Encoding implements Cutter.Sink {
    private static final int WINDOW = 1 << 15;

    private final String text;
    private final PieceTable table;
    private PieceMerger merger;
    private int[] ids;
    private int size;

    // A stretch of the text in UTF-8: its characters, and where the next piece begins in its bytes.
    private int windowEnd;
    private byte[] bytes = new byte[0];
    private boolean ascii;
    private int next;

    Encoding(String text, PieceTable table) {
      this.text = text;
      this.table = table;
      this.ids = new int[16 + text.length() / 4];
    }

    @Override
    public void piece(int from, int to) {
      if (to > windowEnd) {
        open(from, to);
      }
      int begin = next;
      next += ascii ? to - from : Math.toIntExact(Utf8.length(text, from, to));
      int length = next - begin;
      if (ids.length - size < length) {
        ids = Arrays.copyOf(ids, Math.max(size + length, size + size / 2));
      }
      int count = length <= PieceTable.LONGEST ? table.find(bytes, begin, next, ids, size) : 0;
      size += count > 0 ? count : encode(from, to, begin);
    }

    /** Opens a window that begins with a piece, and ends where a character does. */
    private void open(int from, int to) {
      int end = Math.min(text.length(), Math.max(to, from + WINDOW));
      if (end > to && Character.isHighSurrogate(text.charAt(end - 1))) {
        end--;
      }
      bytes = text.substring(from, end).getBytes(StandardCharsets.UTF_8);
      ascii = bytes.length == end - from;
      windowEnd = end;
      next = 0;
    }

    /** The ids of a piece that is not in the table. */
    private int encode(int from, int to, int begin) {
      Integer entry = whole.isEmpty() ? null : whole.get(text.substring(from, to));
      int count;
      if (entry != null) {
        ids[size] = entry;
        count = 1;
      } else {
        merger = merger == null ? new PieceMerger(merges) : merger;
        count = merger.merge(bytes, begin, next, ids, size);
      }
      if (next - begin <= PieceTable.LONGEST) {
        table.put(bytes, begin, next, ids, size, count);
      }
      return count;
    }
  }
}
