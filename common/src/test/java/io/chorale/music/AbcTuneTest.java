package io.chorale.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AbcTuneTest {
  private static AbcTune tune(String key, String body) {
    return AbcTune.parse("X:1\nT:Test\nM:4/4\nL:1/8\nK:" + key + "\n" + body + "\n");
  }

  /** {@code pitch/length} of each note, the length in sixteenths where they are whole. */
  private static String played(String key, String body) {
    return tune(key, body).notes().stream()
        .map(
            note ->
                note.pitch()
                    + "/"
                    + (16 * note.length().over() % note.length().under() == 0
                        ? "" + 16 * note.length().over() / note.length().under()
                        : note.length().over() + ":" + note.length().under()))
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "C | C D E F G A B c | 60/2 62/2 64/2 65/2 67/2 69/2 71/2 72/2",
        "C | C, c' c'' C,, | 48/2 84/2 96/2 36/2",
        "C | C2 C/ C/2 C// C3/2 C4 | 60/4 60/1 60/1 60/1:32 60/3 60/8",
        "G | F ^F =F F f | 66/2 66/2 65/2 65/2 77/2",
        "C | ^C C _E __E ^^F | 61/2 61/2 63/2 62/2 67/2",
        "Bb | B E A | 70/2 63/2 69/2",
        "F#m | F G C | 66/2 68/2 61/2",
        "D Mixolydian | F C | 66/2 60/2",
        "A Dorian | F C | 66/2 60/2",
        "E Minor | F C | 66/2 60/2",
        "D exp _B ^f | B F C | 70/2 66/2 60/2",
        "HP | F C G | 66/2 61/2 67/2",
        "none | F | 65/2",
        "C | z2 x Z y3 C | -1/4 -1/2 -1/16 60/2",
        "C | A>B c<d e>>f | 69/3 71/1 72/1 74/3 76/7:32 77/1:32",
        "C | (3ABc d | 69/1:12 71/1:12 72/1:12 74/2",
        "C | (2AB (5ABcde f | 69/3 71/3 69/1:20 71/1:20 72/1:20 74/1:20 76/1:20 77/2",
        "C | (3:2:2 A2B c | 69/1:6 71/1:12 72/2",
        "C | (AB) c | 69/2 71/2 72/2",
        "C | A-A B- c | 69/4 71/2 72/2",
        "C | [CEG]2 [C2E]/ | 60/4 60/2",
        "C | [^C-E] [CE-] C | 61/4 61/2",
        "C | [!1!C!3!E] C.-C | 60/2 60/4",
        "G | F [K:clef=bass] F | 66/2 66/2",
        "C | [M:6/8] (5ABcde | 69/3:40 71/3:40 72/3:40 74/3:40 76/3:40",
        "C | [M:(2+1)/8] Z A | -1/6 69/2",
      })
  void notesHaveTheirPitchAndLength(String key, String body, String expected) {
    assertEquals(expected, played(key, body));
  }

  @Test
  void whatDecoratesMakesNoSound() {
    assertEquals(
        "69/2 71/2 72/2 74/2 76/2 77/2",
        played("C", "\"Am7\"A {gf}B !trill!c .d Te ~f \"^slow\"!"));
  }

  @Test
  void accidentalsHoldUntilTheBarLineInEveryOctave() {
    assertEquals("61/2 61/2 73/2 60/2", played("C", "^C C c | C"));
    assertEquals("65/2 65/2 66/2", played("G", "=F f, | F"));
  }

  @Test
  void aTieCarriesAnAccidentalOverTheBarLine() {
    assertEquals("61/4 60/2", played("C", "^C-|C|C"));
    assertEquals("61/4 60/2", played("C", "[^CE]-|[CE]|C"));
    assertEquals("61/2 64/2 60/2", played("C", "[^CE] E-|C"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ABc; ABc",
        "AB:|c; ABABc",
        "A|:B:|c; ABBc",
        "A:|B:|c; AABBc",
        "A||B:|c; ABBc",
        "A::B:|c; AABBc",
        "|:A|1B:|2c|d; ABAcd",
        "|:A|1B:|2c||d:|; ABAcdd",
        "|:A[1B:|[2c:|d; ABAcd",
        "|:A|1,3B:|2c:|d; ABAcABd",
        "|:A|1-2B:|3c|]d; ABABAcd",
        "|:A|1B:|c; ABAc",
        "|:A::B|1c:|2d|]; AABcBd",
        "|::A::|B; AAAB",
        "A:||:B:|c; AABBc",
        "|:AB||cd:|; ABcdABcd",
        "|:A|]B:|c; ABABc",
        "|:A||B|1c:|2d||e:|; ABcABdee",
        "A||B:|c||d:|; ABBcdd",
      })
  void repeatsArePlayedOut(String body, String expected) {
    String letters = "ABcdefg";
    int[] pitches = {69, 71, 72, 74, 76, 77, 79};
    StringBuilder found = new StringBuilder();
    for (Note note : tune("C", body).notes()) {
      for (int i = 0; i < pitches.length; i++) {
        if (pitches[i] == note.pitch()) {
          found.append(letters.charAt(i));
        }
      }
    }
    assertEquals(expected, found.toString());
  }

  @Test
  void theHeaderSaysTheUnitAndTheTempo() {
    String tune = "X:1\nT:A\nM:%s\n%sQ:%s\nK:C\nA";
    assertEquals(new Fraction(1, 16), length(tune.formatted("2/4", "", "120")));
    assertEquals(new Fraction(1, 8), length(tune.formatted("6/8", "", "120")));
    assertEquals(new Fraction(1, 4), length(tune.formatted("C", "L:1/4\n", "120")));
    assertEquals(new Fraction(1, 1), length(tune.formatted("C", "L:1\n", "120")));
    assertEquals(new Fraction(1, 16), length(tune.formatted("2+3/8", "", "120")));
    assertEquals(new Fraction(1, 8), length(tune.formatted("(2+2+3)/8", "", "120")));
    assertEquals("A", AbcTune.parse(tune.formatted("C", "", "120")).title());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "3/8=60; 90",
        "120; 60",
        "C=120; 60",
        "C3=120; 180",
        "\"Allegro\"; 120",
        "\"Allegro\" 1/4=140; 140",
        "1/2=70 \"Slow\"; 140",
        "1/4 3/8=40; 100",
        "1/4 3/8 1/4 3/8=40; 200",
        "1/4=4; 4",
      })
  void tempos(String field, double expected) {
    AbcTune tune = AbcTune.parse("X:1\nQ:" + field + "\nL:1/8\nK:C\nA");
    assertEquals(List.of(new Tempo(Fraction.ZERO, expected)), tune.tempos());
    assertEquals(
        List.of(new Tempo(Fraction.ZERO, Tempo.USUAL)), AbcTune.parse("X:1\nK:C\nA").tempos());
  }

  @Test
  void temposChangeInsideATune() {
    List<Tempo> expected =
        List.of(
            new Tempo(Fraction.ZERO, 100),
            new Tempo(new Fraction(1, 8), 60),
            new Tempo(new Fraction(2, 8), 100),
            new Tempo(new Fraction(3, 8), 60),
            new Tempo(new Fraction(4, 8), 30));
    AbcTune tune =
        AbcTune.parse("X:1\nQ:1/4=100\nL:1/8\nK:C\n|:A[Q:120]B:|\nQ:\"Slowly\" 1/8=60\nc|\n");
    assertEquals(expected, tune.tempos());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1/4=3", "1/8=7", "1/4=2001", "1/4=0"})
  void temposThatMidiDoesNotHaveAreRefused(String tempo) {
    for (String body : List.of("Q:%s\nK:C\nA", "K:C\nA[Q:%s]B")) {
      AbcException refused =
          assertThrows(
              AbcException.class, () -> AbcTune.parse("X:1\n" + body.formatted(tempo) + "\n"));
      assertTrue(refused.getMessage().contains("where MIDI files have 3.58 to 2000"));
      assertTrue(refused.getMessage().contains("the tempo " + tempo), refused.getMessage());
    }
  }

  private static Fraction length(String tune) {
    return AbcTune.parse(tune).notes().get(0).length();
  }

  @Test
  void fieldsInTheBodyChangeWhatFollows() {
    assertEquals("65/2 66/2", played("C", "F\nK:G\nF"));
    assertEquals("65/2 66/4 60/2", played("C", "F [K:G] [L:1/4] F [L:1/8] C"));
    assertEquals("65/2 65/2", played("C", "F % a remark ?\nw: some words\nF \\"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X:1\nT:no key\nABc",
        "X:1\nK:H\nABc",
        "X:1\nM:3/4 egd\nK:C\nABc",
        "X:1\nM:0/4\nK:C\nABc",
        "X:1\nK:C\nABc ? d",
        "X:1\nK:C\nAB;c",
        "X:1\nK:C\n\"Am ABc",
        "X:1\nK:C\n{ab c",
        "X:1\nK:C\n[ab c",
        "X:1\nK:C\n>A",
        "X:1\nK:C\nA>",
        "X:1\nK:C\n(3AB",
        "X:1\nK:C\n(1AB",
        "X:1\nK:C\n^A^",
        "X:1\nK:C\n^=A",
        "X:1\nK:C\nA0",
        "X:1\nK:C\nA12345",
        "X:1\nK:C\nc'''''''",
        "X:1\nK:C\nz4|z4",
        "X:1\nK:C\n",
        "X:1\nV:1\nK:C\nA",
        "X:1\nK:C\nA:B",
        "X:1\nM:none\nK:C\nZ2A",
        "X:1\nK:C\n[1,0 A",
        "X:1\nK:C\nABc\n\ndef|]",
        "T:no number\nK:C\nABc",
        "X:1\nM:0+0/8\nK:C\nABc",
        "X:1\nM:(2+3/8\nK:C\nABc",
        "X:1\nQ:\nK:C\nABc",
        "X:1\nQ:fast\nK:C\nABc",
        "some text",
        "",
      })
  void whatIsNoTuneIsTold(String text) {
    AbcException refused = assertThrows(AbcException.class, () -> AbcTune.parse(text));
    assertTrue(
        refused.getMessage().startsWith("Cannot read the tune: in its line "),
        refused.getMessage());
  }

  @Test
  void endlessRepeatsEnd() {
    String body = "|:".repeat(40) + "ABc" + ":|:".repeat(40);
    assertTrue(tune("C", body).sounds() > 3);
    assertThrows(AbcException.class, () -> tune("C", "z9999".repeat(60_000) + "A" + ":|"));
    assertThrows(
        AbcException.class,
        () -> tune("C", "A9999/9973 B9999/9967 c9999/9949 d9999/9941 e9999/9931 f9999/9929"));
  }

  @Test
  void blankLinesDivideTunes() {
    assertEquals(
        List.of("the end|]", "X:1\nK:C\nA", "X:2\nK:G\nB"),
        AbcTune.split("%abc-2.1\n\nthe end|]\n\nX:1\nK:C\nA\n \n\nX:2\nK:G\nB\n\n"));
    assertEquals(List.of(), AbcTune.split(" \n"));
  }

  @Test
  void whatFollowsABlankLineIsTold() {
    AbcException refused =
        assertThrows(AbcException.class, () -> AbcTune.parse("X:1\nK:C\nABc|\n\ndef|]\n"));
    assertTrue(refused.getMessage().contains("in its line 4 there is a blank line"));
    assertEquals(1, AbcTune.parse("X:1\nK:C\nA\n\n").sounds());
  }
}
