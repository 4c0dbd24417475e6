package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The decoder of a tokenizer.json, as steps that Hugging Face's tokenizers have as well.
 *
 * <p>That library decodes all ids at once. What an id adds to a text depends on others, so a text
 * that grows needs the steps themselves.
 */
final class DecoderReader {
  private static final int MOST_STEPS = 20;

  private final TokenizerFile file;
  private final List<Step> steps = new ArrayList<>();

  /** Makes a step for one text. */
  @FunctionalInterface
  private interface Step {
    DecoderStep before(DecoderStep next);
  }

  /**
   * Reads a file's decoder.
   *
   * @throws io.chorale.config.ChoraleException where it is damaged or not known
   */
  DecoderReader(TokenizerFile file) {
    this.file = file;
    JsonNode decoder = file.at("decoder");
    if (decoder.isNull() || decoder.isMissingNode()) {
      steps.add(WordSteps.Join::new);
    } else {
      read(decoder);
    }
  }

  /** The first step for a new text; the last one hands its tokens to the sink. */
  DecoderStep begin(DecoderStep.Sink sink) {
    DecoderStep first = sink;
    for (int i = steps.size() - 1; i >= 0; i--) {
      first = steps.get(i).before(first);
    }
    return first;
  }

  private void read(JsonNode node) {
    String type = node.path("type").asText();
    if (type.equals("Sequence")) {
      node.path("decoders").forEach(this::read);
      return;
    }
    if (steps.size() == MOST_STEPS) {
      throw file.damaged("a decoder of more than " + MOST_STEPS + " steps", "a usual one");
    }
    steps.add(step(type, new Component(file, "decoder", node)));
  }

  private Step step(String type, Component decoder) {
    switch (type) {
      case "ByteLevel" -> {
        return ByteSteps.ByteLevel::new;
      }
      case "ByteFallback" -> {
        return ByteSteps.ByteFallback::new;
      }
      case "Fuse" -> {
        return EditSteps.Fuse::new;
      }
      case "WordPiece" -> {
        String prefix = decoder.text("prefix", "##");
        boolean cleanUp = decoder.flag("cleanup", true);
        return next -> new WordSteps.WordPiece(prefix, cleanUp, next);
      }
      case "BPEDecoder" -> {
        String suffix = decoder.filled("suffix", "</w>");
        return next -> new WordSteps.EndOfWord(suffix, next);
      }
      case "Metaspace" -> {
        String replacement = decoder.character("replacement", "▁");
        boolean prepends = prepends(decoder);
        return next -> new WordSteps.Metaspace(replacement, prepends, next);
      }
      case "CTC" -> {
        String pad = decoder.text("pad_token", "<pad>");
        String delimiter = decoder.filled("word_delimiter_token", "|");
        boolean cleanUp = decoder.flag("cleanup", true);
        return next -> new WordSteps.Ctc(pad, delimiter, cleanUp, next);
      }
      case "Strip" -> {
        int content = decoder.character("content", " ").codePointAt(0);
        long start = decoder.number("start", 0);
        long stop = decoder.number("stop", 0);
        return next -> new EditSteps.Strip(content, start, stop, next);
      }
      case "Replace" -> {
        return replace(decoder);
      }
      default -> throw decoder.unknown();
    }
  }

  private static boolean prepends(Component decoder) {
    boolean always = decoder.flag("add_prefix_space", true);
    return !decoder.text("prepend_scheme", always ? "always" : "never").equals("never");
  }

  private Step replace(Component decoder) {
    String content = decoder.text("content", "");
    String text = decoder.pattern("String");
    if (text != null) {
      if (text.isEmpty()) {
        throw decoder.damaged("an empty pattern", "some text");
      }
      return next -> EditSteps.replace(text, content, next);
    }
    String regex = decoder.pattern("Regex");
    String fault = PortableRegex.fault(regex);
    if (!fault.isEmpty() || !LinearRegex.cost(RegexReader.read(regex).root()).linear()) {
      throw decoder.damaged(
          "the regular expression "
              + regex
              + (fault.isEmpty() ? " that may go over a text many times" : ", which has " + fault),
          "one that every client reads the same way, in one go");
    }
    Pattern pattern = Pattern.compile(regex, PortableRegex.FLAGS);
    return next -> EditSteps.replace(pattern, content, next);
  }
}
