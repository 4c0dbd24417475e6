package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.io.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Checks what a tokenizer.json does to a text before the model sees it, as far as native code that
 * is given it unchecked would end the JVM or go on for ever.
 *
 * <p>Fields of a wrong type are left to that code, which tells them.
 */
final class PipelineCheck {
  private static final int DEEPEST = 10;
  private static final int MOST_STEPS = 50;

  // Of the bytes of a text, by all steps together: usual ones triple them, and the tables of
  // SentencePiece lengthen rare signs elevenfold.
  private static final long MOST_GROWTH = 200;

  // Oniguruma gives up, and with it the JVM, when it has gone back ten million times in a match.
  private static final long MOST_STEPS_BACK = 5_000_000;

  /** These change no run of equal kinds of characters into a much longer one. */
  private static final Set<String> KEEP_RUNS =
      Set.of("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Sequence");

  private final TokenizerFile file;
  private final List<LinearRegex.Cost> costs = new ArrayList<>();
  private int steps;
  private long growth = 1;
  private boolean keepsRuns = true;

  private PipelineCheck(TokenizerFile file) {
    this.file = file;
  }

  /**
   * Fails where the normalizer or the pre-tokenizer is damaged or not understood.
   *
   * @return what texts can be encoded
   */
  static LongRuns check(TokenizerFile file) {
    PipelineCheck check = new PipelineCheck(file);
    check.normalizer(file.at("normalizer"), 0);
    check.preTokenizer(file.at("pre_tokenizer"), 0);
    List<String> runs = check.costs.stream().flatMap(cost -> cost.runs().stream()).toList();
    long back = check.costs.stream().mapToLong(LinearRegex.Cost::steps).max().orElse(0);
    back *= has(file.at("normalizer"), "NFKC") || has(file.at("normalizer"), "NFKD") ? 10 : 1;
    return new LongRuns(
        file.name(),
        check.keepsRuns ? runs : List.of(LongRuns.ANY),
        back == 0 ? Long.MAX_VALUE : MOST_STEPS_BACK / back);
  }

  /** Whether a component is of a type, or a sequence with one that is. */
  static boolean has(JsonNode component, String type) {
    if (component.path("type").asText().equals(type)) {
      return true;
    }
    for (String list : List.of("normalizers", "pretokenizers", "decoders")) {
      for (JsonNode step : component.path(list)) {
        if (has(step, type)) {
          return true;
        }
      }
    }
    return false;
  }

  private void normalizer(JsonNode node, int depth) {
    if (node.isNull() || node.isMissingNode()) {
      return;
    }
    Component normalizer = step("normalizer", node, depth);
    keepsRuns &= KEEP_RUNS.contains(normalizer.type());
    switch (normalizer.type()) {
      case "Sequence" -> node.path("normalizers").forEach(step -> normalizer(step, depth + 1));
      case "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Lowercase",
          "StripAccents",
          "Strip",
          "Nmt",
          "BertNormalizer" -> {
        // Nothing in them can be wrong and not be told.
      }
      case "ByteLevel" -> grow(2, normalizer);
      case "Prepend" -> normalizer.filled("prepend", "");
      case "Precompiled" -> {
        int longer = CharsMap.growth(node.path("precompiled_charsmap").asText());
        if (longer < 0) {
          throw normalizer.damaged("a damaged precompiled_charsmap", "a whole one");
        }
        grow(longer, normalizer);
      }
      case "Replace" -> replace(normalizer);
      default -> throw normalizer.unknown();
    }
  }

  private void replace(Component normalizer) {
    String text = normalizer.pattern("String");
    if (text != null && text.isEmpty()) {
      throw normalizer.damaged("an empty pattern", "some text");
    } else if (text == null) {
      regex(normalizer);
    }
    int least = text == null ? 1 : utf8(text);
    grow(Math.max(1, (utf8(normalizer.text("content", "")) + least - 1) / least), normalizer);
  }

  private static int utf8(String text) {
    return (int) Utf8.length(text);
  }

  private void preTokenizer(JsonNode node, int depth) {
    if (node.isNull() || node.isMissingNode()) {
      return;
    }
    Component preTokenizer = step("pre-tokenizer", node, depth);
    switch (preTokenizer.type()) {
      case "Sequence" -> node.path("pretokenizers").forEach(step -> preTokenizer(step, depth + 1));
      case "BertPreTokenizer",
          "Whitespace",
          "WhitespaceSplit",
          "Punctuation",
          "Digits",
          "UnicodeScripts" -> {
        // Nothing in them can be wrong and not be told.
      }
      case "CharDelimiterSplit" -> preTokenizer.character("delimiter", " ");
      case "ByteLevel" -> grow(2, preTokenizer);
      case "Metaspace" -> {
        preTokenizer.character("replacement", "▁");
        grow(3, preTokenizer);
      }
      case "Split" -> {
        if (preTokenizer.pattern("String") == null) {
          regex(preTokenizer);
        }
      }
      default -> throw preTokenizer.unknown();
    }
  }

  private Component step(String kind, JsonNode node, int depth) {
    if (depth > DEEPEST || ++steps > MOST_STEPS) {
      throw file.damaged("a " + kind + " of very many steps", "a usual one");
    }
    return new Component(file, kind, node);
  }

  private void grow(long factor, Component step) {
    growth *= factor;
    if (growth > MOST_GROWTH) {
      throw step.damaged(
          "steps that make a text more than " + MOST_GROWTH + " times longer", "less");
    }
  }

  private void regex(Component step) {
    String regex = step.pattern("Regex");
    String shown = "the regular expression " + TokenizerFile.brief(regex, 80);
    try {
      RegexNode root = RegexReader.read(regex).root();
      if (root.nullable()) {
        throw step.damaged(shown + ", which matches empty text,", "one that does not");
      }
      LinearRegex.Cost cost = LinearRegex.cost(root);
      if (!cost.linear()) {
        throw step.damaged(
            shown + ", which may go over a text again and again,",
            "one whose repetitions do not share the same text");
      }
      costs.add(cost);
    } catch (RegexReader.Refused e) {
      throw step.damaged(shown + ", which has " + e.getMessage() + ",", "a usual one");
    }
  }
}
