package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * Lines of text, whole texts, or JSON lines. A line belongs to the split in which it starts. A byte
 * order mark at the start of a file is dropped.
 */
final class LineDocuments extends FileDocuments {
  // In JSON a byte may take six, and other fields stand beside the text.
  private static final int JSON_EXPANSION = 6;
  private static final int JSON_EXTRA = 1 << 20;

  private final Storage storage;
  private final CorpusSplit split;
  private final CorpusSettings settings;
  private final LongConsumer progress;
  private final DocumentChecker checker;
  private final boolean byFile;
  private CorpusStream stream;
  private LineReader lines;

  LineDocuments(
      Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress) {
    super(split);
    this.storage = storage;
    this.split = split;
    this.settings = settings;
    this.progress = progress;
    this.checker = new DocumentChecker(settings);
    this.byFile = Corpus.byFile(file(), settings);
  }

  @Override
  CorpusEntry find() {
    try {
      if (lines == null) {
        open();
      }
      return line() ? entry() : null;
    } catch (IOException e) {
      return lines == null
          ? ofFile(CorpusStream.rejection(file(), e, 0, 0, NOTHING, 0))
          : last(rejection(e));
    }
  }

  private Rejection rejection(IOException e) {
    Rejection rejection =
        CorpusStream.rejection(
            file(), e, lines.start(), lines.length(), lines.bytes(), lines.held());
    boolean documentLost =
        byFile && !(e instanceof DamagedFileException damage && damage.afterEnd());
    return documentLost ? rejection.because(rejection.cause(), Rejection.WHOLE) : rejection;
  }

  private void open() throws IOException {
    stream = closing(new CorpusStream(storage, split, settings, progress));
    lines = new LineReader(stream.bytes(), CorpusStream.from(split), mostHeld());
    if (split.start() > 0) {
      // A line starts here only if the byte before ends one, so reading begins with that byte.
      lines.skip(stream.end());
    }
  }

  private boolean line() throws IOException {
    if (!byFile && lines.position() >= stream.end()) {
      return false;
    }
    try {
      return byFile ? lines.all() : lines.next();
    } catch (DamagedFileException e) {
      if (e.afterEnd() && lines.length() > 0) {
        // The last line is whole; the next read fails again.
        return true;
      }
      throw e;
    }
  }

  private CorpusEntry entry() {
    long start = lines.start();
    byte[] bytes = lines.bytes();
    int from = start == 0 ? markLength(bytes, lines.held()) : 0;
    int count = lines.held() - from;
    if (lines.overlong()) {
      return Rejection.of(
          file().index(), start, lines.length(), Rejection.Reason.TOO_LONG, bytes, from, count);
    }
    return file().format() == CorpusSettings.Format.JSONL
        ? checker.checkJson(file().index(), start, bytes, from, count)
        : checker.checkText(file().index(), start, bytes, from, count);
  }

  private int mostHeld() {
    long most = settings.maxDocumentBytes() + (long) MARK.length;
    if (file().format() == CorpusSettings.Format.JSONL) {
      most = JSON_EXPANSION * most + JSON_EXTRA;
    }
    return (int) Math.min(most, Integer.MAX_VALUE - 64);
  }

  private static int markLength(byte[] bytes, int held) {
    boolean marked =
        held >= MARK.length && bytes[0] == MARK[0] && bytes[1] == MARK[1] && bytes[2] == MARK[2];
    return marked ? MARK.length : 0;
  }
}
