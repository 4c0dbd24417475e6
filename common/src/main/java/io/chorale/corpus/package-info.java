/**
 * From files to documents: finding the files of a corpus, cutting large ones into splits, reading
 * and checking documents, and setting aside what is none.
 *
 * <p>{@link io.chorale.corpus.Corpus} finds files and cuts them, {@link
 * io.chorale.corpus.DocumentReader} reads the documents of a cut.
 */
package io.chorale.corpus;
