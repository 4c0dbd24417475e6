package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.GenerateSettings;
import io.chorale.config.SettingsFile;
import io.chorale.config.TokenizerSettings;
import io.chorale.generate.NextToken;
import io.chorale.generate.TextGenerator;
import io.chorale.model.State;
import io.chorale.tensor.Engine;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ValidTunesTest {
  private static final TokenizerSettings CHARACTERS =
      SettingsFile.read(
              "test", "", List.of("tokenizer.kind=characters", "tokenizer.vocabulary=300"))
          .tokenizer();

  /** Spells a text; a sign {@code *} of it is one of two at random, of which one is no ABC. */
  private static final class Script implements NextToken {
    private final String text;
    private final Tokenizer tokenizer;
    private int read;

    Script(String text, Tokenizer tokenizer) {
      Engine.start();
      this.text = text;
      this.tokenizer = tokenizer;
    }

    @Override
    public Output read(int[] ids, int rows, State before) {
      read = (before.empty() ? 0 : read) + ids.length;
      char sign = text.charAt(Math.min(read, text.length() - 1));
      float[] logits = new float[tokenizer.vocabularySize()];
      for (char likely : (sign == '*' ? "A?" : "" + sign).toCharArray()) {
        logits[tokenizer.encode("" + likely)[0]] = 100;
      }
      return new Output(
          torch.tensor(logits).view(1, logits.length), new State(List.of(torch.zeros(1)), 0));
    }

    @Override
    public boolean carries() {
      return true;
    }

    @Override
    public int context() {
      return 100;
    }

    @Override
    public void close() {}
  }

  private static double share(String text, int tunes, long seed) {
    Map<String, Long> counts = new HashMap<>();
    (text + "A?").codePoints().forEach(sign -> counts.put(Character.toString(sign), 1L));
    Tokenizer tokenizer = Tokenizers.load(Tokenizers.train(CHARACTERS, counts), "");
    GenerateSettings settings =
        SettingsFile.read("test", "", List.of("generate.tokens=40")).generate().withSeed(seed);
    try (TextGenerator generator = new TextGenerator(tokenizer, new Script(text, tokenizer))) {
      return ValidTunes.share(generator, settings, tunes);
    }
  }

  @Test
  void tunesThatParseAreCounted() {
    String first = "X:1\nK:C\nABc|]\n\n";
    assertEquals(1, share(first + "X:2\nK:C\nABc|]\n\nno tune", 3, 1));
    assertEquals(0, share(first + "X:2\nK:C\nA?c|]\n\n", 3, 1));
    assertEquals(0, share(first + "X:2\nABc|]\n\n", 3, 1));
    // One that does not end within the tokens is what it is up to there.
    assertEquals(1, share(first + "X:2\nK:C\nAAA", 3, 1));
  }

  @Test
  void theTuneBeforeDoesNotCount() {
    assertEquals(1, share("X:1\nA?c|]\n\nX:2\nK:C\nABc|]\n\n", 3, 1));
  }

  @Test
  void eachTuneIsDrawnByASeedOfItsOwn() {
    String text = "X:1\nK:C\nA|]\n\nX:2\nK:C\n*|]\n\n";
    double half = share(text, 200, 1);
    assertTrue(half > 0.35 && half < 0.65, "half of them: " + half);
    assertEquals(half, share(text, 200, 1));
  }
}
