package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusCounts;
import io.chorale.data.Column;
import io.chorale.data.RowBlock;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The documents of the corpus as the encoded parts hold them: a partition a part, in the order of
 * the corpus. Each time they are computed the files are read again; of a part a block is held.
 *
 * @param parts in the order of the corpus
 */
record EncodedCorpus(JavaSparkContext context, Files files, List<EncodedPart> parts) {
  /**
   * What reads the files of parts, on an executor.
   *
   * @param columns of the rows
   */
  record Files(
      Storage storage, PartStage<EncodedPart> stage, List<Column> columns, FileSplits splits)
      implements Serializable {

    Iterator<EncodedDocument> documents(Numbered part) {
      return documents(
          part,
          block ->
              RowBlock.read(
                  storage, path(part, block), columns, part.blocks().get(block).crc32c()));
    }

    Iterator<EncodedDocument> marks(Numbered part) {
      return documents(part, block -> RowBlock.readMarks(storage, path(part, block)));
    }

    private Iterator<EncodedDocument> documents(Numbered part, IntFunction<RowBlock> read) {
      return IntStream.range(0, part.blocks().size())
          .mapToObj(read)
          .flatMap(
              block ->
                  IntStream.range(0, block.rows())
                      .mapToObj(
                          row ->
                              new EncodedDocument(
                                  block, row, splits.of(EncodedDocument.file(block, row)))))
          .iterator();
    }

    Iterator<RejectedLine> rejections(Numbered part) {
      return IntStream.range(0, part.pages())
          .mapToObj(page -> stage.file(part.number(), EncodedPart.page(page)))
          .map(
              file ->
                  new String(
                      storage.readFully(file, Integer.MAX_VALUE - 8), StandardCharsets.UTF_8))
          .flatMap(String::lines)
          .map(RejectedLine::parse)
          .iterator();
    }

    private Path path(Numbered part, int block) {
      return stage.file(part.number(), EncodedPart.block(block));
    }
  }

  /** What a task must know of a part. */
  private record Numbered(int number, List<EncodedPart.Block> blocks, int pages)
      implements Serializable {}

  /** With their rows. */
  JavaRDD<EncodedDocument> documents() {
    Files files = this.files;
    return partitions().flatMap(files::documents);
  }

  /** Without their rows: the marks alone are read. */
  JavaRDD<EncodedDocument> marks() {
    Files files = this.files;
    return partitions().flatMap(files::marks);
  }

  /** What is to be written of the rejections. */
  JavaRDD<RejectedLine> rejections() {
    Files files = this.files;
    return partitions().flatMap(files::rejections);
  }

  /** How many rejections are to be written. */
  long rejected() {
    return parts.stream().mapToLong(EncodedPart::rejected).sum();
  }

  /** What all documents weigh; see {@link ColumnEncoders#size}. */
  long size() {
    return parts.stream().flatMap(part -> part.sizes().stream()).mapToLong(Long::longValue).sum();
  }

  /** Documents and rejections of all parts. */
  CorpusCounts counts() {
    CorpusCounts counts = new CorpusCounts();
    parts.forEach(part -> counts.merge(part.counts()));
    return counts;
  }

  /** How many documents each rule has rejected. */
  Map<String, Long> byRule() {
    return sum(EncodedPart::byRule);
  }

  /** How often personal data of each kind was masked. */
  Map<String, Long> masked() {
    return sum(EncodedPart::masked);
  }

  private Map<String, Long> sum(Function<EncodedPart, Map<String, Long>> counts) {
    Map<String, Long> all = new TreeMap<>();
    parts.forEach(part -> counts.apply(part).forEach((key, n) -> all.merge(key, n, Long::sum)));
    return all;
  }

  private JavaRDD<Numbered> partitions() {
    List<Numbered> numbered =
        IntStream.range(0, parts.size())
            .mapToObj(
                number ->
                    new Numbered(number, parts.get(number).blocks(), parts.get(number).pages()))
            .toList();
    return context.parallelize(numbered, numbered.size());
  }
}
