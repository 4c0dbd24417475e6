package io.chorale.embed;

import io.chorale.config.ChoraleException;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.random.SplitMix64;
import io.chorale.train.NonFiniteLossException;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.vectors.Phrases;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.Vocabulary;
import io.chorale.vectors.WordVectors;
import java.util.Iterator;
import java.util.function.LongToDoubleFunction;

/**
 * Skip-gram with negative sampling (Mikolov et al. 2013, arXiv 1310.4546): a word and the words
 * around it shall have a large dot product, the word's neighbours and words drawn at random a small
 * one. The negatives are drawn once for a window, not for each pair (Ji et al. 2016, arXiv
 * 1604.04661). With character n-grams a word's vector is the mean of its own row and theirs
 * (Bojanowski et al. 2017, arXiv 1607.04606).
 *
 * <p>{@link #run} is a pure function, and plain Java: the same arguments give the same bytes on
 * every machine. A word costs about {@code 3 x window x (1 + negatives) x size} multiplications.
 * Memory: one copy of all rows.
 */
public final class SkipGram {
  private static final long SEED = 0x736b6970L;
  private static final long HELD_OUT = 0x68656c64L;

  /**
   * Words of the text between two gatherings of vectors. Words that share n-grams do not see each
   * other's changes before: among many that makes rows grow without bound.
   */
  private static final int CENTRES = 32;

  private final SkipGramSettings settings;
  private final Vocabulary vocabulary;
  private final Phrases phrases;
  private final long seed;
  private final SkipGramRows rows;
  private final Negatives negatives;
  private final float[] kept;

  /**
   * A trainer.
   *
   * @param phrases that are joined in the text; their ids are among the vocabulary's
   * @param seed of all that is drawn
   * @throws ChoraleException where there is but one word: nothing could tell it from others
   */
  public SkipGram(SkipGramSettings settings, Vocabulary vocabulary, Phrases phrases, long seed) {
    if (vocabulary.size() < 2) {
      throw new ChoraleException(
          "Cannot train word vectors: %s is the only word, expected at least two. Lower the least count, or use more text."
              .formatted(vocabulary.spelling(0)));
    }
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.phrases = phrases;
    this.seed = seed;
    this.rows = new SkipGramRows(vocabulary, settings.size(), settings.ngrams());
    this.negatives = new Negatives(vocabulary.counts(), settings.negativePower());
    this.kept = new float[vocabulary.size()];
    for (int word = 0; word < kept.length; word++) {
      double share = (double) vocabulary.count(word) / vocabulary.total();
      double ratio = settings.subsample() / share;
      kept[word] = settings.subsample() == 0 ? 1 : (float) (StrictMath.sqrt(ratio) + ratio);
    }
  }

  /** The places of all rows: words, buckets of n-grams, words as outputs. */
  public RowLayout layout() {
    return rows.layout();
  }

  /** Words that have vectors. */
  public int words() {
    return vocabulary.size();
  }

  /** The rows that a training starts from, made slice by slice. */
  public FloatSlices first() {
    return rows.first(seed);
  }

  /**
   * The words' vectors.
   *
   * @param values of all rows; without n-grams the vectors lie in them, else in a copy
   */
  public WordVectors vectors(FloatSlices values) {
    return rows.vectors(values);
  }

  /**
   * Trains from the anchor.
   *
   * @param anchor all rows at the start; not changed
   * @param batches text in the column {@link Column#TEXT}; each row of a batch stands for itself
   * @param learningRate of each local step, from 0
   * @throws NonFiniteLossException where the rows have grown beyond all numbers
   */
  public SkipGramResult run(
      FloatSlices anchor,
      int worker,
      StepRange range,
      BatchSource batches,
      LongToDoubleFunction learningRate,
      StepListener listener) {
    FloatVector values = copy(anchor);
    Pass pass = new Pass(values);
    for (long i = 0; i < range.count(); i++) {
      long step = range.firstStep() + i;
      double rate = learningRate.applyAsDouble(step);
      Batch batch = batches.batch(range.firstBatch() + i);
      long pairs = pass.pairs;
      double loss = pass.loss;
      Ids ids = batch.ids(Column.TEXT);
      pass.random = SplitMix64.of(SEED, seed, worker, range.firstBatch() + i);
      for (int row = 0; row < batch.rows(); row++) {
        pass.train(ids.values(), row * ids.length(), ids.lengths()[row], (float) rate);
      }
      double mean = (pass.loss - loss) / Math.max(1, pass.pairs - pairs);
      if (!Double.isFinite(mean)) {
        throw new NonFiniteLossException(worker, step, rate, mean);
      }
      listener.onStep(i + 1, batch.predictions(), mean);
    }
    return new SkipGramResult(values, pass.tokens, pass.pairs, pass.loss);
  }

  /**
   * A measurement of text with these rows, which stay as they are. For one thread.
   *
   * @param rows all of them; copied
   */
  public HeldOut heldOut(FloatSlices rows) {
    return new HeldOut(copy(rows));
  }

