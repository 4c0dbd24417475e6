package io.chorale.token;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.chorale.config.ChoraleException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Any tokenizer.json, by Hugging Face's own tokenizers through DJL.
 *
 * <p>That library looks for control tokens inside of the text. Where it finds one, its characters
 * are encoded in two parts instead, the first character and the others: text never gives a control
 * token. (A tokenizer that puts a blank before every text puts one before each part.) The token for
 * what is unknown is no control token in this sense.
 *
 * <p>Holds native memory until the JVM ends.
 */
final class DjlTokenizer implements Tokenizer {

  private static final String OFFLINE = "ai.djl.offline";

  static {
    // DJL would report to its makers, and fetch another library where it sees a GPU. The one in its
    // jar is all that is needed; a setting from outside wins.
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
  }

  private final HuggingFaceTokenizer tokenizer;
  private final BitSet control = new BitSet();
  private final int size;
  private final int endOfText;
  private final DjlPieces pieces;

  DjlTokenizer(TokenizerFile file) {
    size = file.size();
    endOfText = EndOfText.of(file);
    file.added().stream().filter(TokenizerFile.Added::special).forEach(a -> control.set(a.id()));
    control.set(endOfText);
    Integer unknown = unknown(file);
    if (unknown != null) {
      control.clear(unknown);
    }
    tokenizer = open(file);
    pieces = new DjlPieces(file, control, this::decodeOrdinary);
  }

  private static Integer unknown(TokenizerFile file) {
    if (file.model().path("unk_id").isInt()) {
      return file.model().path("unk_id").intValue();
    }
    return file.vocabulary().get(file.model().path("unk_token").asText());
  }

  /** The library's own view of a file, which sees control tokens in text. */
  static HuggingFaceTokenizer open(TokenizerFile file) {
    byte[] json = file.withoutTruncationAndPadding().getBytes(StandardCharsets.UTF_8);
    Map<String, String> options =
        Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    try {
      return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
    } catch (IOException | RuntimeException e) {
      ChoraleException damaged =
          file.damaged(
              "what Hugging Face's tokenizers does not understand (" + e.getMessage() + ")",
              "a tokenizer.json");
      damaged.initCause(e);
      throw damaged;
    } catch (LinkageError e) {
      throw new ChoraleException(
          "Cannot load the native library of Hugging Face's tokenizers: "
              + e.getMessage()
              + ", expected one for this system in the jar. Set DJL_CACHE_DIR to a directory that"
              + " can be written.",
          e);
    }
  }

  @Override
  public int[] encode(String text) {
    return encodeOrdinary(WellFormed.of(text)).toArray();
  }

  private IntStream encodeOrdinary(String text) {
    if (text.isEmpty()) {
      return IntStream.empty();
    }
    Encoding encoding = tokenizer.encode(text, false, false);
    int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    if (Arrays.stream(ids).noneMatch(control::get)) {
      return Arrays.stream(ids);
    }
    CharSpan[] spans = encoding.getCharTokenSpans();
    return IntStream.range(0, ids.length)
        .flatMap(i -> control.get(ids[i]) ? encodeInParts(text, spans[i]) : IntStream.of(ids[i]));
  }

  /** What a control token spells; a single character of that kind gives nothing. */
  private IntStream encodeInParts(String text, CharSpan span) {
    if (span == null) {
      return IntStream.empty();
    }
    int start = text.offsetByCodePoints(0, span.getStart());
    int end = text.offsetByCodePoints(start, span.getEnd() - span.getStart());
    String token = text.substring(start, end);
    int second = token.isEmpty() ? 0 : token.offsetByCodePoints(0, 1);
    return second == token.length()
        ? IntStream.empty()
        : IntStream.concat(
            encodeOrdinary(token.substring(0, second)), encodeOrdinary(token.substring(second)));
  }

  @Override
  public String decode(int[] ids) {
    for (int id : ids) {
      pieces.check(id);
    }
    return decodeOrdinary(Arrays.stream(ids).filter(id -> !control.get(id)).toArray());
  }

  private String decodeOrdinary(int[] ids) {
    return ids.length == 0
        ? ""
        : tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
  }

  @Override
  public byte[] bytes(int id) {
    return pieces.bytes(id);
  }

  @Override
  public int vocabularySize() {
    return size;
  }

  @Override
  public int endOfText() {
    return endOfText;
  }
}
