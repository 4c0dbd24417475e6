package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Writes small corpora and reads them. */
final class CorpusFixture {
  static final Storage STORAGE = new Storage(new Configuration());

  private final java.nio.file.Path directory;

  CorpusFixture(java.nio.file.Path directory) {
    this.directory = directory;
  }

  static CorpusSettings settings(
      String path, CorpusSettings.Format format, CorpusSettings.Document document, int most) {
    return new CorpusSettings(List.of(path), format, document, "text", most, 0.01);
  }

  /** One line a document, by name, of at most 1,000 bytes. */
  CorpusSettings settings(String name) {
    return settings(
        path(name).toString(), CorpusSettings.Format.AUTO, CorpusSettings.Document.LINE, 1000);
  }

  Path path(String name) {
    return new Path(directory.resolve(name).toUri());
  }

  void write(String name, byte[] bytes) {
    STORAGE.publish(path(name), bytes);
  }

  /** All that the splits hold, one after the other. */
  static List<CorpusEntry> read(CorpusSettings settings, long splitBytes) {
    List<CorpusEntry> entries = new ArrayList<>();
    for (CorpusSplit split : Corpus.splits(Corpus.files(STORAGE, settings), settings, splitBytes)) {
      try (DocumentReader reader = new DocumentReader(STORAGE, split, settings)) {
        reader.forEachRemaining(entries::add);
      }
    }
    return entries;
  }

  /** {@code offset:text} of documents, {@code offset!reason} of rejections. */
  static List<String> brief(List<CorpusEntry> entries) {
    return entries.stream()
        .map(
            entry ->
                entry instanceof Document document
                    ? document.offset() + ":" + document.text()
                    : entry.offset() + "!" + ((Rejection) entry).reason().key())
        .toList();
  }
}
