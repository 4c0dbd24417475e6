package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.Column;
import io.chorale.data.RowBlock;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * The documents of the corpus as the encoded parts hold them: a partition a part, in the order of
 * the corpus. Each time they are computed the files are read again; of a part a block is held.
 *
 * @param plan of the corpus
 * @param parts in its order
 */
record EncodedCorpus(
    JavaSparkContext context, Files files, CorpusPlan plan, List<EncodedPart> parts) {
  /**
   * What reads the files of parts, on an executor.
   *
   * @param columns of the rows
   * @param lost files that are damaged: their documents are passed over
   */
  record Files(
      Storage storage,
      PartStage<EncodedPart> stage,
      List<Column> columns,
      FileSplits splits,
      TreeSet<Integer> lost)
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

    /** What a part has of files that are damaged. */
    EncodedPart.Lost lost(Numbered part) {
      Long[] sizes = new Long[DatasetSplit.values().length];
      Arrays.fill(sizes, 0L);
      long documents = 0;
      long bytes = 0;
      Files all = new Files(storage, stage, columns, splits, new TreeSet<>());
      Iterator<EncodedDocument> marks = all.marks(part);
      while (marks.hasNext()) {
        EncodedDocument document = marks.next();
        if (lost.contains(document.file())) {
          documents++;
          bytes += document.bytes();
          sizes[document.split().ordinal()] += document.size();
        }
      }
      return new EncodedPart.Lost(documents, bytes, List.of(sizes));
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
                                  block,
                                  row,
                                  splits.of(EncodedDocument.file(block, row)),
                                  part.source())))
          .filter(document -> !lost.contains(document.file()))
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
  private record Numbered(int number, int source, List<EncodedPart.Block> blocks, int pages)
      implements Serializable {}

  /**
   * The same without the documents of files that are damaged: they are lost, since what could be
   * read of such a file is no evidence. The parts that have such a file are counted again.
   */
  EncodedCorpus withoutDamaged() {
    TreeSet<Integer> damaged = new TreeSet<>(counts().damagedFiles());
    if (damaged.isEmpty()) {
      return this;
    }
    Files left =
        new Files(files.storage(), files.stage(), files.columns(), files.splits(), damaged);
    List<Numbered> affected =
        numbered().stream()
            .filter(
                part ->
                    plan.parts().get(part.number()).splits().stream()
                        .anyMatch(split -> damaged.contains(split.file().index())))
            .toList();
    List<EncodedPart> counted = new ArrayList<>(parts);
    context
        .parallelize(affected, affected.size())
        .map(part -> new Tuple2<>(part.number(), left.lost(part)))
        .collect()
        .forEach(part -> counted.set(part._1(), counted.get(part._1()).without(part._2())));
    return new EncodedCorpus(context, left, plan, counted);
  }

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

  /** With their rows, each with what is to be kept of it. */
  JavaRDD<SignedDocuments.One> signed(SignedDocuments signed) {
    return documents().mapPartitionsWithIndex(signed::of, true);
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

  /**
   * What became of each source.
   *
   * @param sources their names, in order
   */
  Account account(List<String> sources) {
    Map<String, Account.OfSource> accounts = new LinkedHashMap<>();
    for (int source = 0; source < sources.size(); source++) {
      CorpusCounts counts = new CorpusCounts();
      long documents = 0;
      long bytes = 0;
      for (CorpusPlan.Part part : plan.parts()) {
        if (part.source() == source) {
          EncodedPart encoded = parts.get(part.number());
          counts.merge(encoded.counts());
          documents += encoded.read().documents();
          bytes += encoded.read().bytes();
        }
      }
      accounts.put(
          sources.get(source),
          Account.OfSource.of(new Account.Amount(documents, bytes), counts, plan.files()));
    }
    return new Account(List.of(new Account.Addition(accounts)));
  }

  /** What was read of each file and table, and what became of it. */
  FilesRead filesRead(TokenizeRun run) {
    long[] read = new long[plan.files().size()];
    long[] rejected = new long[read.length];
    for (EncodedPart part : parts) {
      part.files()
          .forEach(
              (file, of) -> {
                read[file] += of.kept() + of.rejected();
                rejected[file] += of.rejected();
              });
    }
    return new FilesRead(run, counts(), read, rejected);
  }

  private JavaRDD<Numbered> partitions() {
    List<Numbered> numbered = numbered();
    return context.parallelize(numbered, numbered.size());
  }

  private List<Numbered> numbered() {
    return IntStream.range(0, parts.size())
        .mapToObj(
            number ->
                new Numbered(
                    number,
                    plan.parts().get(number).source(),
                    parts.get(number).blocks(),
                    parts.get(number).pages()))
        .toList();
  }
}
