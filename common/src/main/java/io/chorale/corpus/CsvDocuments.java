package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * The records of a CSV file as documents. Columns are named by the header, or by their position
 * from 1 on. All records have as many fields as {@code corpus.csv-columns} says or, where it does
 * not, as the first.
 */
final class CsvDocuments extends FileDocuments {
  private static final int EXTRA = 1 << 20;

  private final Storage storage;
  private final CorpusSettings settings;
  private final LongConsumer progress;
  private final DocumentChecker checker;
  private CsvReader records;
  private int fields;

  /** Columns that are read, by name. */
  private final Map<String, Integer> wanted = new LinkedHashMap<>();

  CsvDocuments(Storage storage, CorpusFile file, CorpusSettings settings, LongConsumer progress) {
    super(file);
    this.storage = storage;
    this.settings = settings;
    this.progress = progress;
    this.checker = new DocumentChecker(settings);
  }

  @Override
  CorpusEntry find() {
    try {
      return read();
    } catch (IOException e) {
      long start = records == null ? 0 : records.start();
      return last(CorpusStream.rejection(file(), e, start, 0, NOTHING, 0));
    }
  }

  /**
   * The names of the columns of a file: those of its header, or positions by its first record.
   *
   * @return none where it has no record
   */
  static List<String> columns(Storage storage, CorpusFile file, CorpusSettings settings)
      throws IOException {
    try (CsvDocuments documents = new CsvDocuments(storage, file, settings, bytes -> {})) {
      documents.open();
      if (!documents.records.next()) {
        return List.of();
      }
      return settings.csvHeader()
          ? documents.header()
          : positions(documents.records.fields().size());
    }
  }

  private void open() throws IOException {
    CorpusStream stream = closing(new CorpusStream(storage, file(), 0, settings, progress));
    int quote = settings.csvQuote().isEmpty() ? -1 : settings.csvQuote().charAt(0);
    long most = 2L * settings.maxDocumentBytes() + EXTRA;
    records =
        new CsvReader(
            new PlacedBytes(stream.bytes(), 0),
            file().tabSeparated() ? (byte) '\t' : settings.csvDelimiterByte(),
            quote,
            settings.csvColumns(),
            (int) Math.min(most, Integer.MAX_VALUE - 64));
  }

  private static List<String> positions(int columns) {
    return IntStream.rangeClosed(1, columns).mapToObj(Integer::toString).toList();
  }

  private CorpusEntry read() throws IOException {
    if (records == null) {
      open();
      if (settings.csvHeader()) {
        if (!records.next()) {
          return null;
        }
        name(header());
      }
    }
    return records.next() ? entry() : null;
  }

  private List<String> header() throws RefusedFileException {
    List<String> names = new ArrayList<>();
    for (byte[] field : records.fields()) {
      byte[] bytes = names.isEmpty() ? withoutMark(field) : field;
      String name = checker.decode(bytes, 0, bytes.length);
      names.add(name == null ? "" : name.strip());
    }
    if (records.fault() != CsvReader.Fault.NONE || new HashSet<>(names).size() != names.size()) {
      throw new RefusedFileException(
          "its header is %s, expected a different name for each column. Correct it, or set corpus.csv-header, corpus.csv-delimiter or corpus.csv-quote."
              .formatted(FieldReader.excerpt(names.toString())));
    }
    return names;
  }

  private static byte[] withoutMark(byte[] field) {
    boolean marked =
        field.length >= MARK.length && Arrays.equals(field, 0, MARK.length, MARK, 0, MARK.length);
    return marked ? Arrays.copyOfRange(field, MARK.length, field.length) : field;
  }

  /** Finds the columns that are read. */
  private void name(List<String> names) throws RefusedFileException {
    fields = names.size();
    for (Map.Entry<String, String> field : settings.fields().entrySet()) {
      wanted.put(field.getKey(), find(names, field.getKey(), field.getValue()));
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

  private CorpusEntry entry() throws IOException {
    List<byte[]> record = records.fields();
    byte[] bytes = records.bytes();
    if (records.fault() == CsvReader.Fault.TOO_LONG) {
      return rejected(Rejection.Reason.TOO_LONG, bytes, "");
    }
    if (records.fault() == CsvReader.Fault.UNCLOSED) {
      throw unclosed();
    }
    if (records.fault() == CsvReader.Fault.QUOTES) {
      return rejected(Rejection.Reason.BAD_CSV, bytes, "quotes that do not close a field");
    }
    if (bytes.length == 0 && record.size() == 1) {
      return rejected(Rejection.Reason.EMPTY, bytes, "");
    }
    if (fields == 0) {
      name(positions(settings.csvColumns() > 0 ? settings.csvColumns() : record.size()));
      record.set(0, withoutMark(record.get(0)));
    }
    if (record.size() != fields) {
      return rejected(
          Rejection.Reason.BAD_CSV,
          bytes,
          "%d fields, expected %d".formatted(record.size(), fields));
    }
    Map<String, Raw> values = new HashMap<>();
    wanted.forEach((name, column) -> values.put(name, new Raw.Encoded(record.get(column))));
    return checker.check(
        new RawRecord(
            file().index(), records.start(), records.length(), bytes, 0, bytes.length, values));
  }

  /** What is lost to a quote that never closes, after which too much comes to be read again. */
  private DamagedFileException unclosed() {
    String found = "a quote of its record at %,d does not close".formatted(records.start());
    return file().compression() == CorpusFile.Compression.NONE
        ? DamagedFileException.at(records.start(), found)
        : DamagedFileException.cut(found);
  }

  private Rejection rejected(Rejection.Reason reason, byte[] bytes, String found) {
    return Rejection.of(
            file().index(), records.start(), records.length(), reason, bytes, 0, bytes.length)
        .because(found);
  }
}
