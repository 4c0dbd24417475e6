package io.chorale.corpus;

/**
 * A document or a rejection, with its place in the corpus. The places are ordered by file, then by
 * offset.
 */
public sealed interface CorpusEntry permits Document, Rejection {
  /** Index of the file in the order of the corpus. */
  int file();

  /** Where it begins: bytes into the unpacked file; in Parquet, rows. */
  long offset();

  /** Its length in bytes of UTF-8 (a document) or as found (a rejection), without line ends. */
  long bytes();
}
