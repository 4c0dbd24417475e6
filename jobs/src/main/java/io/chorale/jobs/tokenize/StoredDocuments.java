package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.DocumentFacts;
import io.chorale.data.DocumentHash;
import io.chorale.data.ShardFacts;
import io.chorale.data.SignatureFacts;
import io.chorale.io.ManifestName;
import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * The documents that a dataset has, as it keeps them: the hash and the signature of each row of its
 * shards. A document is named by its shard and its row there, since a dataset does not know of
 * paths outside it.
 *
 * @param directory of the dataset
 * @param shards of all splits
 * @param made how the signatures were made
 */
record StoredDocuments(
    Storage storage, String directory, List<ShardFacts> shards, SignatureFacts made)
    implements Serializable {
  private static final String ADVICE = "restore the dataset, or tokenize it again";

  StoredDocuments {
    shards = List.copyOf(shards);
  }

  /**
   * A document.
   *
   * @param shard its place among all shards
   * @param row of that
   */
  record One(int shard, int row, KeptDocument document) implements Serializable {}

  /**
   * Those of a dataset.
   *
   * @throws SettingsException where it does not keep them
   */
  static StoredDocuments of(Storage storage, Dataset dataset) {
    DatasetManifest manifest = dataset.manifest();
    List<ShardFacts> shards =
        manifest.splits().values().stream().flatMap(split -> split.shards().stream()).toList();
    for (ShardFacts shard : shards) {
      if (!shard.documents().any()) {
        throw new SettingsException(
            "Cannot look for documents of dataset %s: it keeps no hashes of those in %s, expected them of every shard. It was written by an older Chorale or is not of data.split: document: tokenize it again."
                .formatted(dataset.directory(), shard.name()));
      }
    }
    return new StoredDocuments(
        storage, dataset.directory().toString(), shards, manifest.signatures());
  }

  /**
   * All of them, some shards a partition.
   *
   * @param signed whether with their signatures, which else are not read
   */
  JavaRDD<One> documents(JavaSparkContext context, boolean signed) {
    StoredDocuments stored = this;
    List<Integer> numbers = IntStream.range(0, shards.size()).boxed().toList();
    return context
        .parallelize(
            numbers, Math.max(1, Math.min(numbers.size(), 4 * context.defaultParallelism())))
        .map(number -> new Tuple2<>(number, stored.shards.get(number)))
        .flatMap(shard -> stored.read(shard._1(), shard._2(), signed));
  }

  /** On an executor: the documents of a shard, in the order of its rows. */
  private Iterator<One> read(int number, ShardFacts shard, boolean signed) {
    NumberTable hashes = table(DocumentFacts.hashesOf(shard.name()), shard.documents().hashes());
    if (hashes.rows() != shard.rows()) {
      throw new ChoraleException(
          "Cannot read %s of dataset %s: it has %d documents, expected %d rows of %s. The dataset is damaged: %s."
              .formatted(
                  DocumentFacts.hashesOf(shard.name()),
                  directory,
                  hashes.rows(),
                  shard.rows(),
                  shard.name(),
                  ADVICE));
    }
    String crc32c = shard.documents().signatures();
    Map<Integer, byte[]> signatures =
        signed && !crc32c.isEmpty()
            ? SignatureTable.bytes(
                table(DocumentFacts.signaturesOf(shard.name()), crc32c), made.hashes())
            : Map.of();
    return IntStream.range(0, hashes.rows())
        .mapToObj(
            row ->
                new One(
                    number,
                    row,
                    new KeptDocument(
                        new DocumentHash(
                            hashes.get(DocumentFacts.COLUMNS.get(0), row),
                            hashes.get(DocumentFacts.COLUMNS.get(1), row)),
                        signatures.get(row))))
        .iterator();
  }

  private NumberTable table(String file, String crc32c) {
    return NumberTable.read(storage, ManifestName.in(new Path(directory), file), crc32c, ADVICE);
  }
}
