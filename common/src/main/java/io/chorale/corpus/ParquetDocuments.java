package io.chorale.corpus;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.crypto.ParquetCryptoRuntimeException;
import org.apache.parquet.hadoop.BadConfigurationException;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of a Parquet file that lie in a split: of those row groups whose middle does. Of each
 * row only the columns that the settings name are read, and checked as the fields of any other file
 * are. A damaged row group is told, and the others are read.
 */
final class ParquetDocuments extends FileDocuments {
  private final ParquetFile opener;
  private final CorpusSplit split;
  private final CorpusSettings settings;
  private final DocumentChecker checker;
  private ParquetFileReader reader;
  private Map<String, ParquetColumns.Found> fields;
  private MessageType wanted;
  private Iterator<RowGroup> groups;
  private RowGroup group;

  /** Of the row group, by the names of the fields. */
  private final Map<String, ParquetValues> columns = new LinkedHashMap<>();

  private long pageLimit;
  // Of the file, from 0.
  private long row;
  private long end;

  /**
   * Rows that are stored together.
   *
   * @param number in the file, from 0
   * @param first its first row in the file
   */
  private record RowGroup(int number, long first, BlockMetaData facts) {
    long end() {
      return first + facts.getRowCount();
    }

    /** The first of its rows that does not begin before a place of the file. */
    long rowAt(long place) {
      double share =
          (place - facts.getStartingPos()) / (double) Math.max(1, facts.getCompressedSize());
      return first + (long) Math.ceil(Math.max(0, Math.min(1, share)) * facts.getRowCount());
    }

    /** Its rows that are read begin with this one. */
    long from(CorpusSplit split) {
      return split.isStretch() ? rowAt(split.start()) : first;
    }

    /** Its rows that are read end before this one. */
    long to(CorpusSplit split) {
      return split.isStretch() ? rowAt(split.start() + split.length()) : end();
    }

    boolean in(CorpusSplit split) {
      if (split.isStretch()) {
        return from(split) < to(split);
      }
      // Within the file whatever the footer says, so that some split has it.
      long middle = facts.getStartingPos() + facts.getCompressedSize() / 2;
      long place = Math.max(0, Math.min(middle, split.file().length() - 1));
      return place >= split.start() && place < split.start() + split.length();
    }
  }

  ParquetDocuments(
      Storage storage, CorpusSplit split, CorpusSettings settings, LongConsumer progress) {
    super(split);
    this.opener = new ParquetFile(storage, split.file(), progress);
    this.split = split;
    this.settings = settings;
    this.checker = new DocumentChecker(settings);
  }

  @Override
  CorpusEntry find() {
    try {
      return read();
    } catch (IOException | RuntimeException e) {
      refuseStorage(e);
      return damage(e);
    }
  }

  private CorpusEntry read() throws IOException {
    if (reader == null) {
      reader = closing(opener.open(() -> pageLimit));
      Rejection missing = open();
      if (missing != null) {
        return missing;
      }
    }
    while (group == null || row == end) {
      if (!groups.hasNext()) {
        return null;
      }
      begin(groups.next());
    }
    CorpusEntry entry = entry();
    row++;
    return entry;
  }

  /** Finds the columns and the row groups of the split; returns what the footer has too much. */
  private Rejection open() throws IOException {
    MessageType schema = reader.getFileMetaData().getSchema();
    fields = ParquetColumns.find(schema, settings);
    wanted = ParquetColumns.only(schema, fields.values());
    reader.setRequestedSchema(wanted);
    List<RowGroup> own = new ArrayList<>();
    long rows = 0;
    List<BlockMetaData> blocks = reader.getRowGroups();
    for (int i = 0; i < blocks.size(); i++) {
      RowGroup next = new RowGroup(i, rows, blocks.get(i));
      rows = next.end();
      if (next.in(split)) {
        own.add(next);
      }
    }
    groups = own.iterator();
    if (!split.isFirst()) {
      return null;
    }
    long named = opener.rows();
    return named == rows
        ? null
        : corrupt(
            rows,
            "its footer names %,d rows, its row groups hold %,d".formatted(named, rows),
            (long) (file().length() * Math.max(0, 1 - (double) rows / named)));
  }

