package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The pieces are those of the regular expression, as Java reads it. */
class Gpt2CutterTest {
  private static final Cutter CUTTER = new Gpt2Cutter();

  /** The expression as a tokenizer.json has it, not the quicker one of the oracles. */
  private static final Pattern SPELT_OUT =
      Pattern.compile(Splitting.GPT2_REGEX, PortableRegex.FLAGS);

  /** Each of five in front of each: letter, number, other, a blank, and other white space. */
  private static final String NEIGHBOURS = "aa1a!a a\n11!1 1\n!! !\n  \n\n";

  /** Beyond the basic plane most code points are of no use, or private: some stand for them. */
  private static boolean isOfInterest(int point) {
    return switch (Character.getType(point)) {
      case Character.SURROGATE -> false;
      case Character.UNASSIGNED, Character.PRIVATE_USE ->
          Character.isBmpCodePoint(point) || point % 97 == 0;
      default -> true;
    };
  }

  private static List<String> pieces(String text) {
    List<String> pieces = new ArrayList<>();
    CUTTER.cut(text, (from, to) -> pieces.add(text.substring(from, to)));
    return pieces;
  }

  private static void assertCutsAs(Pattern pattern, CharSequence built) {
    String text = built.toString();
    Matcher matcher = pattern.matcher(text);
    int[] end = new int[1];
    CUTTER.cut(
        text,
        (from, to) -> {
          if (from != end[0] || !matcher.find() || matcher.start() != from || matcher.end() != to) {
            int begin = Math.max(0, from - 10);
            fail(
                "cut from %d to %d: \"%s\""
                    .formatted(from, to, text.substring(begin, Math.min(text.length(), to + 10))));
          }
          end[0] = to;
        });
    assertEquals(text.length(), end[0]);
  }

  @Test
  void everyCodePointIsCutBetweenAnyTwoNeighbours() {
    StringBuilder text = new StringBuilder();
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (isOfInterest(point)) {
        for (int i = 0; i < NEIGHBOURS.length(); i++) {
          text.append(NEIGHBOURS.charAt(i)).appendCodePoint(point);
        }
      }
      if (text.length() > 100_000) {
        assertCutsAs(Jtokkit.GPT2, text);
        text.setLength(0);
      }
    }
    assertCutsAs(Jtokkit.GPT2, text);
  }

  @Test
  void textsOfAllPlanesAreCutAsTheExpressionThatFilesSpellOut() {
    Texts.anyPlane(20_000).forEach(text -> assertCutsAs(SPELT_OUT, text));
    Texts.random(20_000).forEach(text -> assertCutsAs(SPELT_OUT, text));
    assertCutsAs(SPELT_OUT, Texts.REAL);
  }

  @Test
  void apostrophesAndBlanksAreCutInAnyOrder() {
    Random random = new Random(3);
    String signs = "'''  \n\u3000stmdrelvSTx1é!😀";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = 1 + random.nextInt(9); length > 0; length--) {
        int at = random.nextInt(signs.codePointCount(0, signs.length()));
        text.appendCodePoint(signs.codePointAt(signs.offsetByCodePoints(0, at)));
      }
      assertCutsAs(SPELT_OUT, text);
    }
  }

  @Test
  void contractionsAndBlanksAreCut() {
    assertEquals(List.of(), pieces(""));
    assertEquals(List.of("it", "'s", " we", "'ll", "'", "l"), pieces("it's we'll'l"));
    assertEquals(List.of("'re", "'ve", "'", "r", "'", "v"), pieces("'re've'r'v"));
    assertEquals(List.of("SHOUT", "'", "S"), pieces("SHOUT'S"));
    assertEquals(List.of(" '", "s", " !'", "s"), pieces(" 's !'s"));
    assertEquals(List.of("a", "  ", " b", "\n", "c", " \n"), pieces("a   b\nc \n"));
    assertEquals(
        List.of("a", "\u3000\u3000", "\u3000", "b", "\t"), pieces("a\u3000\u3000\u3000b\t"));
    assertEquals(List.of(" 😀😀", "𐎀a", " ½12", "e", "\u0301"), pieces(" 😀😀𐎀a ½12e\u0301"));
  }
}
