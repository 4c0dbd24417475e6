package io.chorale.jobs.bench;

import io.chorale.duplicate.Bands;
import io.chorale.duplicate.MinHash;
import io.chorale.duplicate.PlainWords;
import io.chorale.duplicate.Signature;
import io.chorale.privacy.Privacy;
import io.chorale.random.SplitMix64;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures how many near-duplicates of a known similarity are found, beside what the curve of bands
 * says, and how fast texts are signed on one thread.
 *
 * @param words of an n-gram
 * @param bands of a signature
 */
public record DuplicateBenchmark(int words, Bands bands) {
  private static final long SEED = 1;

  /**
   * A point of the curve.
   *
   * @param similarity of each pair
   * @param computed the share of pairs that is expected to meet in a band
   * @param met the share that did
   * @param confirmed the share that did and agrees in enough hashes
   * @param error the standard error of {@code met}, by what is expected
   */
  public record Point(
      double similarity, double computed, double met, double confirmed, double error) {}

  /**
   * Megabytes of UTF-8 a second of a thread's processor time: words alone, whole signatures, and
   * personal data masked.
   */
  public record Speed(double words, double signatures, double privacy) {}

  /**
   * Signs pairs of random texts.
   *
   * @param similarity a multiple of a hundredth, from 0.01 to 1
   * @param pairs how many, at least 1
   * @param least the share of equal hashes that confirms a pair
   */
  public Point point(double similarity, int pairs, double least) {
    MinHash hash = new MinHash(words, bands.hashes());
    SplitMix64 random = SplitMix64.of(SEED, Math.round(100 * similarity));
    int met = 0;
    int confirmed = 0;
    for (int i = 0; i < pairs; i++) {
      PlantedPair pair = PlantedPair.of(similarity, words, random);
      Signature one = hash.sign(pair.one()).orElseThrow();
      Signature other = hash.sign(pair.other()).orElseThrow();
      if (meet(one, other)) {
        met++;
        confirmed += one.similarity(other) >= least ? 1 : 0;
      }
    }
    double computed = bands.probability(similarity);
    double error = Math.sqrt(computed * (1 - computed) / pairs);
    return new Point(similarity, computed, (double) met / pairs, (double) confirmed / pairs, error);
  }

  private boolean meet(Signature one, Signature other) {
    for (int band = 0; band < bands.bands(); band++) {
      if (bands.key(one, band, 0) == bands.key(other, band, 0)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads texts again and again, each way in turns.
   *
   * @param seconds of each way in a turn
   * @param turns the median of which counts
   */
  public Speed speed(List<String> texts, double seconds, int turns) {
    MinHash hash = new MinHash(words, bands.hashes());
    PlainWords plain = new PlainWords();
    Privacy privacy = new Privacy(EnumSet.allOf(Privacy.Kind.class));
    long[] sink = {0};
    List<Consumer<String>> ways =
        List.of(
            text -> {
              plain.begin(text);
              while (plain.next()) {
                sink[0] ^= plain.hash();
              }
            },
            text -> sink[0] += hash.sign(text).isPresent() ? 1 : 0,
            text -> sink[0] += privacy.mask(text).text().length());
    long bytes = 0;
    for (String text : texts) {
      bytes += text.getBytes(StandardCharsets.UTF_8).length;
    }
    double[][] rates = new double[ways.size()][turns];
    for (int turn = -1; turn < turns; turn++) { // The turn before the first one warms up.
      for (int way = 0; way < rates.length; way++) {
        double rate = bytes * 1e-6 / secondsOfAPass(texts, ways.get(way), seconds);
        rates[way][Math.max(turn, 0)] = rate;
      }
    }
    return new Speed(median(rates[0]), median(rates[1]), median(rates[2]));
  }

  private static double secondsOfAPass(List<String> texts, Consumer<String> way, double seconds) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    long spent;
    int passes = 0;
    do {
      texts.forEach(way);
      passes++;
      spent = threads.getCurrentThreadCpuTime() - begin;
    } while (spent < seconds * 1e9);
    return spent * 1e-9 / passes;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
