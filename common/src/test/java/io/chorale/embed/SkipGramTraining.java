package io.chorale.embed;

import static java.lang.Integer.parseInt;

import io.chorale.data.BatchSource;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.train.StepListener;
import io.chorale.train.StepRange;
import io.chorale.vectors.Ngrams;
import io.chorale.vectors.Phrases;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.VectorFormat;
import io.chorale.vectors.WordVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Trains word vectors of a text by K workers, one after the other in this process and thread, and
 * averages their rows as the workers of a cluster would.
 *
 * @param workers K
 * @param rounds of each epoch, after which the workers' rows are averaged
 * @param learningRate at the beginning; it falls to 0 in a line
 */
record SkipGramTraining(
    SkipGramSettings settings,
    int workers,
    int rounds,
    int epochs,
    double learningRate,
    long seed,
    Averaging averaging) {
  private static final int BUCKETS = 200_000;

  /** How the rows of several workers become one. */
  interface Averaging {
    FloatVector average(RowLayout layout, FloatSlices anchor, SkipGramResult[] results);
  }

  /** All rows after the last round. */
  FloatSlices train(TextBlocks text) {
    SkipGram trainer = new SkipGram(settings, text.vocabulary, Phrases.none(), seed);
    BatchSource[] batches = new BatchSource[workers];
    long steps = Long.MAX_VALUE;
    for (int worker = 0; worker < workers; worker++) {
      batches[worker] = text.batches(worker, workers, seed);
      steps = Math.min(steps, epochs * batches[worker].batchesPerEpoch());
    }
    long all = steps;
    FloatSlices anchor = trainer.first();
    for (int round = 0; round < rounds * epochs; round++) {
      long first = all * round / (rounds * epochs);
      long count = all * (round + 1) / (rounds * epochs) - first;
      SkipGramResult[] results = new SkipGramResult[workers];
      for (int worker = 0; worker < workers; worker++) {
        results[worker] =
            trainer.run(
                anchor,
                worker,
                new StepRange(first, first, count),
                batches[worker],
                step -> learningRate * (all - step) / all,
                StepListener.NONE);
      }
      anchor =
          workers == 1 ? results[0].rows() : averaging.average(trainer.layout(), anchor, results);
    }
    return anchor;
  }

  /**
   * Trains one worker on a text and writes its vectors as fastText does, with fastText's defaults
   * but for the size of the table of n-grams: {@code TEXT OUTPUT.vec EPOCHS [MIN-MAX]}, the lengths
   * of n-grams.
   */
  public static void main(String[] args) throws IOException {
    TextBlocks text = new TextBlocks(Path.of(args[0]), 5);
    Optional<Ngrams> ngrams =
        Optional.ofNullable(args.length < 4 ? null : args[3].split("-"))
            .map(range -> new Ngrams(parseInt(range[0]), parseInt(range[1]), BUCKETS));
    SkipGramSettings settings = new SkipGramSettings(100, 5, 5, 0.75, 1e-4, ngrams);
    SkipGramTraining training =
        new SkipGramTraining(settings, 1, 1, parseInt(args[2]), 0.05, 1, null);
    WordVectors vectors =
        new SkipGram(settings, text.vocabulary, Phrases.none(), 1).vectors(training.train(text));
    VectorFormat.FASTTEXT.write(
        new Storage(new Configuration(false)), new org.apache.hadoop.fs.Path(args[1]), vectors);
    System.out.printf("%d%n", (long) text.tokens() * parseInt(args[2]));
  }
}
