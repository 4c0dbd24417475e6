package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusSplit;
import io.chorale.corpus.DocumentReader;
import io.chorale.corpus.Rejection;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Tally;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** The entries of successive splits, one reader open at a time. */
final class SplitEntries implements Iterator<CorpusEntry> {
  private final Storage storage;
  private final Iterator<CorpusSplit> splits;
  private final CorpusSettings settings;
  private final Tally tally;
  private long documents;
  private long bytes;
  private DocumentReader reader;
  private CorpusSplit split;

  SplitEntries(Storage storage, List<CorpusSplit> splits, CorpusSettings settings, Tally tally) {
    this.storage = storage;
    this.splits = splits.iterator();
    this.settings = settings;
    this.tally = tally;
    // A task that fails stops in the middle of a file.
    TaskCompletionListener ended = context -> close();
    TaskContext.get().addTaskCompletionListener(ended);
  }

  @Override
  public boolean hasNext() {
    while (reader == null || !readerHasNext()) {
      if (reader != null) {
        split.file().checkUnchanged(storage);
      }
      close();
      if (!splits.hasNext()) {
        return false;
      }
      split = splits.next();
      reader = DocumentReader.of(storage, split, settings, tally::addRead);
    }
    return true;
  }

  private boolean readerHasNext() {
    try {
      return reader.hasNext();
    } catch (ChoraleException e) {
      whatChanged(e);
      throw e;
    }
  }

  /** A file that was changed or deleted fails in many ways: that is said, not what came of it. */
  private void whatChanged(ChoraleException failure) {
    try {
      split.file().checkUnchanged(storage);
    } catch (ChoraleException e) {
      e.addSuppressed(failure);
      throw e;
    }
  }

  @Override
  public CorpusEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    CorpusEntry entry = reader.next();
    if (!(entry instanceof Rejection rejection) || !rejection.reason().ofFile()) {
      documents++;
      bytes += entry.bytes();
    }
    return entry;
  }

  /** The records that were read so far, whatever becomes of them. */
  Account.Amount read() {
    return new Account.Amount(documents, bytes);
  }

  private void close() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
