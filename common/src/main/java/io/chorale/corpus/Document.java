package io.chorale.corpus;

/**
 * A text of the corpus.
 *
 * @param file index of its file in the order of the corpus
 * @param offset where it begins: bytes into the unpacked file; in Parquet, rows
 * @param bytes of the text in UTF-8
 * @param text not blank, and valid Unicode: no lone surrogates
 * @param label the field that {@code corpus.label-field} names; empty where it names none
 */
public record Document(int file, long offset, long bytes, String text, String label)
    implements CorpusEntry {}
