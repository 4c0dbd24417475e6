package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns that take no more time than they should, and such that would. */
class LinearRegexTest {

  private static final String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String ENDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
  private static final String DEEPSEEK3 =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static LinearRegex.Cost cost(String pattern) {
    return LinearRegex.cost(RegexReader.read(pattern).root());
  }

  @Test
  void patternsOfKnownTokenizersAreLinear() {
    String gpt4o =
        ("[^\\r\\n\\p{L}\\p{N}]?%1$s*%2$s+%3$s|[^\\r\\n\\p{L}\\p{N}]?%1$s+%2$s*%3$s|\\p{N}{1,3}"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")
            .formatted(UPPER, LOWER, ENDS);
    for (String pattern :
        List.of(
            Splitting.GPT2_REGEX,
            LLAMA3,
            LLAMA3.replace("{1,3}", ""),
            gpt4o,
            DEEPSEEK3,
            "\\p{N}{1,3}",
            "[一-龥぀-ゟ゠-ヿ]+",
            " ?[^(\\s|[.,!?…。，、।۔،])]+", // BLOOM
            "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", // CLIP
            " {2,}",
            "\\s+",
            "[0-9][0-9][0-9]",
            "\\S+|\\s+",
            "(?:[a-z]+|[0-9]+)(?:'[a-z]+)?",
            "a+ing|a+",
            "(?<=a)b+",
            "a+?b?",
            "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\s*[\\r\\n]|\\s+(?!\\S)|\\s")) {
      assertTrue(cost(pattern).linear(), pattern);
    }
    assertEquals(List.of("\\s"), cost(LLAMA3).runs());
    assertEquals(List.of(UPPER, "\\s"), cost(gpt4o).runs());
    assertEquals(List.of(), cost("\\S+|\\s+").runs());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a+b",
        "(a+)+b",
        "(?:a+){1,30}b",
        "a+a+a+a+b",
        "(a|a)*b",
        "(?:a|aa)+$",
        "\\s*x|\\s|\\s+",
        "a*b|[ab]+",
        "a+b|b+",
        "a+b|a+?",
        "x?a+b|a+",
        "[a-z]+(?=[a-z]+1)|[a-z]+",
        "(?<!a+)b",
        "(?:a?){30}a{30}",
        "(?:a{1,30}){1,30}b",
        "(?:a|b|a){40}c",
        ".*x",
        "\"[^\"]*\""
      })
  void patternsThatMayGoOverATextAgainAreNot(String pattern) {
    assertFalse(cost(pattern).linear(), pattern);
  }

  @Test
  void whatOverflowsAStackIsNotRead() {
    for (String pattern :
        List.of(
            "(".repeat(20_000) + "a" + ")".repeat(20_000),
            "(".repeat(60) + "a" + ")".repeat(60),
            "[".repeat(60) + "a" + "]".repeat(60),
            "[" + "一丁丂七丄丅丆万丈三".repeat(500) + "]+",
            "[ab]".repeat(2000),
            "a|".repeat(2000) + "b",
            "a{99999999999}",
            "a{1001}",
            "\\u0041".repeat(5000),
            "(?i)a|b",
            "(a)\\1",
            "\\g<1>",
            "(?<n",
            "(?~a)",
            "a**")) {
      assertThrows(RegexReader.Refused.class, () -> RegexReader.read(pattern), pattern);
      assertFalse(PortableRegex.fault(pattern).isEmpty());
    }
    assertEquals("", PortableRegex.fault("[" + "一丁丂七丄丅丆万丈三".repeat(90) + "]+"));
    // Java's own errors are told as well.
    assertFalse(PortableRegex.fault("[z-a]").isEmpty());
    assertFalse(PortableRegex.fault("(?<=a+)b").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"(?:a+){1,30}b", "a+a+a+a+a+a+a+b", "a+b", "(?:a|a|a|a){1,40}b"})
  void cuttingATextEnds(String pattern) {
    Splitting splitting = Splitting.of(pattern);
    String text = "a".repeat(20_000);
    String message =
        assertThrows(ChoraleException.class, () -> splitting.split(text, piece -> {})).getMessage();
    assertTrue(
        message.startsWith(
            "Cannot cut a text of 20000 characters with the regular expression " + pattern + ": "),
        message);
    splitting.split("aab ".repeat(1000), piece -> {});
  }
}
