package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.data.TimeStep;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * The gaps of a series and the borders of its splits. Places are ranks of steps, from 0.
 *
 * @param group the name of the series
 * @param known steps that the dataset has: rows have them as history alone
 * @param runs the ranks at which runs of steps without a gap begin, and that at which the last ends
 * @param borders the ranks at which validation and test begin, and at which test ends
 */
record SeriesShape(String group, long known, long[] runs, long[] borders) implements Serializable {
  /**
   * The part of a run that lies in a split.
   *
   * @param history the rank at which its history begins: less than {@code from}, where the run
   *     begins before it
   * @param from the rank of its first step
   * @param to the rank after its last
   */
  record Stretch(DatasetSplit split, long history, long from, long to) {
    /** The first step that rows have as their own: of a run that begins here, its second. */
    long first() {
      return Math.max(from, history + 1);
    }

    /**
     * Those of its steps that have {@code history} steps before them in the run: at least one.
     * Shards are dealt by their number.
     */
    long counted(long history) {
      return to - Math.max(from, this.history + history);
    }
  }

  /** The shapes of all series of a partition. */
  static Iterator<SeriesShape> of(
      Iterator<SeriesSteps.Step> steps, TimeStep step, SeriesBorders borders) {
    List<SeriesShape> shapes = new ArrayList<>();
    Finder finder = null;
    while (steps.hasNext()) {
      SeriesSteps.Step next = steps.next();
      if (next.begins()) {
        if (finder != null) {
          shapes.add(finder.shape());
        }
        finder = new Finder(next.key().group(), step, borders);
      }
      if (!next.aside()) {
        finder.add(next);
      }
    }
    if (finder != null) {
      shapes.add(finder.shape());
    }
    return shapes.iterator();
  }

  /** Follows a series. */
  private static final class Finder {
    private final String group;
    private final TimeStep step;
    private final SeriesBorders.Counter counter;
    private long[] runs = new long[2];
    private int count;
    private long steps;
    private long known;

    Finder(String group, TimeStep step, SeriesBorders borders) {
      this.group = group;
      this.step = step;
      this.counter = borders.new Counter();
    }

    void add(SeriesSteps.Step next) {
      if (next.begins() || !step.leads(next.before(), next.key().time())) {
        if (count + 2 > runs.length) {
          runs = Arrays.copyOf(runs, 2 * runs.length);
        }
        runs[count++] = next.rank();
      }
      if (next.use() == SeriesSteps.Use.KNOWN) {
        known++;
      } else {
        counter.add(next.key().time());
      }
      steps = next.rank() + 1;
    }

    SeriesShape shape() {
      long[] ended = Arrays.copyOf(runs, count + 1);
      ended[count] = steps;
      long[] ranks = Arrays.stream(counter.ranks()).map(rank -> known + rank).toArray();
      return new SeriesShape(group, known, ended, ranks);
    }
  }

  /** Steps of the series. */
  long steps() {
    return runs[runs.length - 1];
  }

  /** Steps that are in no split, since they lie behind the last border. */
  long unused() {
    return steps() - borders[DatasetSplit.TEST.ordinal()];
  }

  /**
   * The parts of runs that are long enough, in the order of time.
   *
   * @param history steps before its own that a row has: more must be there, its own among them
   */
  List<Stretch> stretches(long history) {
    List<Stretch> stretches = new ArrayList<>();
    for (int run = 0; run + 1 < runs.length; run++) {
      long begin = this.known;
      for (DatasetSplit split : DatasetSplit.values()) {
        long end = borders[split.ordinal()];
        long from = Math.max(begin, runs[run]);
        long to = Math.min(end, runs[run + 1]);
        long known = Math.max(runs[run], from - history);
        if (from < to && to - known > history) {
          stretches.add(new Stretch(split, known, from, to));
        }
        begin = end;
      }
    }
    return stretches;
  }

  /** Steps of the run in which a step lies. */
  long runOf(long rank) {
    int found = Arrays.binarySearch(runs, rank);
    int run = found < 0 ? -found - 2 : found;
    return runs[run + 1] - runs[run];
  }
}
