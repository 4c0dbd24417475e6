package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.data.DocumentHash;
import java.io.Serializable;

/**
 * A document as token ids.
 *
 * @param split that its file was given for
 * @param bytes of the text, in UTF-8
 * @param ids with the end-of-text id
 * @param label number of its class, where the corpus has labels
 */
record EncodedDocument(
    int file, long offset, DatasetSplit split, long bytes, DocumentHash hash, int[] ids, int label)
    implements Serializable {
  /**
   * Where it goes when documents are dealt by their hash: to the split that its file was given for
   * or, out of the training files, to one that a share of them is cut off for.
   *
   * @param shares of splits without files
   */
  DatasetSplit splitByHash(DataSettings shares) {
    return split == DatasetSplit.TRAIN ? hash.split(shares) : split;
  }
}
