package io.chorale.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.quality.LanguageIdentifier.Guess;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LanguageTest {
  private static final Map<String, String> TEXTS =
      Map.of(
          "en", "The ferry had left before we reached the harbour, so we waited for the next one.",
          "de",
              "Die Fähre war schon abgefahren, bevor wir den Hafen erreichten, also warteten wir.",
          "fr", "Le bateau était déjà parti avant notre arrivée au port, nous avons donc attendu.",
          "no", "Fergen hadde gått før vi kom fram til havna, så vi måtte vente på den neste.",
          "ru", "Паром ушёл раньше, чем мы добрались до гавани, поэтому мы ждали следующего.",
          "he", "המעבורת יצאה לפני שהגענו לנמל ולכן חיכינו לבאה אחריה",
          "ar", "غادرت العبارة قبل أن نصل إلى الميناء لذلك انتظرنا العبارة التالية",
          "zh", "我们到达港口之前渡轮已经开走了，所以我们只好等下一班。",
          "ja", "港に着く前にフェリーは出てしまったので、次の便を待つことにしました。",
          "ko", "우리가 항구에 도착하기 전에 배가 떠나서 다음 배를 기다렸습니다.");

  private final LanguageIdentifier languages = LanguageIdentifier.standard();

  @Test
  void oneSentenceTellsTheLanguageByItsShortestCode() {
    TEXTS.forEach(
        (code, text) -> {
          Guess guess = languages.identify(text);
          assertEquals(code, guess.language(), text);
          assertTrue(guess.score() > 0.5 && guess.score() <= 1, guess.toString());
        });
  }

  @Test
  void aTextOfFewLettersIsUndetermined() {
    for (String text :
        List.of("", "the", "12 + 34 = 46 (1, 2, 3; 4.5) ????? !!!!! -----", "\ud83d")) {
      assertEquals(Guess.NONE, languages.identify(text), text);
    }
  }

  @Test
  void whatIsNoLetterDoesNotMatter() {
    String text = TEXTS.get("en");
    String strewn = text.replace(" ", " 17 -- 3.5 * ") + "\n\n=======\n";
    assertEquals(languages.identify(text), languages.identify(strewn));
  }

  @Test
  void threadsDoNotDisturbEachOther() {
    List<String> texts = TEXTS.values().stream().sorted().toList();
    List<Guess> alone = texts.stream().map(languages::identify).toList();
    for (List<Guess> together :
        Collections.nCopies(20, texts).parallelStream()
            .map(all -> all.parallelStream().map(languages::identify).toList())
            .toList()) {
      assertEquals(alone, together);
    }
  }

  @Test
  void aShortTextIsTakenWhole() {
    assertEquals("one two three", LanguageSample.of("  one 1 two\n... three."));
    String text = "words that go on over more than one stretch ".repeat(4).strip();
    assertEquals(text, LanguageSample.of(text));
  }

  @Test
  void aLongTextIsTakenFromItsBeginMiddleAndEnd() {
    String text = "begin ".repeat(900) + "middle ".repeat(900) + "ending ".repeat(900);
    String sample = LanguageSample.of(text);
    assertTrue(sample.matches("(begin ){5,}(middle ){5,}(ending ?){5,}"), sample);
    assertTrue(sample.length() < 240);
    assertTrue(LanguageSample.of("a".repeat(1 << 20)).length() < 3100);
    assertTrue(LanguageSample.of("山".repeat(1 << 20)).length() < 240);
    assertFalse(LanguageSample.of(".".repeat(1 << 20)).contains("."));
  }
}
