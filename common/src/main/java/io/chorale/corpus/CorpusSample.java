package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Sources;
import io.chorale.random.SplitMix64;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A share of a corpus, in which every document is as likely to be as any other one. Which bytes are
 * read is a function of the corpus and the share alone.
 *
 * <p>The files of a source and split lie one after the other on a line of bytes. It is divided into
 * ranges of equal lengths, and of each a stretch is chosen, all at one distance that a hash gives.
 * Of a file that can be cut the documents are read that begin in a stretch. One that cannot be cut
 * is read as a whole where its first byte lies in a stretch, if it is no longer than that or is one
 * document; of a longer one as many bytes are read, from its begin on, as lie in it of stretches.
 * So neither does a source of millions of files have all of them opened, nor is a large packed file
 * unpacked to its end.
 *
 * <p>Costs one walk through the list of files.
 *
 * @param plan of the stretches: its files are those alone of which something is read
 * @param groups what is sampled for itself, in the order of the corpus
 */
public record CorpusSample(CorpusPlan plan, List<Group> groups) {
  /** The first bytes of a file are looked at in any case. */
  static final long LEAST_STRETCH = FirstBytes.COUNT;

  private static final int MOST_STRETCHES = 256;

  /** Of Parquet whole row groups are fetched, of which few rows are read. */
  private static final int MOST_ROW_GROUPS = 16;

  /** Bytes of a part: little beside them is what a task costs. */
  private static final long PART_BYTES = 1L << 19;

  /** The least number of parts of a source: by how much they differ an error is estimated. */
  private static final int LEAST_PARTS = 8;

  private static final int MOST_PARTS = 64;

  public CorpusSample {
    groups = List.copyOf(groups);
  }

  /**
   * The files of a source for a split.
   *
   * @param source by its place in the order of the sources
   * @param files how many there are
   * @param storedBytes of all of them
   * @param begun how many files that cannot be cut are read at their begin alone
   * @param firstPart the first part of the plan that is of it
   * @param parts how many are
   */
  public record Group(
      int source,
      DatasetSplit split,
      long files,
      long storedBytes,
      long begun,
      int firstPart,
      int parts) {}

  /**
   * Chooses a sample.
   *
   * @param files of the corpus, in its order
   * @param share of the stored bytes, above 0 and at most 1; each source and split has at least one
   *     stretch, though. Copies of tables are samples already: all of them is read
   */
  public static CorpusSample of(List<CorpusFile> files, Sources sources, double share) {
    List<CorpusFile> chosen = new ArrayList<>();
    List<CorpusPlan.Part> parts = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    int from = 0;
    while (from < files.size()) {
      CorpusFile first = files.get(from);
      int to = from;
      while (to < files.size()
          && files.get(to).source() == first.source()
          && files.get(to).split() == first.split()) {
        to++;
      }
      CorpusSettings settings = sources.get(first.source()).corpus();
      Line line = new Line(files.subList(from, to), settings, share, groups.size(), chosen.size());
      int firstPart = parts.size();
      line.deal(parts);
      chosen.addAll(line.chosen);
      groups.add(
          new Group(
              first.source(),
              first.split(),
              to - from,
              line.bytes,
              line.begun.size(),
              firstPart,
              parts.size() - firstPart));
      from = to;
    }
    return new CorpusSample(new CorpusPlan(CorpusPlan.Kind.SAMPLE, chosen, 0, parts), groups);
  }

  /** Files one after the other, and what is chosen of them. */
  private static final class Line {
    private final CorpusSettings settings;
    private final int group;
    private final int firstIndex;
    private final long bytes;
    private final int stretches;
    private final long stretch;
    private final List<CorpusFile> chosen = new ArrayList<>();
    private final List<CorpusSplit> splits = new ArrayList<>();
    private final Set<Integer> begun = new HashSet<>();

    Line(List<CorpusFile> files, CorpusSettings settings, double share, int group, int firstIndex) {
      this.settings = settings;
      this.group = group;
      this.firstIndex = firstIndex;
      this.bytes = files.stream().mapToLong(CorpusFile::length).sum();
      boolean parquet =
          files.stream().anyMatch(file -> file.format() == CorpusSettings.Format.PARQUET);
      double budget = files.get(0).copied() ? bytes : share * bytes;
      int most = parquet ? MOST_ROW_GROUPS : MOST_STRETCHES;
      this.stretches = (int) Math.max(1, Math.min(most, (long) (budget / LEAST_STRETCH)));
      this.stretch =
          Math.min(bytes / stretches, Math.max(LEAST_STRETCH, Math.round(budget / stretches)));
      choose(files);
      if (splits.isEmpty()) {
        chooseOne(files);
      }
    }

