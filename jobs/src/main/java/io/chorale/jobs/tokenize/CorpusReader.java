package io.chorale.jobs.tokenize;

import io.chorale.config.Settings;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusSplit;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.Tally;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/**
 * The corpus as a distributed collection: partitions follow each other in the order of the corpus,
 * each holds its entries in that order, and the same ones whenever it is computed.
 */
final class CorpusReader {
  /** What opening a file costs, as bytes read in that time: few partitions for many small files. */
  private static final long OPEN_BYTES = 1L << 16;

  private static final long LEAST_SPLIT_BYTES = 1L << 20;
  private static final int TASKS_PER_CORE = 4;

  private final Session session;
  private final Storage storage;
  private final SentSettings settings;
  private final List<CorpusFile> files;

  /** Cut once: of a cluster whose executors are still coming, the parallelism changes. */
  private final List<List<CorpusSplit>> parts;

  /** Finds the files; fails where there are none. */
  CorpusReader(Session session, Storage storage, Settings settings) {
    this.session = session;
    this.storage = storage;
    this.settings = new SentSettings(settings);
    this.files = Corpus.files(storage, settings.corpus());
    int tasks = TASKS_PER_CORE * session.context().defaultParallelism();
    long splitBytes =
        Math.max(LEAST_SPLIT_BYTES, Math.min(Corpus.SPLIT_BYTES, storedBytes() / tasks));
    this.parts = pack(Corpus.splits(files, settings.corpus(), splitBytes), splitBytes);
  }

  /** In the order of the corpus. */
  List<CorpusFile> files() {
    return files;
  }

  /** Bytes as stored. */
  long storedBytes() {
    return files.stream().mapToLong(CorpusFile::length).sum();
  }

  /**
   * Documents and rejections.
   *
   * @param tally is told what is read
   */
  JavaRDD<CorpusEntry> entries(Tally tally) {
    Storage storage = this.storage;
    SentSettings settings = this.settings;
    return session
        .context()
        .parallelize(parts, parts.size())
        .flatMap(part -> new SplitEntries(storage, part, settings.get().corpus(), tally));
  }

  /** Neighbours share a partition as long as they cost no more than one large split. */
  private static List<List<CorpusSplit>> pack(List<CorpusSplit> splits, long partBytes) {
    List<List<CorpusSplit>> parts = new ArrayList<>();
    long room = 0;
    for (CorpusSplit split : splits) {
      long cost = split.length() + OPEN_BYTES;
      if (parts.isEmpty() || cost > room) {
        parts.add(new ArrayList<>());
        room = partBytes + OPEN_BYTES;
      }
      parts.get(parts.size() - 1).add(split);
      room -= cost;
    }
    return parts;
  }
}
