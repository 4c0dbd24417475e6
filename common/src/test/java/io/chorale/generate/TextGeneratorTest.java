package io.chorale.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.chorale.config.GenerateSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.model.ParameterLayout;
import io.chorale.task.LanguageModel;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextGeneratorTest {
  private static final int CONTEXT = 8;

  /** An id for each of 64 characters from the blank on, and the end of the text. */
  private static final Tokenizer ASCII =
      new Tokenizer() {
        @Override
        public int[] encode(String text) {
          return text.chars().map(c -> c - ' ').toArray();
        }

        @Override
        public String decode(int[] ids) {
          StringBuilder text = new StringBuilder();
          for (int id : ids) {
            text.append(new String(bytes(id), StandardCharsets.UTF_8));
          }
          return text.toString();
        }

        @Override
        public byte[] bytes(int id) {
          return id == endOfText() ? new byte[0] : new byte[] {(byte) (' ' + id)};
        }

        @Override
        public int vocabularySize() {
          return 65;
        }

        @Override
        public int endOfText() {
          return 64;
        }
      };

  private static Settings model(String kind) {
    List<String> small =
        List.of(
            "model.kind=" + kind, "model.layers=2", "model.width=16", "train.context=" + CONTEXT);
    return SettingsFile.read("test", "", small);
  }

  private static LanguageModel task(Settings model) {
    return (LanguageModel) Task.of(model, Schema.text(65, ""), "a test");
  }

  private static NextToken reader(Settings model, FloatVector parameters) {
    return task(model).reader(parameters);
  }

  /** Random, and with a text that never ends. */
  private static FloatVector parameters(Settings model) {
    ParameterLayout layout = task(model).slots().layout();
    FloatVector parameters = new FloatVector(layout.size());
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.5, 0.5));
    }
    if (model.model().recurrent()) {
      parameters.set(layout.entry("head.bias").offset() + 64, -100);
    }
    return parameters;
  }

  private static GenerateSettings settings(int tokens, double temperature, long seed, String stop) {
    return SettingsFile.read(
            "test",
            "",
            List.of(
                "generate.tokens=" + tokens,
                "generate.temperature=" + temperature,
                "generate.seed=" + seed,
                "generate.stop=" + stop))
        .generate();
  }

  private static String text(Settings model, String prompt, GenerateSettings settings) {
    StringBuilder text = new StringBuilder();
    try (TextGenerator generator = new TextGenerator(ASCII, reader(model, parameters(model)))) {
      generator.generate(prompt, settings, text::append);
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "lstm", "gru", "rnn"})
  void keptStateGivesTheTextOfReadingEverythingAgain(String kind) {
    Settings model = model(kind);
    String prompt = "AB";
    int tokens = CONTEXT - 2; // a transformer forgets nothing yet
    String text = text(model, prompt, settings(tokens, 0, 1, ""));
    StringBuilder again = new StringBuilder(prompt);
    try (Decoder decoder = new Decoder(reader(model, parameters(model)))) {
      for (int i = 0; i < tokens; i++) {
        decoder.reset();
        float[] logits = decoder.read(ASCII.encode(again.toString()));
        int best = 0;
        for (int id = 0; id < logits.length; id++) {
          best = logits[id] > logits[best] ? id : best;
        }
        again.append(ASCII.decode(new int[] {best}));
      }
    }
    assertEquals(again.toString(), prompt + text);
  }

  @Test
  void theSeedDecidesTheText() {
    Settings model = model("lstm");
    String first = text(model, "A", settings(50, 1, 1, ""));
    assertEquals(50, first.length());
    assertEquals(first, text(model, "A", settings(50, 1, 1, "")));
    assertNotEquals(first, text(model, "A", settings(50, 1, 2, "")));
  }

  @Test
  void writingEndsBeforeTheStopText() {
    Settings model = model("lstm");
    String whole = text(model, "A", settings(50, 1, 1, ""));
    String stop = whole.substring(20, 23);
    String cut = text(model, "A", settings(50, 1, 1, stop));
    assertEquals(whole.substring(0, whole.indexOf(stop)), cut);
  }

  @Test
  void anEmptyPromptBeginsATextAndTheEndOfTheTextEndsIt() {
    Settings model = model("gru");
    assertFalse(text(model, "", settings(5, 1, 1, "")).isEmpty());
    FloatVector parameters = parameters(model);
    parameters.set(task(model).slots().layout().entry("head.bias").offset() + 64, 100);
    StringBuilder text = new StringBuilder();
    try (TextGenerator generator = new TextGenerator(ASCII, reader(model, parameters))) {
      assertEquals(1, generator.generate("", settings(5, 1, 1, ""), text::append));
    }
    assertEquals("", text.toString());
  }

  @Test
  void aTransformerWritesPastItsContext() {
    String text = text(model("transformer"), "AB", settings(3 * CONTEXT, 0.1, 1, "~"));
    assertEquals(3 * CONTEXT, text.length());
    assertEquals(0, Arrays.stream(ASCII.encode(text)).filter(id -> id < 0).count());
  }
}
