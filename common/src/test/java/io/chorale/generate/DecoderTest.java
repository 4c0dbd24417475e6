package io.chorale.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.io.FloatVector;
import io.chorale.task.LanguageModel;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderTest {
  private static final int VOCABULARY = 11;
  private static final int CONTEXT = 8;
  private static final float TOLERANCE = 1e-5f;

  private static Settings model(String changes) {
    List<String> sets =
        new ArrayList<>(List.of("model.layers=2", "model.width=8", "train.context=" + CONTEXT));
    sets.add("attention.heads=2");
    sets.addAll(Arrays.asList(changes.split(" ")));
    return SettingsFile.with(SettingsFile.defaults(), sets);
  }

  private static Decoder decoder(Settings model) {
    LanguageModel task = (LanguageModel) Task.of(model, Schema.text(VOCABULARY, ""), "a test");
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.7, 0.7));
    }
    return new Decoder(task.reader(parameters));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attention.positions=learned",
        "attention.positions=sinusoidal",
        "attention.positions=rotary",
        "model.kind=lstm",
        "model.kind=gru",
        "model.kind=rnn"
      })
  void tokenByTokenEqualsAllAtOnce(String changes) {
    Settings model = model(changes);
    int[] ids = new SplittableRandom(3).ints(CONTEXT, 0, VOCABULARY).toArray();
    try (Decoder decoder = decoder(model)) {
      List<float[]> single = new ArrayList<>();
      for (int id : ids) {
        single.add(decoder.read(new int[] {id}));
      }
      for (int length = 1; length <= CONTEXT; length++) {
        decoder.reset();
        float[] whole = decoder.read(Arrays.copyOf(ids, length));
        assertArrayEquals(whole, single.get(length - 1), TOLERANCE);
      }
      decoder.reset();
      decoder.read(Arrays.copyOf(ids, 3));
      float[] second = decoder.read(Arrays.copyOfRange(ids, 3, CONTEXT));
      assertArrayEquals(single.get(CONTEXT - 1), second, TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"attention.positions=learned", "attention.positions=rotary"})
  void aFullContextIsReadAgainFromItsLastHalf(String changes) {
    Settings model = model(changes);
    int[] ids = new SplittableRandom(4).ints(3 * CONTEXT, 0, VOCABULARY).toArray();
    try (Decoder decoder = decoder(model);
        Decoder fresh = decoder(model)) {
      int begin = 0; // of what the decoder still sees
      for (int i = 0; i < ids.length; i++) {
        float[] logits = decoder.read(new int[] {ids[i]});
        if (i + 1 - begin > CONTEXT) {
          begin = i + 1 - CONTEXT / 2;
        }
        fresh.reset();
        float[] expected = fresh.read(Arrays.copyOfRange(ids, begin, i + 1));
        assertArrayEquals(expected, logits, TOLERANCE, "token " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "rnn"})
  void recurrentModelsReadPastTheContext(String kind) {
    int[] ids = new SplittableRandom(5).ints(3 * CONTEXT + 1, 0, VOCABULARY).toArray();
    try (Decoder decoder = decoder(model("model.kind=" + kind))) {
      float[] whole = decoder.read(ids);
      decoder.reset();
      float[] last = null;
      for (int id : ids) {
        last = decoder.read(new int[] {id});
      }
      assertArrayEquals(whole, last, TOLERANCE);
      assertEquals(VOCABULARY, whole.length);
    }
  }
}
