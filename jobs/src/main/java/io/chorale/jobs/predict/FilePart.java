package io.chorale.jobs.predict;

import io.chorale.corpus.CorpusFile;
import java.io.Serializable;
import java.net.URI;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/**
 * A part of a file, as Spark cuts it.
 *
 * @param file as Spark names it: a URI
 * @param begin its first byte
 */
record FilePart(String file, long begin) implements Serializable {
  /** Whether it is this one. */
  boolean has(String otherFile, long otherBegin) {
    return begin == otherBegin && file.equals(otherFile);
  }

  /** The path of the file. */
  Path path() {
    return new Path(URI.create(file));
  }

  /** In the order of those files, which others follow by their names. */
  static Comparator<FilePart> inOrderOf(List<CorpusFile> files) {
    Map<Path, Integer> order = new HashMap<>();
    files.forEach(file -> order.put(file.path(), file.index()));
    return Comparator.comparingInt(
            (FilePart part) -> order.getOrDefault(part.path(), Integer.MAX_VALUE))
        .thenComparing(FilePart::file)
        .thenComparingLong(FilePart::begin);
  }
}
