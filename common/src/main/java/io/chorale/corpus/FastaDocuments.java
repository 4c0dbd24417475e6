package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * The sequences of a FASTA file as documents; what their headers say is not read. A record belongs
 * to the split in which its header starts.
 */
final class FastaDocuments extends FileDocuments {
  private final Storage storage;
  private final CorpusSplit split;
  private final CorpusSettings settings;
  private final LongConsumer progress;
  private final DocumentChecker checker;
  private CorpusStream stream;
  private FastaReader records;

  FastaDocuments(
      Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress) {
    super(split);
    this.storage = storage;
    this.split = split;
    this.settings = settings;
    this.progress = progress;
    this.checker = new DocumentChecker(settings);
  }

  @Override
  CorpusEntry find() {
    try {
      if (records == null) {
        open();
      }
      return records.position() < stream.end() && records.next() ? entry() : null;
    } catch (IOException e) {
      return records == null
          ? ofFile(CorpusStream.rejection(file(), e, 0, 0, NOTHING, 0))
          : last(
              CorpusStream.rejection(
                  file(),
                  e,
                  records.start(),
                  records.length(),
                  records.sequence(),
                  records.held()));
    }
  }

  private void open() throws IOException {
    stream = closing(new CorpusStream(storage, split, settings, progress));
    int most = Math.min(settings.maxDocumentBytes(), Integer.MAX_VALUE - 64);
    records =
        new FastaReader(
            new PlacedBytes(stream.bytes(), CorpusStream.from(split)), settings.fastaCase(), most);
    if (split.start() > 0) {
      // A line starts here only if the byte before ends one, so reading begins with that byte.
      records.seek(stream.end());
    } else if (!records.begin()) {
      throw new RefusedFileException(
          "it begins with something else than a header, expected > as the first sign of a FASTA record. Correct it, or set corpus.format.");
    }
  }

  private CorpusEntry entry() {
    int file = file().index();
    if (records.length() == 0) {
      byte[] header = records.header();
      return Rejection.of(
              file, records.start(), 0, Rejection.Reason.EMPTY, header, 0, header.length)
          .because("a header without a sequence");
    }
    if (records.length() > records.held()) {
      return Rejection.of(
          file,
          records.start(),
          records.length(),
          Rejection.Reason.TOO_LONG,
          records.sequence(),
          0,
          records.held());
    }
    return checker.checkText(file, records.start(), records.sequence(), 0, records.held());
  }
}
