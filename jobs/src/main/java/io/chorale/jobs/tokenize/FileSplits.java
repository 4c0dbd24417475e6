package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusFile;
import java.io.Serializable;
import java.util.List;

/**
 * The splits that files were given for, by their places in the order of the corpus, in which they
 * come split by split.
 *
 * @param validation the first file after those of the training split
 * @param test the first file after those of the validation split
 */
record FileSplits(int validation, int test) implements Serializable {
  static FileSplits of(List<CorpusFile> files) {
    int train = count(files, DatasetSplit.TRAIN);
    return new FileSplits(train, train + count(files, DatasetSplit.VALIDATION));
  }

  private static int count(List<CorpusFile> files, DatasetSplit split) {
    return (int) files.stream().filter(file -> file.split() == split).count();
  }

  /** The split of a file. */
  DatasetSplit of(int file) {
    return file < validation
        ? DatasetSplit.TRAIN
        : file < test ? DatasetSplit.VALIDATION : DatasetSplit.TEST;
  }
}
