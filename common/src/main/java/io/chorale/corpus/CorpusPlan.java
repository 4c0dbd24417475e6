package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.io.Checksums;
import io.chorale.io.SealedJson;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * How a corpus is cut into parts, each the work of one task. The cut is a function of the corpus
 * alone, not of the cluster: what one run has made of a part serves another one that has more or
 * fewer executors.
 *
 * @param kind what of the corpus it is of
 * @param files in the order of the corpus
 * @param partBytes what a part holds, where files can be cut or put together so; a power of two, so
 *     that a corpus that changes a little is cut as before; 0 of a sample, which is cut otherwise
 * @param parts in the order of the corpus
 */
public record CorpusPlan(Kind kind, List<CorpusFile> files, long partBytes, List<Part> parts) {
  /** The name of the file that tells of a plan. */
  public static final String FILE = "plan.json";

  /** Parts of a corpus that is large enough: so many tasks share its work. */
  private static final int PARTS = 256;

  private static final long LEAST_PART_BYTES = 1L << 20;
  private static final long MOST_PART_BYTES = Corpus.SPLIT_BYTES;

  /** Bytes that are read in the time of opening a file: few parts for many small files. */
  private static final long OPEN_BYTES = 1L << 16;

  private static final SealedJson JSON =
      new SealedJson("chorale-plan", 1, "delete the directory that it lies in");

  /** Whether a plan covers a corpus, an addition or a sample: so few documents it may have. */
  public enum Kind {
    /** All of it: it has documents. */
    WHOLE,
    /** An addition to a dataset: there need be no documents. */
    ADDITION,
    /** A share: some document begins in it. */
    SAMPLE
  }

  public CorpusPlan {
    files = List.copyOf(files);
    parts = List.copyOf(parts);
  }

  /**
   * A part of a corpus.
   *
   * @param number its place in the order of the corpus, from 0
   * @param source that it is of, by its place in the order of the sources
   * @param splits what it holds, in the order of the corpus
   */
  public record Part(int number, int source, List<CorpusSplit> splits) implements Serializable {
    public Part {
      splits = List.copyOf(splits);
    }

    /** One of its files, by its place in the order of the corpus. */
    public CorpusFile file(int index) {
      for (CorpusSplit split : splits) {
        if (split.file().index() == index) {
          return split.file();
        }
      }
      throw new IllegalArgumentException("part %d has no file %d".formatted(number, index));
    }
  }

  /** Identifies a plan in its file: equal ones are of the same plan. */
  private record Told(String fingerprint, long files, long bytes, long partBytes, long parts) {}

  /**
   * Cuts a corpus.
   *
   * @param files in its order
   */
  public static CorpusPlan of(List<CorpusFile> files, Sources sources) {
    long cost = files.stream().mapToLong(file -> file.length() + OPEN_BYTES).sum();
    long share = Long.highestOneBit(Math.max(1, cost / PARTS));
    long partBytes = Math.max(LEAST_PART_BYTES, Math.min(MOST_PART_BYTES, share));
    List<Part> parts = new ArrayList<>();
    List<CorpusSplit> splits = new ArrayList<>();
    long room = 0;
    int source = -1;
    for (CorpusFile file : files) {
      CorpusSettings settings = sources.get(file.source()).corpus();
      for (CorpusSplit split : Corpus.splits(List.of(file), settings, partBytes)) {
        long needed = split.length() + OPEN_BYTES;
        if (!splits.isEmpty() && (needed > room || file.source() != source)) {
          parts.add(new Part(parts.size(), source, splits));
          splits = new ArrayList<>();
        }
        room = splits.isEmpty() ? partBytes + OPEN_BYTES : room;
        source = file.source();
        splits.add(split);
        room -= needed;
      }
    }
    if (!splits.isEmpty()) {
      parts.add(new Part(parts.size(), source, splits));
    }
    return new CorpusPlan(Kind.WHOLE, files, partBytes, parts);
  }

  /** The same of files whose documents are added to others. */
  public CorpusPlan adding() {
    return new CorpusPlan(Kind.ADDITION, files, partBytes, parts);
  }

  /**
   * Files that cannot be cut and hold more than a part may, and than a tenth of the corpus: one
   * task reads each, while others may wait.
   */
  public List<CorpusFile> heavy() {
    long least = Math.max(partBytes, storedBytes() / 10);
    return parts.stream()
        .flatMap(part -> part.splits().stream())
        .filter(split -> split.length() > least)
        .map(CorpusSplit::file)
        .toList();
  }

  /** Bytes as stored, of all splits. */
  public long storedBytes() {
    return parts.stream()
        .flatMap(part -> part.splits().stream())
        .mapToLong(CorpusSplit::length)
        .sum();
  }

  /**
   * Fails where a file is refused, too much is rejected, or fewer documents are there than its kind
   * needs.
   *
   * @param counts of all parts
   * @throws SettingsException where no document of the corpus begins in a sample
   */
  public void check(CorpusCounts counts, double maxRejected) {
    if (kind == Kind.SAMPLE && storedBytes() > 0 && counts.hasNothing()) {
      throw new SettingsException(
          "Cannot use the sample: no document begins in the %,d bytes of it (%s), expected at least one. Ask for a larger share."
              .formatted(storedBytes(), counts));
    }
    if (kind == Kind.ADDITION) {
      counts.checkMore(files, maxRejected);
    } else {
      counts.check(files, maxRejected);
    }
  }

  /**
   * SHA-256 of all that the cut and the contents of its parts are told by, 64 hexadecimal digits:
   * files with their lengths and times of change, and what each part has of them.
   */
  public String fingerprint() {
    MessageDigest digest = Checksums.sha256();
    for (Part part : parts) {
      for (CorpusSplit split : part.splits()) {
        CorpusFile file = split.file();
        String line =
            "%d %d %s %d %d %s %s %s %d %d\n"
                .formatted(
                    part.number(),
                    part.source(),
                    file,
                    file.length(),
                    file.modified(),
                    file.format(),
                    file.compression(),
                    file.split(),
                    split.start(),
                    split.length());
        digest.update(line.getBytes(StandardCharsets.UTF_8));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The bytes of {@link #FILE}. */
  public byte[] toBytes() {
    return JSON.write(
        new Told(fingerprint(), files.size(), storedBytes(), partBytes, parts.size()));
  }
}
