package io.chorale.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.data.BatchSource;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.random.SplitMix64;
import io.chorale.train.NonFiniteLossException;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.vectors.Ngrams;
import io.chorale.vectors.Phrases;
import io.chorale.vectors.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkipGramTest {
  private static final Optional<Ngrams> NONE = Optional.empty();

  @TempDir static Path directory;

  private static TextBlocks text;

  /** Words of two kinds, each among its own; one of each is the kind's name. */
  @BeforeAll
  static void writeText() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      String kind = i % 2 == 0 ? "tier" : "ding";
      for (int k = 0; k < 12; k++) {
        lines.append(kind).append((i * 7 + k * k) % 15).append(' ');
      }
      lines.append(kind).append(" rar").append(i).append('\n');
    }
    text = new TextBlocks(Files.writeString(directory.resolve("text"), lines), 2);
  }

  private static SkipGram skipGram(Optional<Ngrams> ngrams) {
    return new SkipGram(
        new SkipGramSettings(20, 4, 3, 0.75, 1e-2, ngrams), text.vocabulary, Phrases.none(), 5);
  }

  private static SkipGramResult run(SkipGram trainer, FloatSlices anchor, int from, int count) {
    BatchSource batches = text.batches(0, 1, 5);
    return trainer.run(
        anchor, 0, new StepRange(from, from, count), batches, step -> 0.05, StepListener.NONE);
  }

  @Test
  void wordsOfOneKindComeToLieTogether() {
    for (Optional<Ngrams> ngrams : List.of(NONE, Optional.of(new Ngrams(3, 5, 500)))) {
      SkipGram trainer = skipGram(ngrams);
      SkipGramResult result = run(trainer, trainer.first(), 0, 30);
      float[][] vectors =
          text.vocabulary.spellings().stream()
              .map(word -> trainer.vectors(result.rows()).vector(word).orElseThrow())
              .toArray(float[][]::new);
      double same = 0;
      double other = 0;
      for (int i = 0; i < 32; i++) {
        for (int j = 0; j < 32; j++) {
          String[] kinds = {text.vocabulary.spelling(i), text.vocabulary.spelling(j)};
          double cosine = cosine(vectors[i], vectors[j]);
          if (i != j && kinds[0].charAt(0) == kinds[1].charAt(0)) {
            same += cosine / (2 * 16 * 15);
          } else if (i != j) {
            other += cosine / (2 * 16 * 16);
          }
        }
      }
      assertTrue(same > other + 0.4, same + " " + other);
    }
  }

  /** A word's vector is the mean of its row and of those of its n-grams; others have the latter. */
  @Test
  void aWordIsTheMeanOfItsRows() {
    Ngrams ngrams = new Ngrams(2, 3, 50);
    SkipGram trainer = skipGram(Optional.of(ngrams));
    FloatVector values = run(trainer, trainer.first(), 0, 2).rows();
    WordVectors vectors = trainer.vectors(values);
    String word = vectors.words().get(3);
    float[] row = new float[20];
    trainer.layout().copy(values, 3, row);
    double sum = row[0];
    int[] buckets = ngrams.of(word);
    for (int bucket : buckets) {
      trainer.layout().copy(values, 32 + bucket, row);
      sum += row[0];
    }
    assertEquals(sum / (1 + buckets.length), vectors.vector(word).orElseThrow()[0], 1e-6);
    assertEquals(
        vectors.ngrams().orElseThrow().mean("neu").orElseThrow()[0],
        vectors.vector("neu").orElseThrow()[0]);
  }

  @Test
  void aTrainingByRoundsIsThatInOneGo() {
    SkipGram trainer = skipGram(NONE);
    SkipGramResult whole = run(trainer, trainer.first(), 0, 5);
    SkipGramResult half = run(trainer, trainer.first(), 0, 2);
    SkipGramResult rest = run(skipGram(NONE), half.rows(), 2, 3);
    assertEquals(whole.rows(), rest.rows());
    assertEquals(whole.pairs(), half.pairs() + rest.pairs());
  }

  @Test
  void anotherWorkerOrSeedDrawsOtherwise() {
    SkipGram trainer = skipGram(NONE);
    FloatVector rows = run(trainer, trainer.first(), 0, 1).rows();
    SkipGramResult other =
        trainer.run(
            trainer.first(),
            1,
            new StepRange(0, 0, 1),
            text.batches(0, 1, 5),
            step -> 0.05,
            StepListener.NONE);
    assertNotEquals(rows, other.rows());
  }

  @Test
  void rowsOfWordsThatWereNotReadKeepTheirBits() throws IOException {
    SkipGram trainer = skipGram(Optional.of(new Ngrams(3, 5, 500)));
    FloatSlices first = trainer.first();
    // Of the vocabulary of the long text only two words, and the n-grams of these.
    int[] ids = text.ids("tier1 tier2 tier1 tier2");
    BatchSource batches = TextBlocks.one(ids);
    FloatVector rows =
        trainer
            .run(first, 0, new StepRange(0, 0, 1), batches, step -> 0.5, StepListener.NONE)
            .rows();
    Set<Integer> mayMove = new TreeSet<>();
    for (String word : List.of("tier1", "tier2")) {
      mayMove.add(text.vocabulary.spellings().indexOf(word));
      for (int bucket : new Ngrams(3, 5, 500).of(word)) {
        mayMove.add(32 + bucket);
      }
    }
    float[] before = new float[20];
    float[] after = new float[20];
    for (int row = 0; row < 532; row++) {
      trainer.layout().copy(first, row, before);
      trainer.layout().copy(rows, row, after);
      assertEquals(!mayMove.contains(row), Arrays.equals(before, after), "row " + row);
    }
  }

  /** The numbers behind the last of a row stay zeros. */
  @Test
  void nothingMovesBetweenTheRows() {
    SkipGram trainer = skipGram(NONE);
    FloatVector rows = run(trainer, trainer.first(), 0, 3).rows();
    int stride = trainer.layout().stride();
    assertEquals(24, stride);
    for (int row = 0; row < trainer.layout().rows(); row++) {
      for (int k = trainer.layout().size(); k < stride; k++) {
        assertEquals(0, rows.get((long) row * stride + k));
      }
    }
  }

  @Test
  void rowsBeyondAllNumbersEndTheTraining() {
    SkipGram trainer = skipGram(NONE);
    FloatVector rows = run(trainer, trainer.first(), 0, 1).rows();
    rows.set(0, Float.NaN);
    assertThrows(NonFiniteLossException.class, () -> run(trainer, rows, 1, 1));
  }

  @Test
  void rareWordsAreLeftOutAndATextWithoutWordsIsRefused() {
    assertEquals(32, text.vocabulary.size());
    Path file = directory.resolve("rare");
    assertThrows(
        ChoraleException.class, () -> new TextBlocks(Files.writeString(file, "a b c\n"), 2));
  }

  /** How many blocks are read at a time decides nothing, and nothing is trained. */
  @Test
  void theLossOfHeldOutTextIsThatOfItsBlocksEachByItself() {
    SkipGram trainer = skipGram(NONE);
    FloatVector rows = run(trainer, trainer.first(), 0, 30).rows();
    BatchSource batches = text.batches(0, 1, 5);
    SkipGram.HeldOut heldOut = trainer.heldOut(rows);
    double[] together = heldOut.sums(3, 8, List.of(batches.batch(0), batches.batch(1)).iterator());
    double[] first = heldOut.sums(3, 8, List.of(batches.batch(0)).iterator());
    long second = 8 + batches.batch(0).rows();
    double[] then = heldOut.sums(3, second, List.of(batches.batch(1)).iterator());
    for (int i = 0; i < 3; i++) {
      assertEquals(together[i], first[i] + then[i], 1e-9 * together[i]);
    }
    double[] untrained =
        trainer.heldOut(trainer.first()).sums(3, 8, List.of(batches.batch(0)).iterator());
    // The word and at most three negatives, each even: fewer where one was drawn twice.
    assertEquals(3.7 * Math.log(2), untrained[0] / untrained[1], 0.3 * Math.log(2));
    assertTrue(first[0] / first[1] < 0.9 * untrained[0] / untrained[1]);
  }

  @Test
  void aSingleWordIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("single"), "a a a\n");
    TextBlocks single = new TextBlocks(file, 2);
    SkipGramSettings settings = new SkipGramSettings(20, 4, 3, 0.75, 0, NONE);
    ChoraleException refused =
        assertThrows(
            ChoraleException.class,
            () -> new SkipGram(settings, single.vocabulary, Phrases.none(), 1));
    assertTrue(refused.getMessage().contains("a is the only word"), refused.getMessage());
  }

  @Test
  void negativesAreDrawnByTheirCountsToThePower() {
    long[] counts = {1000, 200, 50, 50, 7, 1};
    Negatives negatives = new Negatives(counts, 0.75);
    SplitMix64 random = new SplitMix64(1);
    int draws = 1_000_000;
    long[] drawn = new long[counts.length];
    for (int i = 0; i < draws; i++) {
      drawn[negatives.draw(random.nextLong())]++;
    }
    double total = IntStream.range(0, 6).mapToDouble(i -> Math.pow(counts[i], 0.75)).sum();
    for (int i = 0; i < counts.length; i++) {
      double share = Math.pow(counts[i], 0.75) / total;
      // Five standard deviations.
      assertEquals(draws * share, drawn[i], 5 * Math.sqrt(draws * share));
    }
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      ab += a[k] * b[k];
      aa += a[k] * a[k];
      bb += b[k] * b[k];
    }
    return ab / Math.sqrt(aa * bb);
  }
}