  private void begin(RowGroup next) throws IOException {
    group = next;
    row = next.first;
    end = next.to(split);
    checkSizes();
    PageReadStore pages = reader.readRowGroup(next.number);
    ColumnReadStoreImpl store =
        new ColumnReadStoreImpl(
            pages, new NoRecords(wanted), wanted, reader.getFileMetaData().getCreatedBy());
    columns.clear();
    for (Map.Entry<String, ParquetColumns.Found> field : fields.entrySet()) {
      ColumnDescriptor own =
          wanted.getColumns().stream().filter(field.getValue()::holds).findFirst().orElseThrow();
      columns.put(field.getKey(), values(field.getValue().shape(), store.getColumnReader(own)));
    }
    for (long from = next.from(split); row < from; row++) {
      for (ParquetValues column : columns.values()) {
        column.skip();
      }
    }
  }

  private ParquetValues values(ParquetShape shape, ColumnReader column) throws IOException {
    long rows = group.facts.getRowCount();
    long values = column.getTotalValueCount();
    if (values < rows || (values > rows && shape.depth() == 0)) {
      throw new IOException(
          "its footer names %,d rows, its pages hold %,d".formatted(rows, values));
    }
    return new ParquetValues(
        shape,
        column,
        settings.maxDocumentBytes(),
        bytes -> checker.decode(bytes, 0, bytes.length));
  }

  /** No page of a column is larger than the column says; none of them may be a bomb. */
  private void checkSizes() throws RefusedFileException {
    Set<ColumnPath> read =
        wanted.getColumns().stream()
            .map(column -> ColumnPath.get(column.getPath()))
            .collect(Collectors.toSet());
    pageLimit = 0;
    for (ColumnChunkMetaData chunk : group.facts.getColumns()) {
      if (read.contains(chunk.getPath())) {
        long most = CorpusStream.most(chunk.getTotalSize(), settings);
        if (chunk.getTotalUncompressedSize() > most) {
          throw CorpusStream.tooLarge(most);
        }
        pageLimit = Math.max(pageLimit, chunk.getTotalUncompressedSize());
      }
    }
  }

  private CorpusEntry entry() throws IOException {
    Map<String, Raw> values = new HashMap<>();
    for (Map.Entry<String, ParquetValues> column : columns.entrySet()) {
      values.put(column.getKey(), column.getValue().next());
    }
    return checker.check(new RawRecord(file().index(), row, 0, NOTHING, 0, 0, values));
  }

  /** Storage that fails is not a damaged file, wherever in the library it failed. */
  private static void refuseStorage(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ChoraleException storage) {
        throw storage;
      }
    }
  }

  /** What cannot be read is left out; null where another split says so. */
  private CorpusEntry damage(Exception e) {
    if (e instanceof RefusedFileException refused) {
      return refuse(refused);
    }
    if (e instanceof BadConfigurationException) {
      return refuse(
          new RefusedFileException(
              "it is packed in a way that is not known here (%s), expected snappy, gzip, zstd or lz4. Pack it anew."
                  .formatted(found(e))));
    }
    if (e instanceof ParquetCryptoRuntimeException) {
      return refuse(
          new RefusedFileException("it is encrypted, expected plain Parquet. Decrypt it."));
    }
    if (group == null) {
      return ofFile(corrupt(0, "it is no whole Parquet file (" + found(e) + ")", Rejection.WHOLE));
    }
    double share = (double) (end - row) / Math.max(1, group.facts.getRowCount());
    Rejection lost =
        corrupt(
            row,
            "its row group %d is damaged (%s)".formatted(group.number, found(e)),
            (long) (share * group.facts.getCompressedSize()));
    row = end;
    return lost;
  }

  private CorpusEntry refuse(RefusedFileException why) {
    Rejection rejection = CorpusStream.rejection(file(), why, row, 0, NOTHING, 0);
    return group == null ? ofFile(rejection) : last(rejection);
  }

  private Rejection corrupt(long offset, String found, long lost) {
    return Rejection.of(file().index(), offset, 0, Rejection.Reason.CORRUPT_FILE, NOTHING, 0, 0)
        .because(found, lost);
  }

  private static String found(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? root.toString() : root.getMessage();
    // Without the addresses of Java objects, which differ each time.
    return message.lines().findFirst().orElse("").strip().replaceAll("@[0-9a-f]{5,8}\\b", "");
  }

  /** The library wants to be told what becomes of values; here they are asked for. */
  private static final class NoRecords extends GroupConverter {
    private final GroupType type;

    NoRecords(GroupType type) {
      this.type = type;
    }

    @Override
    public Converter getConverter(int field) {
      return type.getType(field).isPrimitive()
          ? new PrimitiveConverter() {}
          : new NoRecords(type.getType(field).asGroupType());
    }

    @Override
    public void start() {}

    @Override
    public void end() {}
  }
}
