package io.chorale.jobs.embed;

import io.chorale.config.VectorSettings;
import io.chorale.embed.WordCounts;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.vectors.Phrases;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Counts the words of the training split and finds phrases among them (Mikolov et al. 2013, arXiv
 * 1310.4546, section 4), pass after pass until they are long enough or there are no more.
 *
 * <p>A pass reads the text twice: pairs of neighbours are counted on the executors and shuffled by
 * pair, and only those with the highest scores come to the driver; then all is counted anew.
 *
 * @param isWord whether an id of the tokenizer is a word; what is none ends a phrase
 */
record PhraseJob(JavaSparkContext spark, VectorSettings settings, IntPredicate isWord) {
  /**
   * A pair that becomes one.
   *
   * @param score how much more often it occurs than its parts explain
   */
  private record Scored(double score, int left, int right)
      implements Serializable, Comparable<Scored> {
    private static final Comparator<Scored> BEST_FIRST =
        Comparator.comparingDouble((Scored pair) -> -pair.score)
            .thenComparingInt(Scored::left)
            .thenComparingInt(Scored::right);

    @Override
    public int compareTo(Scored other) {
      return BEST_FIRST.compare(this, other);
    }
  }

  /** The counts of all words and of the phrases that were found. */
  WordCounts run(TrainingIds words) {
    TrainingIds text = words;
    long[] counts = CountJob.run(spark, text);
    int passes = Integer.SIZE - Integer.numberOfLeadingZeros(settings.phraseWords() - 1);
    for (int pass = 0; pass < passes && text.phrases().size() < settings.phrases(); pass++) {
      Phrases before = text.phrases();
      int[] pairs = best(text, counts, settings.phrases() - before.size());
      if (pairs.length == 0) {
        break;
      }
      text = text.with(before.then(pairs));
      counts = CountJob.run(spark, text);
    }
    return new WordCounts(counts, text.passes());
  }

  /** The pairs with the highest scores, the highest first, flattened. */
  private int[] best(TrainingIds text, long[] counts, int most) {
    // What may not be joined counts 0.
    long[] joinable =
        IntStream.range(0, counts.length)
            .mapToLong(
                id ->
                    counts[id] >= settings.minCount() && (id >= text.words() || isWord.test(id))
                        ? counts[id]
                        : 0)
            .toArray();
    double all = Arrays.stream(counts).sum();
    double threshold = settings.phraseThreshold();
    long least = settings.minCount();
    int longest = settings.phraseWords();
    Broadcast<long[]> sent = spark.broadcast(joinable);
    try {
      return text
          .shards(spark)
          .mapPartitionsToPair(
              shards ->
                  new PairCounts(text.of(shards).iterator(), sent.value(), text.phrases(), longest))
          .reduceByKey(Long::sum)
          .filter(pair -> pair._2() > least)
          .map(pair -> scored(pair, least, sent.value(), all))
          .filter(pair -> pair.score > threshold)
          .takeOrdered(most)
          .stream()
          .flatMapToInt(pair -> IntStream.of(pair.left, pair.right))
          .toArray();
    } finally {
      Broadcasts.destroy(spark, sent);
    }
  }

  private static Scored scored(Tuple2<Long, Long> pair, long least, long[] counts, double all) {
    int left = PairCounts.left(pair._1());
    int right = PairCounts.right(pair._1());
    double score = (pair._2() - least) / ((double) counts[left] * counts[right]) * all;
    return new Scored(score, left, right);
  }
}
