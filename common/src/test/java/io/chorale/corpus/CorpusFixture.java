package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.config.SettingsFile;
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

  /** Documents of at most 1,000 bytes, and what else is set: {@code format=text}. */
  static CorpusSettings settings(List<String> paths, String... set) {
    List<String> overrides = new ArrayList<>();
    overrides.add("corpus.paths=[" + String.join(", ", paths) + "]");
    overrides.add("corpus.max-document-bytes=1000");
    for (String one : set) {
      overrides.add("corpus." + one);
    }
    return SettingsFile.read("test", "", overrides).corpus();
  }

  /** The settings for one path, by its name. */
  CorpusSettings settings(String name, String... set) {
    return settings(List.of("'" + path(name) + "'"), set);
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
      try (DocumentReader reader = DocumentReader.of(STORAGE, split, settings, read -> {})) {
        reader.forEachRemaining(entries::add);
      }
    }
    return entries;
  }

  static String text(Document document) {
    return document.field(Document.TEXT).toString();
  }

  /** {@code offset:text} of documents, {@code offset!reason} of rejections. */
  static List<String> brief(List<CorpusEntry> entries) {
    return entries.stream()
        .map(
            entry ->
                entry instanceof Document document
                    ? document.offset() + ":" + text(document)
                    : entry.offset() + "!" + ((Rejection) entry).reason().key())
        .toList();
  }
}
