package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.ShardFacts;
import io.chorale.data.SignatureFacts;
import io.chorale.duplicate.Signature;
import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * Writes beside each shard what is kept of the documents that are its rows, in their order: one
 * task a shard, which holds its hashes and signatures. See {@link DocumentFacts}.
 *
 * @param stage has the facts of the shards whose documents are written
 * @param directory where the dataset is staged
 */
record DocumentsJob(
    JavaSparkContext context,
    Storage storage,
    PartStage<DocumentsJob.Written> stage,
    Path directory) {

  /** The tables of a shard, and how many documents they have. */
  record Written(DocumentFacts facts, long rows) implements Serializable {}

  /**
   * Writes the tables of all shards.
   *
   * @param documents each with its place in the dataset, which is that of its row
   * @param signatures how theirs were made
   * @return the manifest, which names the tables
   */
  DatasetManifest write(
      JavaRDD<Tuple2<RowKey, KeptDocument>> documents,
      ShardNumbers numbers,
      DatasetManifest manifest,
      SignatureFacts signatures) {
    Map<Integer, Written> written = finished(numbers);
    if (written.size() < numbers.total()) {
      BitSet done = new BitSet();
      written.keySet().forEach(done::set);
      Task task = new Task(storage, stage, directory.toString(), numbers, signatures.hashes());
      documents
          .filter(document -> !done.get(document._1().shard()))
          .mapToPair(document -> document)
          .repartitionAndSortWithinPartitions(
              new RowKey.ByShard(numbers.total()), new RowKey.ByOrder())
          .mapPartitions(
              sorted ->
                  sorted.hasNext()
                      ? List.of(task.write(TaskContext.getPartitionId(), sorted)).iterator()
                      : List.<Tuple2<Integer, Written>>of().iterator())
          .collect()
          .forEach(shard -> written.put(shard._1(), shard._2()));
    }
    Map<String, DocumentFacts> kept = new HashMap<>();
    written.forEach((number, shard) -> kept.put(name(numbers, number), shard.facts()));
    for (DatasetSplit split : DatasetSplit.values()) {
      List<ShardFacts> shards = manifest.split(split).shards();
      for (int shard = 0; shard < shards.size(); shard++) {
        check(shards.get(shard), written.get(numbers.number(split, shard)));
      }
    }
    return manifest.with(signatures, kept);
  }

  /** Each row is a document, and has one row of hashes. */
  private void check(ShardFacts shard, Written written) {
    if (written == null || written.rows() != shard.rows()) {
      throw new ChoraleException(
          "Cannot write the documents of %s: there are %d, expected its %d rows. Run again; should it happen twice, please report it."
              .formatted(shard.name(), written == null ? 0 : written.rows(), shard.rows()));
    }
  }

  /** Tables that an earlier run has written; they may have been deleted since. */
  private Map<Integer, Written> finished(ShardNumbers numbers) {
    Map<Integer, Written> there = new TreeMap<>(stage.finished(context));
    there
        .entrySet()
        .removeIf(
            shard ->
                !shard.getValue().facts().files(name(numbers, shard.getKey())).stream()
                    .allMatch(file -> storage.exists(new Path(directory, file))));
    return there;
  }

  private static String name(ShardNumbers numbers, int number) {
    return ShardFacts.name(numbers.split(number), numbers.shard(number));
  }

  /** Writes the tables of a shard. */
  private record Task(
      Storage storage, PartStage<Written> stage, String directory, ShardNumbers numbers, int hashes)
      implements Serializable {

    Tuple2<Integer, Written> write(int number, Iterator<Tuple2<RowKey, KeptDocument>> sorted) {
      NumberTable documents = new NumberTable(DocumentFacts.COLUMNS);
      NumberTable signatures = SignatureTable.empty(hashes);
      while (sorted.hasNext()) {
        KeptDocument document = sorted.next()._2();
        if (document.signature() != null) {
          SignatureTable.add(signatures, documents.rows(), Signature.of(document.signature()));
        }
        documents.add(document.hash().high(), document.hash().low());
      }
      String shard = name(numbers, number);
      String hashed = publish(documents, DocumentFacts.hashesOf(shard));
      String signed =
          signatures.rows() == 0 ? "" : publish(signatures, DocumentFacts.signaturesOf(shard));
      Written written = new Written(new DocumentFacts(hashed, signed), documents.rows());
      stage.finish(number, written);
      return new Tuple2<>(number, written);
    }

    private String publish(NumberTable table, String file) {
      return table.publish(storage, new Path(directory, file));
    }
  }
}
