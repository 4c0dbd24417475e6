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
import io.chorale.token.TextDecoder;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
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
          TextDecoder decoder = decoder();
          for (int id : ids) {
            text.append(decoder.add(id));
          }
          return text.toString();
        }

        @Override
        public TextDecoder decoder() {
          return new TextDecoder() {
            @Override
            public String add(int id) {
              return id == endOfText() ? "" : String.valueOf((char) (' ' + id));
            }

            @Override
            public String end() {
              return "";
            }
          };
        }

        @Override
        public boolean has(int id) {
          return id >= 0 && id < vocabularySize();
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
    ParameterLayout layout = task(model).layout();
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
    parameters.set(task(model).layout().entry("head.bias").offset() + 64, 100);
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

  /** Words that end in a suffix, and many ids without an entry. */
  private static final String SUFFIXES =
      """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
       "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
       "decoder": {"type": "BPEDecoder", "suffix": "</w>"},
       "model": {"type": "BPE", "dropout": null, "unk_token": null,
                 "continuing_subword_prefix": null, "end_of_word_suffix": "</w>",
                 "fuse_unk": false, "byte_fallback": false,
                 "vocab": {"a": 20, "b": 30, "a</w>": 3, "b</w>": 40, "ab</w>": 50, "</s>": 64},
                 "merges": ["a b</w>"]}}
      """;

  @Test
  void whatIsWrittenIsWhatDecodingGivesAndIdsWithoutAnEntryAreNeverDrawn() {
    Tokenizer tokenizer = Tokenizers.load(SUFFIXES.getBytes(StandardCharsets.UTF_8), "test");
    Settings model = model("lstm");
    for (String prompt : new String[] {"", "ab", "a b ab"}) {
      int[] read = tokenizer.encode(prompt);
      for (int seed = 1; seed <= 5; seed++) {
        StringBuilder text = new StringBuilder();
        IntStream.Builder ids = IntStream.builder();
        try (TextGenerator generator =
            new TextGenerator(recording(tokenizer, ids), reader(model, parameters(model)))) {
          generator.generate(prompt, settings(60, 2, seed, ""), text::append);
        }
        int[] all = ids.build().toArray();
        assertEquals(read.length + 60, all.length);
        assertEquals(tokenizer.decode(all), tokenizer.decode(read) + text);
      }
    }
  }

  /** A tokenizer that notes what it decodes id by id. */
  private static Tokenizer recording(Tokenizer tokenizer, IntStream.Builder ids) {
    return new Tokenizer() {
      @Override
      public int[] encode(String text) {
        return tokenizer.encode(text);
      }

      @Override
      public String decode(int[] all) {
        return tokenizer.decode(all);
      }

      @Override
      public TextDecoder decoder() {
        TextDecoder decoder = tokenizer.decoder();
        return new TextDecoder() {
          @Override
          public String add(int id) {
            ids.add(id);
            return decoder.add(id);
          }

          @Override
          public String end() {
            return decoder.end();
          }
        };
      }

      @Override
      public boolean has(int id) {
        return tokenizer.has(id);
      }

      @Override
      public int vocabularySize() {
        return tokenizer.vocabularySize();
      }

      @Override
      public int endOfText() {
        return tokenizer.endOfText();
      }
    };
  }
}
