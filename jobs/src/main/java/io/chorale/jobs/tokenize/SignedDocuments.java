package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DuplicatesSettings;
import io.chorale.data.SignatureFacts;
import io.chorale.duplicate.MinHash;
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;
import java.util.Iterator;

/**
 * Finds the signatures of encoded documents among what was measured of the same part: both come in
 * the order of the corpus, and every document that is encoded was measured.
 *
 * @param settings which say whether there are signatures
 */
record SignedDocuments(SentSettings settings, MeasuredDocuments measured) implements Serializable {

  /**
   * What is to be kept of a document.
   *
   * @param document of which the marks are known
   */
  record One(EncodedDocument document, KeptDocument kept) {}

  /** How signatures are made. */
  SignatureFacts facts() {
    return facts(settings.get().duplicates());
  }

  /** How signatures are made by these settings. */
  static SignatureFacts facts(DuplicatesSettings duplicates) {
    return duplicates.near()
        ? new SignatureFacts(
            duplicates.words(), duplicates.bands(), duplicates.rows(), MinHash.SEED)
        : SignatureFacts.NONE;
  }

  /** The documents of a part, in their order. */
  Iterator<One> of(int part, Iterator<EncodedDocument> documents) {
    DuplicatesSettings duplicates = settings.get().duplicates();
    if (!duplicates.near()) {
      return map(documents, document -> null);
    }
    Iterator<MeasuredDocuments.One> all =
        measured.documents(part, duplicates.bands() * duplicates.rows());
    return map(documents, document -> next(document, all).signature());
  }

  private static Iterator<One> map(Iterator<EncodedDocument> documents, Signer signer) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return documents.hasNext();
      }

      @Override
      public One next() {
        EncodedDocument document = documents.next();
        return new One(document, new KeptDocument(document.hash(), signer.signature(document)));
      }
    };
  }

  private static MeasuredDocuments.One next(
      EncodedDocument document, Iterator<MeasuredDocuments.One> all) {
    while (all.hasNext()) {
      MeasuredDocuments.One one = all.next();
      if (one.attributes().file() == document.file()
          && one.attributes().offset() == document.offset()) {
        return one;
      }
    }
    throw new ChoraleException(
        "Cannot sign the document at %d of file %d of the corpus: it was not measured, expected the corpus to stay. Delete data.work, then run again."
            .formatted(document.offset(), document.file()));
  }

  @FunctionalInterface
  private interface Signer {
    byte[] signature(EncodedDocument document);
  }
}