    /**
     * The first byte of a stretch; beyond all bytes where there is no such one. All lie as far from
     * the beginnings of their ranges, and number -1 is what of the last one goes beyond the end: so
     * each byte is as likely to be in one as any other.
     */
    private long begin(int number) {
      if (number >= stretches) {
        return Long.MAX_VALUE;
      }
      return number < 0 ? 0 : range(number) + shift();
    }

    private long end(int number) {
      if (whole()) {
        return range(number + 1);
      }
      return number < 0 ? begin(stretches - 1) + stretch - bytes : begin(number) + stretch;
    }

    private long shift() {
      return whole()
          ? 0
          : (long) (SplitMix64.of(group, stretches, stretch).nextDouble() * range(1));
    }

    /** Whether the stretches leave nothing out. */
    private boolean whole() {
      return stretch >= range(1);
    }

    /** The first byte of a range. */
    private long range(int number) {
      // Rounded, the last one could end before the last byte does.
      return number == stretches ? bytes : (long) (number * (bytes / (double) stretches));
    }

    private void choose(List<CorpusFile> files) {
      long start = 0;
      int next = -1;
      for (CorpusFile file : files) {
        long end = start + file.length();
        // Stretches that end before this file begins.
        while (next < stretches && end(next) <= start) {
          next++;
        }
        int number = next;
        long own = 0;
        while (begin(number) < end) {
          long from = Math.max(start, begin(number));
          long to = Math.min(end, end(number));
          if (Corpus.canBeCut(file, settings)) {
            addStretch(file, from - start, to - from);
          } else if (asOne(file)) {
            if (begin(number) <= start) {
              add(CorpusSplit.whole(numbered(file)));
            }
          } else {
            own += to - from;
          }
          number++;
        }
        if (own > 0) {
          begin(file, own);
        }
        start = end;
      }
    }

    /** Of files that lie between the stretches, the one in which the first of these begins. */
    private void chooseOne(List<CorpusFile> files) {
      long start = 0;
      CorpusFile found = files.get(0);
      for (CorpusFile file : files) {
        if (start <= begin(0)) {
          found = file;
        }
        start += file.length();
      }
      add(CorpusSplit.whole(numbered(found)));
    }

    private boolean asOne(CorpusFile file) {
      return file.length() <= stretch || Corpus.byFile(file, settings);
    }

    private void begin(CorpusFile file, long own) {
      long length = Math.min(file.length(), Math.max(own, LEAST_STRETCH));
      addStretch(file, 0, length);
      if (length < file.length()) {
        begun.add(file.index());
      }
    }

    /** The file as one of the sample, after those that were chosen. */
    private CorpusFile numbered(CorpusFile file) {
      return isLast(file) ? chosen.get(chosen.size() - 1) : file.at(firstIndex + chosen.size());
    }

    private boolean isLast(CorpusFile file) {
      return !chosen.isEmpty() && chosen.get(chosen.size() - 1).path().equals(file.path());
    }

    private void addStretch(CorpusFile file, long start, long length) {
      add(CorpusSplit.stretch(numbered(file), start, length, !isLast(file)));
    }

    private void add(CorpusSplit split) {
      if (split.isFirst()) {
        chosen.add(split.file());
      }
      splits.add(split);
    }

    /** Deals the stretches to parts, successive ones to each. */
    void deal(List<CorpusPlan.Part> parts) {
      long sum = splits.stream().mapToLong(CorpusSplit::length).sum();
      long wanted = Math.max(LEAST_PARTS, Math.min(MOST_PARTS, sum / PART_BYTES));
      int count = (int) Math.min(splits.size(), wanted);
      for (int part = 0; part < count; part++) {
        int from = (int) ((long) part * splits.size() / count);
        int to = (int) ((long) (part + 1) * splits.size() / count);
        parts.add(
            new CorpusPlan.Part(
                parts.size(), splits.get(from).file().source(), splits.subList(from, to)));
      }
    }
  }
}
