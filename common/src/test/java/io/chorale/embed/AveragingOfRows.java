package io.chorale.embed;

import io.chorale.average.Exchange;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.vectors.Phrases;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.WordVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * What averaging costs word vectors of WikiText-2: a table of one worker, and of four whose rows
 * are averaged row by row or by their mean, all in one thread. Arguments: {@code DATA EPOCHS
 * SEED...}.
 */
final class AveragingOfRows {
  private AveragingOfRows() {}

  public static void main(String[] args) throws IOException {
    Path data = Path.of(args[0]);
    int epochs = Integer.parseInt(args[1]);
    TextBlocks text = new TextBlocks(data.resolve("wikitext-2/train.txt"), 5);
    VectorMeasures measures =
        new VectorMeasures(data, text.vocabulary.spellings(), text.vocabulary.counts());
    System.out.println(measures.sizes());
    for (String seed : Arrays.asList(args).subList(2, args.length)) {
      long number = Long.parseLong(seed);
      row("1 worker", text, measures, 1, 1, epochs, number, AveragingOfRows::rows);
      for (int rounds : new int[] {8, 32}) {
        row("4, rows", text, measures, 4, rounds, epochs, number, AveragingOfRows::rows);
        row("4, mean", text, measures, 4, rounds, epochs, number, AveragingOfRows::mean);
      }
    }
  }

  private static void row(
      String name,
      TextBlocks text,
      VectorMeasures measures,
      int workers,
      int rounds,
      int epochs,
      long seed,
      SkipGramTraining.Averaging averaging) {
    SkipGramSettings settings = new SkipGramSettings(100, 5, 5, 0.75, 1e-3, Optional.empty());
    SkipGramTraining training =
        new SkipGramTraining(settings, workers, rounds, epochs, 0.05, seed, averaging);
    WordVectors vectors =
        new SkipGram(settings, text.vocabulary, Phrases.none(), seed).vectors(training.train(text));
    float[][] each = new float[text.vocabulary.size()][settings.size()];
    for (int word = 0; word < each.length; word++) {
      vectors.copy(word, each[word]);
    }
    System.out.printf(
        "seed %d  %-9s  %2d rounds an epoch  %s%n", seed, name, rounds, measures.of(each));
  }

  private static FloatVector rows(RowLayout layout, FloatSlices anchor, SkipGramResult[] results) {
    return average(Exchange.ofRows(layout.stride()), anchor, results);
  }

  private static FloatVector mean(RowLayout layout, FloatSlices anchor, SkipGramResult[] results) {
    return average(Exchange.ofValues(Format.FLOAT32), anchor, results);
  }

  private static FloatVector average(
      Exchange exchange, FloatSlices anchor, SkipGramResult[] results) {
    FloatVector averaged = new FloatVector(anchor.length());
    for (int slice = 0; slice < averaged.sliceCount(); slice++) {
      Exchange.Gathering gathering = exchange.gather(slice, anchor);
      for (SkipGramResult result : results) {
        gathering.add(
            exchange.encode(anchor.slice(slice), result.rows().slice(slice), null),
            result.tokens());
      }
      float[] values = gathering.average();
      System.arraycopy(values, 0, averaged.slice(slice), 0, values.length);
    }
    return averaged;
  }
}
