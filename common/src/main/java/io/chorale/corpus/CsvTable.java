package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * The records of a CSV file, field by field. Columns are named by the header, or by their position
 * from 1 on. All records have as many fields as {@code corpus.csv-columns} says or, where it does
 * not, as the first. To be closed.
 */
public final class CsvTable implements Closeable {
  private static final int EXTRA = 1 << 20;

  private final CorpusFile file;
  private final CorpusSettings settings;
  private final CorpusStream stream;
  private final CsvReader records;
  private final FieldReader values;
  private List<String> columns = List.of();
  private List<byte[]> fields = List.of();
  private Optional<Rejection> fault = Optional.empty();

  /**
   * Opens a file and reads its header, where it has one.
   *
   * @throws IOException where the file is refused or damaged; its message says why
   */
  public CsvTable(Storage storage, CorpusFile file, CorpusSettings settings) throws IOException {
    this(storage, CorpusSplit.whole(file), settings, bytes -> {});
  }

  /**
   * @param split all of a file, or a stretch at its begin
   * @param progress is told how many stored bytes have been read since the last time
   */
  CsvTable(Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress)
      throws IOException {
    this.file = split.file();
    this.settings = settings;
    this.values = new FieldReader(settings);
    this.stream = new CorpusStream(storage, split, settings, progress);
    int quote = settings.csvQuote().isEmpty() ? -1 : settings.csvQuote().charAt(0);
    long most = 2L * settings.maxDocumentBytes() + EXTRA;
    this.records =
        new CsvReader(
            new PlacedBytes(stream.bytes(), 0),
            file.tabSeparated() ? (byte) '\t' : settings.csvDelimiterByte(),
            quote,
            settings.csvColumns(),
            (int) Math.min(most, Integer.MAX_VALUE - 64));
    try {
      if (settings.csvHeader() && records.next()) {
        columns = header();
      }
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  /** Their names; none before there was a record, where there is no header. */
  public List<String> columns() {
    return columns;
  }

  /** The fields of the record, one for each column; maybe others where it has a fault. */
  public List<byte[]> fields() {
    return fields;
  }

  /** The reason why the record is none; empty where it is one. */
  public Optional<Rejection> fault() {
    return fault;
  }

  /** The offset of the record in the file, in bytes. */
  long start() {
    return records.start();
  }

  /** The offset from which on records are none of the split's; see {@link CorpusStream#end}. */
  long end() {
    return stream.end();
  }

  /** The record, with the values of some fields. */
  RawRecord record(Map<String, Raw> found) {
    byte[] bytes = records.bytes();
    return new RawRecord(
        file.index(), records.start(), records.length(), bytes, 0, bytes.length, found);
  }

  /**
   * Reads the next record; false where there is none.
   *
   * @throws IOException where the file is damaged; its message says how
   */
  public boolean next() throws IOException {
    if (!records.next()) {
      return false;
    }
    fields = records.fields();
    fault = found();
    return true;
  }

  private Optional<Rejection> found() throws IOException {
    switch (records.fault()) {
      case TOO_LONG:
        return rejected(Rejection.Reason.TOO_LONG, "");
      case QUOTES:
        return rejected(Rejection.Reason.BAD_CSV, "quotes that do not close a field");
      case UNCLOSED:
        throw unclosed();
      default:
        break;
    }
    if (fields.size() == 1 && fields.get(0).length == 0) {
      return rejected(Rejection.Reason.EMPTY, "");
    }
    if (columns.isEmpty()) {
      columns = positions(settings.csvColumns() > 0 ? settings.csvColumns() : fields.size());
      fields.set(0, withoutMark(fields.get(0)));
    }
    return fields.size() == columns.size()
        ? Optional.empty()
        : rejected(
            Rejection.Reason.BAD_CSV,
            "%d fields, expected %d".formatted(fields.size(), columns.size()));
  }

  private Optional<Rejection> rejected(Rejection.Reason reason, String found) {
    return Optional.of(record(Map.of()).rejected(reason, found));
  }

  /** The failure of a quote that never closes: too much comes after it to be read again. */
  private DamagedFileException unclosed() {
    String found = "a quote of its record at %,d does not close".formatted(records.start());
    return file.compression() == CorpusFile.Compression.NONE
        ? DamagedFileException.at(records.start(), found)
        : DamagedFileException.cut(found);
  }

  private List<String> header() throws RefusedFileException {
    List<String> names = new ArrayList<>();
    for (byte[] field : records.fields()) {
      byte[] bytes = names.isEmpty() ? withoutMark(field) : field;
      String name = values.decode(bytes, 0, bytes.length);
      names.add(name == null ? "" : name.strip());
    }
    if (records.fault() != CsvReader.Fault.NONE || new HashSet<>(names).size() != names.size()) {
      throw new RefusedFileException(
          "its header is %s, expected a different name for each column. Correct it, or set corpus.csv-header, corpus.csv-delimiter or corpus.csv-quote."
              .formatted(FieldReader.excerpt(names.toString())));
    }
    return List.copyOf(names);
  }

  private static List<String> positions(int columns) {
    return IntStream.rangeClosed(1, columns).mapToObj(Integer::toString).toList();
  }

  private static byte[] withoutMark(byte[] field) {
    byte[] mark = FileDocuments.MARK;
    boolean marked =
        field.length >= mark.length && Arrays.equals(field, 0, mark.length, mark, 0, mark.length);
    return marked ? Arrays.copyOfRange(field, mark.length, field.length) : field;
  }

  @Override
  public void close() {
    stream.close();
  }
}
