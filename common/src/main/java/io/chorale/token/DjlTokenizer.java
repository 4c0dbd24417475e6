package io.chorale.token;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
 * <p>One that puts a blank before the first text alone is held twice, with it and without.
 *
 * <p>Holds native memory until the JVM ends.
 */
final class DjlTokenizer extends FileTokenizer {

  private static final String OFFLINE = "ai.djl.offline";

  static {
    // DJL would report to its makers, and fetch another library where it sees a GPU. The one in its
    // jar is all that is needed; a setting from outside wins.
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
  }

  private final HuggingFaceTokenizer tokenizer;
  private final HuggingFaceTokenizer behind; // of texts that stand behind others
  private final String name;
  private final LongRuns longRuns;

  DjlTokenizer(TokenizerFile file) {
    super(file);
    name = file.name();
    longRuns = PipelineCheck.check(file);
    checkAdded(file);
    ObjectNode json = file.copy();
    // Decoding is not left to the library, and what comes after encoding is not wanted.
    json.putNull("decoder").putNull("post_processor");
    ObjectNode model = (ObjectNode) json.get("model");
    model.put("type", ModelCheck.type(file));
    if (model.has("dropout")) {
      model.putNull("dropout"); // the same text has the same ids
    }
    tokenizer = open(file, json);
    behind = neverPrepends(json.path("pre_tokenizer")) ? open(file, json) : tokenizer;
  }

  /** Changes steps that put a blank before the first text alone; whether there were any. */
  private static boolean neverPrepends(JsonNode step) {
    boolean changed = false;
    if (step.path("prepend_scheme").asText().equals("first")) {
      ((ObjectNode) step).put("prepend_scheme", "never");
      changed = true;
    }
    for (JsonNode inner : step.path("pretokenizers")) {
      changed |= neverPrepends(inner);
    }
    return changed;
  }

  /**
   * Fails where the library looks for an added token within characters, or outside of the text, and
   * so ends the JVM: a token of which the normalizer leaves nothing, or white space that takes the
   * white space before it along.
   */
  private static void checkAdded(TokenizerFile file) {
    if (file.added().isEmpty()) {
      return;
    }
    ObjectNode json = file.copy();
    json.putNull("pre_tokenizer").putNull("post_processor").putNull("decoder");
    json.putArray("added_tokens");
    // One unknown piece, which is all of the text.
    ObjectNode model = json.putObject("model").put("type", "Unigram").put("unk_id", 0);
    model.put("byte_fallback", false).putArray("vocab").addArray().add("\u0000").add(0);
    try (HuggingFaceTokenizer normalizer = open(file, json)) {
      for (TokenizerFile.Added added : file.added()) {
        String content =
            added.normalized()
                ? String.join("", normalizer.encode(added.content(), false, false).getTokens())
                : added.content();
        if (content.isEmpty() || (added.lstrip() && content.chars().allMatch(WhiteSpace::is))) {
          throw file.damaged(
              "an added token \"%s\" of which the normalizer leaves %s"
                  .formatted(
                      TokenizerFile.brief(added.content(), 80),
                      content.isEmpty() ? "nothing" : "white space alone"),
              "one that is found in text");
        }
      }
    }
  }

  /**
   * The library's own view of a file, which sees control tokens in text.
   *
   * @param json of the file, which neither cuts nor pads what is encoded from now on
   */
  static HuggingFaceTokenizer open(TokenizerFile file, ObjectNode json) {
    json.putNull("truncation").putNull("padding");
    byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
    Map<String, String> options =
        Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    try {
      return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options);
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
    return encodeOrdinary(WellFormed.of(text), tokenizer).toArray();
  }

  @Override
  public int[] encodeBehind(String text) {
    return encodeOrdinary(WellFormed.of(text), behind).toArray();
  }

  private IntStream encodeOrdinary(String text, HuggingFaceTokenizer library) {
    if (text.isEmpty()) {
      return IntStream.empty();
    }
    longRuns.check(text);
    Encoding encoding = call(text, library);
    int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    if (Arrays.stream(ids).noneMatch(this::isControl)) {
      return Arrays.stream(ids);
    }
    CharSpan[] spans = encoding.getCharTokenSpans();
    IntStream.Builder found = IntStream.builder();
    int point = 0; // code points and, of the same place, characters
    int place = 0;
    for (int i = 0; i < ids.length; i++) {
      if (!isControl(ids[i])) {
        found.add(ids[i]);
      } else if (spans[i] != null) {
        int start = text.offsetByCodePoints(place, spans[i].getStart() - point);
        int end = text.offsetByCodePoints(start, spans[i].getEnd() - spans[i].getStart());
        point = spans[i].getStart();
        place = start;
        encodeInParts(text.substring(start, end), start == 0 ? library : behind)
            .forEach(found::add);
      }
    }
    return found.build();
  }

  private Encoding call(String text, HuggingFaceTokenizer library) {
    try {
      return library.encode(text, false, false);
    } catch (RuntimeException e) {
      throw new ChoraleException(
          "Cannot encode a text of %d characters with tokenizer %s: Hugging Face's tokenizers found %s, expected text that it can encode. Leave the text out of the corpus, or take another tokenizer."
              .formatted(text.length(), name, e.getMessage()),
          e);
    }
  }

  /**
   * What a control token spells, with the white space that some take with them; a single character
   * of that kind gives nothing.
   */
  private IntStream encodeInParts(String token, HuggingFaceTokenizer first) {
    int begin = 0;
    while (begin < token.length() && WhiteSpace.is(token.charAt(begin))) {
      begin++;
    }
    int second = begin < token.length() ? token.offsetByCodePoints(begin, 1) : begin;
    return second == token.length()
        ? IntStream.empty()
        : IntStream.concat(
            encodeOrdinary(token.substring(0, second), first),
            encodeOrdinary(token.substring(second), behind));
  }
}
