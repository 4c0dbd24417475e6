package io.chorale.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.EmbedSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.evaluate.Predictor;
import io.chorale.io.FloatVector;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.tensor.Device;
import io.chorale.vectors.NgramVectors;
import io.chorale.vectors.Ngrams;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.VectorTokenizer;
import io.chorale.vectors.WordVectors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Vectors of texts, made of those of their words, beside sums by hand. */
class WordTableTest {
  private static final int SIZE = 5;
  private static final List<String> WORDS = List.of("the", "ship", "Straße", "seldom");
  private static final long[] COUNTS = {90, 6, 3, 1};
  private static final Ngrams NGRAMS = new Ngrams(3, 4, 7);

  private static FloatVector random(long rows, long seed) {
    RowLayout layout = new RowLayout(rows, SIZE);
    FloatVector values = new FloatVector(layout.length());
    Random random = new Random(seed);
    for (long row = 0; row < rows; row++) {
      for (int k = 0; k < SIZE; k++) {
        values.set(row * layout.stride() + k, (float) random.nextGaussian());
      }
    }
    return values;
  }

  private static WordVectors vectors(long[] counts, boolean ngrams) {
    return new WordVectors(
        WORDS,
        counts,
        SIZE,
        random(WORDS.size(), 1),
        ngrams ? Optional.of(new NgramVectors(NGRAMS, SIZE, random(7, 2))) : Optional.empty());
  }

  private static EmbedSettings settings(String... more) {
    return SettingsFile.with(SettingsFile.defaults(), more).embed();
  }

  private static WordTable table(WordVectors vectors, String... more) {
    return WordTable.of(new VectorSource(vectors, "a test", Optional.empty()), settings(more));
  }

  private static List<float[]> made(WordTable table, int batch, String... texts) {
    VectorTokenizer tokenizer = VectorTokenizer.read(table.tokenizer().write());
    try (Weights weights = Weights.frozen(table.means().layout(), table.rows(), Device.CPU);
        Predictor predictor = new Predictor(table.means(), weights, batch)) {
      List<Row> rows =
          Stream.of(texts)
              .map(text -> new Row(Map.of(Column.TEXT, Ids.of(tokenizer.encode(text)))))
              .toList();
      List<Prediction> made = predictor.predict(rows, new long[rows.size()]);
      return made.stream().map(each -> (float[]) each.values().get(0)).toList();
    }
  }

  private static float[] mean(WordVectors vectors, double[] weights, String... words) {
    float[] mean = new float[SIZE];
    for (int i = 0; i < words.length; i++) {
      float[] vector = vectors.vector(words[i]).orElseThrow();
      for (int k = 0; k < SIZE; k++) {
        mean[k] += (float) (weights[i] * vector[k] / words.length);
      }
    }
    return mean;
  }

  /** A word that is unknown as it stands is looked for in lower case, then left out. */
  @Test
  void aPlainMeanIsThatOfTheKnownWords() {
    WordVectors vectors = vectors(new long[0], false);
    WordTable table = table(vectors, "embed.from=x", "embed.method=mean");
    double[] ones = {1, 1, 1};
    List<float[]> made = made(table, 64, "The  ship\tunheard Straße", "seldom");
    assertArrayEquals(mean(vectors, ones, "the", "ship", "Straße"), made.get(0), 1e-6f);
    assertArrayEquals(vectors.vector("seldom").orElseThrow(), made.get(1));
    Row none = new Row(Map.of(Column.TEXT, Ids.of(table.tokenizer().encode("nothing known"))));
    assertEquals(Optional.of("no-known-word"), table.means().unfit(none));
  }

  @Test
  void frequentWordsWeighLessBySmoothInverseFrequency() {
    WordVectors vectors = vectors(COUNTS, false);
    WordTable table = table(vectors, "embed.from=x", "embed.sif=0.01");
    double[] weights = {0.01 / (0.01 + 0.9), 0.01 / (0.01 + 0.06)};
    assertArrayEquals(
        mean(vectors, weights, "the", "ship"), made(table, 64, "the ship").get(0), 1e-6f);
    assertNotEquals(
        table.fingerprint(), table(vectors, "embed.from=x", "embed.sif=0.02").fingerprint());
  }

  /** A word that nobody has counted is rare: its weight is 1. */
  @Test
  void unknownWordsAreTheMeanOfTheirNgrams() {
    WordVectors vectors = vectors(COUNTS, true);
    WordTable table = table(vectors, "embed.from=x");
    double[] weights = {1, 1e-3 / (1e-3 + 0.06), 1};
    float[] expected = mean(vectors, weights, "Großschiff", "ship", "🙂unheard");
    assertArrayEquals(expected, made(table, 64, "Großschiff ship 🙂unheard").get(0), 1e-6f);
  }

  @Test
  void aTextAloneHasTheVectorThatItHasAmongOthers() {
    WordTable table = table(vectors(COUNTS, true), "embed.from=x");
    String[] texts =
        Stream.iterate(1, i -> i + 1)
            .limit(40)
            .map(i -> "the ship new%d seldom ".formatted(i).repeat(1 + i % 7))
            .toArray(String[]::new);
    List<float[]> together = made(table, 64, texts);
    for (int i = 0; i < texts.length; i++) {
      assertArrayEquals(together.get(i), made(table, 1, texts[i]).get(0));
    }
    assertTrue(together.stream().map(Arrays::hashCode).distinct().count() > 20);
  }

  @Test
  void wordsThatNobodyHasCountedAreNotWeighed() {
    WordVectors vectors = vectors(new long[0], false);
    String message =
        assertThrows(SettingsException.class, () -> table(vectors, "embed.from=x")).getMessage();
    assertTrue(message.contains("nobody has counted") && message.contains("mean"), message);
  }
}
