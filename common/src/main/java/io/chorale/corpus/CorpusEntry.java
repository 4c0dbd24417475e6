package io.chorale.corpus;

/**
 * What the corpus holds at one place: a document, or something that was rejected. The places are
 * ordered by file, then by offset.
 */
public sealed interface CorpusEntry permits Document, Rejection {
  /** Index of the file in the order of the corpus. */
  int file();

  /** Where it begins: bytes into the unpacked file; in Parquet, rows. */
  long offset();

  /** Its length in bytes of UTF-8 (a document) or as found (a rejection), without line ends. */
  long bytes();
}
