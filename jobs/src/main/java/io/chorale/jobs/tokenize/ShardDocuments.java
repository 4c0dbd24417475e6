package io.chorale.jobs.tokenize;

import io.chorale.data.DocumentFacts;
import io.chorale.duplicate.Signature;
import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;

/** Gathers what is kept of the documents that are the rows of a shard, and publishes it. */
final class ShardDocuments {
  private final List<KeptDocument> documents = new ArrayList<>();

  /** Adds that of the next row; null where the row is no document. */
  void add(KeptDocument document) {
    if (document != null) {
      documents.add(document);
    }
  }

  /**
   * Publishes the tables of {@link DocumentFacts}, none where the rows are no documents; to be
   * called once, since what is in a table is given up.
   *
   * @param directory of the dataset, or where it is staged
   * @param shard its path there
   * @param order which row is first, second, and so on
   */
  DocumentFacts publish(Storage storage, Path directory, String shard, int[] order) {
    if (documents.isEmpty()) {
      return DocumentFacts.NONE;
    }
    NumberTable hashes = new NumberTable(DocumentFacts.COLUMNS, order.length);
    int signed = (int) documents.stream().filter(one -> one.signature() != null).count();
    NumberTable signatures = null;
    for (int row : order) {
      KeptDocument document = documents.set(row, null);
      if (document.signature() != null) {
        Signature signature = Signature.of(document.signature());
        signatures =
            signatures == null
                ? SignatureTable.empty(signature.hashes().length, signed)
                : signatures;
        SignatureTable.add(signatures, hashes.rows(), signature);
      }
      hashes.add(document.hash().high(), document.hash().low());
    }
    return new DocumentFacts(
        hashes.publish(storage, new Path(directory, DocumentFacts.hashesOf(shard))),
        signatures == null
            ? ""
            : signatures.publish(storage, new Path(directory, DocumentFacts.signaturesOf(shard))));
  }
}
