package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The records of a CSV file as documents. */
final class CsvDocuments extends FileDocuments {
  private final Storage storage;
  private final CorpusSplit split;
  private final CorpusSettings settings;
  private final LongConsumer progress;
  private final DocumentChecker checker;
  private CsvTable table;

  /** Columns that are read, by name. */
  private final Map<String, Integer> wanted = new LinkedHashMap<>();

  CsvDocuments(Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress) {
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
      return read();
    } catch (IOException e) {
      long start = table == null ? 0 : table.start();
      return last(CorpusStream.rejection(file(), e, start, 0, NOTHING, 0));
    }
  }

  private CorpusEntry read() throws IOException {
    if (table == null) {
      table = closing(new CsvTable(storage, split, settings, progress));
      name();
    }
    if (!table.next() || table.start() >= table.end()) {
      return null;
    }
    name();
    Optional<Rejection> fault = table.fault();
    return fault.isPresent() ? fault.get() : entry();
  }

  /** Finds the columns that are read, as soon as they have names. */
  private void name() throws RefusedFileException {
    if (wanted.isEmpty() && !table.columns().isEmpty()) {
      for (Map.Entry<String, String> field : settings.fields().entrySet()) {
        wanted.put(field.getKey(), find(table.columns(), field.getKey(), field.getValue()));
      }
    }
  }

  private static int find(List<String> names, String name, String key) throws RefusedFileException {
    int found = names.indexOf(name);
    if (found < 0) {
      throw new RefusedFileException(
          "it has no column %s, its columns are %s. Set %s."
              .formatted(name, FieldReader.excerpt(names.toString()), key));
    }
    return found;
  }

  private CorpusEntry entry() {
    List<byte[]> record = table.fields();
    Map<String, Raw> values = new HashMap<>();
    wanted.forEach((name, column) -> values.put(name, new Raw.Encoded(record.get(column))));
    return checker.check(table.record(values));
  }
}
