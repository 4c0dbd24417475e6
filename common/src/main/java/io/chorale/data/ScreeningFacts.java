package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;

/**
 * What was found in the documents of a corpus before they became a dataset. It lies beside the
 * dataset for those who read about it: no training depends on it.
 *
 * @param rules how many documents each rule has rejected
 * @param masked how often personal data of each kind was masked
 * @param languages how many documents are in each, by its code
 * @param measures of all documents, before any was rejected
 * @param copies documents that do not stay beside others
 * @param contamination held-out texts in the training split
 */
public record ScreeningFacts(
    TreeMap<String, Long> rules,
    TreeMap<String, Long> masked,
    TreeMap<String, Long> languages,
    List<Histogram> measures,
    Copies copies,
    Contamination contamination) {
  /** The name of its file. */
  public static final String FILE = "screening.json";

  /** Nothing was looked at. */
  public static final ScreeningFacts NONE =
      new ScreeningFacts(
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          List.of(),
          new Copies(0, 0, List.of()),
          Contamination.NONE);

  private static final int LARGEST = 1 << 26;
  private static final SealedJson JSON =
      new SealedJson("chorale-screening", 1, "write the dataset again");

  public ScreeningFacts {
    measures = List.copyOf(measures);
  }

  /**
   * How a measure is distributed.
   *
   * @param share whether bins are twentieths, the last one open; else they are 0, 1, 2 and 3, 4 to
   *     7, and so on
   * @param documents in each bin, up to the last that has any
   */
  public record Histogram(String measure, boolean share, List<Long> documents) {
    public Histogram {
      documents = List.copyOf(documents);
    }

    private Histogram and(Histogram more) {
      List<Long> all = new ArrayList<>();
      for (int bin = 0; bin < Math.max(documents.size(), more.documents.size()); bin++) {
        all.add(of(documents, bin) + of(more.documents, bin));
      }
      return new Histogram(measure, share, all);
    }

    private static long of(List<Long> documents, int bin) {
      return bin < documents.size() ? documents.get(bin) : 0;
    }
  }

  /**
   * Copies.
   *
   * @param largest the clusters with the most copies, those first
   */
  public record Copies(long exact, long near, List<Cluster> largest) {
    private static final int LARGEST = 10;

    public Copies {
      largest = List.copyOf(largest);
    }

    private Copies and(Copies more) {
      List<Cluster> clusters =
          Stream.concat(largest.stream(), more.largest.stream())
              .sorted(Comparator.comparingLong(Cluster::copies).reversed())
              .limit(LARGEST)
              .toList();
      return new Copies(exact + more.exact, near + more.near, clusters);
    }
  }

  /**
   * A document with its copies.
   *
   * @param copies how many do not stay
   * @param near how many of them are near copies
   * @param excerpt the first bytes of one of them, as ASCII
   */
  public record Cluster(long copies, long near, String excerpt) {}

  /** Writes the file, beside others of the dataset; none where nothing was looked at. */
  public void publish(Storage storage, Path directory) {
    Path file = new Path(directory, FILE);
    if (equals(NONE)) {
      // A run that was killed may have looked.
      storage.deleteRecursively(file);
    } else {
      storage.publish(file, JSON.write(this));
    }
  }

  /**
   * Those of a dataset.
   *
   * @param runs where the runs that have made it wrote theirs, in their order
   * @throws ChoraleException where the file is damaged
   */
  public static ScreeningFacts of(Storage storage, List<Path> runs) {
    return runs.stream()
        .map(run -> new Path(run, FILE))
        .filter(storage::exists)
        .map(
            file ->
                JSON.read(storage.readFully(file, LARGEST), file.toString(), ScreeningFacts.class))
        .reduce((all, more) -> all.and(more))
        .orElse(NONE);
  }

  /** Both together: what each run found in what it read. */
  private ScreeningFacts and(ScreeningFacts more) {
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    measures.forEach(one -> histograms.put(one.measure(), one));
    more.measures.forEach(one -> histograms.merge(one.measure(), one, Histogram::and));
    return new ScreeningFacts(
        sum(rules, more.rules),
        sum(masked, more.masked),
        sum(languages, more.languages),
        List.copyOf(histograms.values()),
        copies.and(more.copies),
        contamination.and(more.contamination));
  }

  private static TreeMap<String, Long> sum(Map<String, Long> some, Map<String, Long> more) {
    TreeMap<String, Long> all = new TreeMap<>(some);
    more.forEach((key, count) -> all.merge(key, count, Long::sum));
    return all;
  }
}
