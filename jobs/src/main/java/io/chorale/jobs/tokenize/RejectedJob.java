package io.chorale.jobs.tokenize;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.chorale.config.CorpusSettings;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.Rejection;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.List;
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
  static final String DIRECTORY = "rejected";
  private static final long PART_ROWS = 1 << 16;

  private RejectedJob() {}

  /** Whether a rejection is written; blank lines between paragraphs of a text are only counted. */
  static boolean kept(Rejection rejection, List<CorpusFile> files, CorpusSettings settings) {
    return rejection.reason() != Rejection.Reason.EMPTY
        || files.get(rejection.file()).format() != CorpusSettings.Format.TEXT
        || settings.document() == CorpusSettings.Document.FILE;
  }

  /**
   * Writes the rejections.
   *
   * @param ofPartition how many are to be written, by partition: one without is not read again
   * @param directory where the dataset is staged
   */
  static void write(
      JavaRDD<CorpusEntry> entries,
      List<CorpusFile> files,
      SentSettings settings,
      long[] ofPartition,
      Storage storage,
      Path directory) {
    long rows = 0;
    for (long count : ofPartition) {
      rows += count;
    }
    if (rows == 0) {
      return;
    }
    // Whole files to a part, by their index: the parts are the same however the corpus was cut.
    int parts = (int) Math.min(files.size(), (rows + PART_ROWS - 1) / PART_ROWS);
    int all = files.size();
    entries
        .mapPartitionsWithIndex(
            (partition, part) ->
                ofPartition[partition] > 0 ? part : List.<CorpusEntry>of().iterator(),
            true)
        .filter(
            entry ->
                entry instanceof Rejection rejection
                    && kept(rejection, files, settings.get().corpus()))
        .mapToPair(
            entry -> {
              int part = (int) ((long) entry.file() * parts / all);
              return new Tuple2<>(
                  new RowKey(part, entry.file(), entry.file(), entry.offset()),
                  line((Rejection) entry, files));
            })
        .repartitionAndSortWithinPartitions(new RowKey.ByShard(parts), new RowKey.ByOrder())
        .foreachPartition(
            lines -> {
              if (lines.hasNext()) {
                int part = TaskContext.getPartitionId();
                String name = String.format(Locale.ROOT, "%s/part-%05d.jsonl", DIRECTORY, part);
                storage.publishOnce(new Path(directory, name), out -> copy(lines, out));
              }
            });
  }

  private static byte[] line(Rejection rejection, List<CorpusFile> files) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("file", files.get(rejection.file()).toString());
      json.writeNumberField("offset", rejection.offset());
      json.writeNumberField("bytes", rejection.bytes());
      json.writeStringField("reason", rejection.reason().key());
      json.writeStringField("excerpt", rejection.excerpt());
      json.writeEndObject();
    }
    line.write('\n');
    return line.toByteArray();
  }

  private static void copy(Iterator<Tuple2<RowKey, byte[]>> lines, OutputStream out)
      throws IOException {
    while (lines.hasNext()) {
      out.write(lines.next()._2());
    }
  }
}
