package io.chorale.jobs.tokenize;

import io.chorale.corpus.Document;
import io.chorale.data.DocumentHash;
import java.io.Serializable;

/** A document as token ids. */
final class EncodedDocument implements Serializable {
  private static final long serialVersionUID = 1L;

  final int file;
  final long offset;

  /** Of the text, in UTF-8. */
  final long bytes;

  private final long hashHigh;
  private final long hashLow;

  /** With the end-of-text id. */
  final int[] ids;

  EncodedDocument(Document document, DocumentHash hash, int[] ids) {
    this.file = document.file();
    this.offset = document.offset();
    this.bytes = document.bytes();
    this.hashHigh = hash.high();
    this.hashLow = hash.low();
    this.ids = ids;
  }

  DocumentHash hash() {
    return new DocumentHash(hashHigh, hashLow);
  }
}
