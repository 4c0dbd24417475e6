package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.Rejection;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Sets aside what the corpus holds besides documents: {@code rejected/part-00000.jsonl}, one object
 * a line, in the order of the corpus.
 */
final class RejectedJob {
  static final String DIRECTORY = Dataset.REJECTED;
  private static final long PART_ROWS = 1 << 16;

  private RejectedJob() {}

  /**
   * Whether a rejection is written; blank lines between paragraphs of a text are only counted, and
   * so are what is lost with its file, and what the dataset has already.
   *
   * @param file that it was found in
   */
  static boolean kept(Rejection rejection, CorpusFile file, CorpusSettings settings) {
    return switch (rejection.reason()) {
      case LOST, KNOWN -> false;
      case EMPTY ->
          file.format() != CorpusSettings.Format.TEXT
              || settings.document() == CorpusSettings.Document.FILE;
      default -> true;
    };
  }

  /**
   * Writes the rejections.
   *
   * @param rows how many there are
   * @param files of the corpus
   * @param directory where the dataset is staged
   */
  static void write(
      JavaRDD<RejectedLine> lines, long rows, int files, Storage storage, Path directory) {
    if (rows == 0) {
      return;
    }
    // Whole files to a part, by their index: the parts are the same however the corpus was cut.
    int parts = (int) Math.min(files, (rows + PART_ROWS - 1) / PART_ROWS);
    String staged = directory.toString();
    lines
        .mapToPair(
            line -> {
              int part = (int) ((long) line.file() * parts / files);
              return new Tuple2<>(
                  new RowKey(part, line.file(), line.file(), line.offset()), line.json());
            })
        .repartitionAndSortWithinPartitions(new RowKey.ByShard(parts), new RowKey.ByOrder())
        .foreachPartition(
            sorted -> {
              if (sorted.hasNext()) {
                int part = TaskContext.getPartitionId();
                String name = String.format(Locale.ROOT, "%s/part-%05d.jsonl", DIRECTORY, part);
                storage.publishOnce(new Path(staged, name), out -> copy(sorted, out));
              }
            });
  }

  private static void copy(Iterator<Tuple2<RowKey, String>> lines, OutputStream out)
      throws IOException {
    while (lines.hasNext()) {
      out.write(lines.next()._2().getBytes(StandardCharsets.UTF_8));
      out.write('\n');
    }
  }
}