  /** The loss of text that is not trained on: that of a training which stands still. */
  public final class HeldOut {
    private final Pass pass;

    private HeldOut(FloatVector values) {
      pass = new Pass(values);
    }

    /**
     * Sums over blocks of a shard, each of which stands for itself: how many are read at a time
     * decides nothing.
     *
     * @param first place of the first block in the shard; places and the seed decide what is drawn
     * @return the sum of the losses of all pairs in nats, the number of pairs, that of tokens
     */
    public double[] sums(int shard, long first, Iterator<Batch> blocks) {
      double loss = pass.loss;
      long pairs = pass.pairs;
      long tokens = pass.tokens;
      long block = first;
      while (blocks.hasNext()) {
        Batch batch = blocks.next();
        Ids ids = batch.ids(Column.TEXT);
        for (int row = 0; row < batch.rows(); row++) {
          pass.random = SplitMix64.of(HELD_OUT, seed, shard, block++);
          pass.train(ids.values(), row * ids.length(), ids.lengths()[row], 0);
        }
      }
      return new double[] {pass.loss - loss, pass.pairs - pairs, pass.tokens - tokens};
    }
  }

  private FloatVector copy(FloatSlices anchor) {
    if (anchor.length() != layout().length()) {
      throw new IllegalArgumentException(
          "the anchor must have %d elements (got: %d)"
              .formatted(layout().length(), anchor.length()));
    }
    FloatVector values = new FloatVector(anchor.length());
    for (int i = 0; i < values.sliceCount(); i++) {
      System.arraycopy(anchor.slice(i), 0, values.slice(i), 0, values.slice(i).length);
    }
    return values;
  }

  /** Rows on their way through some steps. */
  private final class Pass {
    private final MovingVectors vectors;
    private final Window window;
    private final int[] drawn = new int[settings.negatives() + 1];
    private SplitMix64 random;
    private long tokens;
    private long pairs;
    private double loss;

    private int[] joined = new int[0];

    // The words of a block that are kept, and for each the place of its vector and its text.
    private int[] words = new int[0];
    private int[] places = new int[0];
    private int[] texts = new int[0];

    Pass(FloatVector values) {
      this.vectors = new MovingVectors(values, rows, vocabulary.size());
      this.window = new Window(2 * settings.window(), drawn.length, layout().stride());
    }

    /** Trains on a block of ids. */
    void train(int[] ids, int from, int length, float rate) {
      tokens += length;
      if (joined.length < length) {
        joined = new int[length];
      }
      System.arraycopy(ids, from, joined, 0, length);
      int count = keep(joined, phrases.join(joined, length));
      for (int first = 0; first < count; first += CENTRES) {
        int end = Math.min(count, first + CENTRES);
        int left = Math.max(0, first - settings.window());
        int right = Math.min(count, end + settings.window());
        vectors.gather(words, left, right, places);
        for (int i = first; i < end; i++) {
          around(i, left, right, rate);
        }
        vectors.scatter();
      }
    }

    /** Leaves out what is no word, and of frequent words some. */
    private int keep(int[] ids, int length) {
      if (words.length < length) {
        words = new int[length];
        places = new int[length];
        texts = new int[length];
      }
      int count = 0;
      int text = 0;
      for (int i = 0; i < length; i++) {
        int word = vocabulary.word(ids[i]);
        if (word == Vocabulary.END) {
          text++;
        } else if (word >= 0 && random.nextDouble() < kept[word]) {
          words[count] = word;
          texts[count++] = text;
        }
      }
      return count;
    }

    /** Moves a word's output and the vectors of the words around it in its text. */
    private void around(int centre, int left, int right, float rate) {
      int reach = 1 + (int) random.below(settings.window());
      int contexts = 0;
      for (int i = Math.max(left, centre - reach); i < Math.min(right, centre + reach + 1); i++) {
        if (i != centre && texts[i] == texts[centre]) {
          window.contexts[contexts++] = vectors.moving(places[i]);
        }
      }
      if (contexts == 0) {
        return;
      }
      int outputs = draw(words[centre]);
      for (int j = 0; j < outputs; j++) {
        vectors.fetch(rows.output(drawn[j]), window.outputs[j]);
      }
      loss += window.step(contexts, outputs, rate);
      pairs += contexts;
      for (int j = 0; j < outputs; j++) {
        vectors.store(rows.output(drawn[j]), window.moved[j]);
      }
    }

    /** The word, then the negatives; one that is there already is not drawn again. */
    private int draw(int word) {
      int count = 1;
      drawn[0] = word;
      for (int i = 0; i < settings.negatives(); i++) {
        int other = negatives.draw(random.nextLong());
        int j = 0;
        while (drawn[j] != other && ++j < count) {}
        if (j == count) {
          drawn[count++] = other;
        }
      }
      return count;
    }
  }
}
