package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.corpus.Document;

/**
 * The splits of documents while they are read: those that their files were given for or, where
 * documents are dealt by their hash, those that shares of the training files are cut off for.
 *
 * @param shares 0 for splits that have files of their own
 */
record DocumentSplits(FileSplits files, boolean hashed, DataSettings shares) {
  static DocumentSplits of(FileSplits files, Settings settings) {
    return new DocumentSplits(
        files,
        settings.data().split() == DataSettings.Split.DOCUMENT,
        settings.data().beside(settings.corpus()));
  }

  /** Whether some documents of training files may be held out. */
  boolean cutOff() {
    return hashed && shares.validation() + shares.test() > 0;
  }

  /** The split of the document that came last. */
  DatasetSplit of(Document document, ScreenedEntries entries) {
    DatasetSplit given = files.of(document.file());
    return given == DatasetSplit.TRAIN && cutOff() ? entries.hash().split(shares) : given;
  }
}
