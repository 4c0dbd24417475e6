package io.chorale.vectors;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FLOAT;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.chorale.config.ChoraleException;
import io.chorale.corpus.BoundedCodecs;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopCodecs;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;

/**
 * One reading of word vectors from Parquet: of the columns {@code word} (a string), {@code vector}
 * (a list of floats or doubles) and, where it is there, {@code count} (a long).
 */
final class ParquetReading {
  private final VectorInput input;
  private final Supplier<FSDataInputStream> open;

  /** The largest column of the row group that is read, in bytes. */
  private long pageLimit;

  private final LongStream.Builder counts = LongStream.builder();
  private boolean counted;
  private float[] row;

  ParquetReading(VectorInput input, Supplier<FSDataInputStream> open) {
    this.input = input;
    this.open = open;
  }

  /** All vectors of the file. */
  VectorFile all() throws IOException {
    Configuration configuration = new Configuration(false);
    ParquetReadOptions options =
        HadoopReadOptions.builder(configuration)
            .usePageChecksumVerification()
            .withCodecFactory(
                new BoundedCodecs(HadoopCodecs.newFactory(configuration, 0), () -> pageLimit))
            .build();
    try (ParquetFileReader reader = ParquetFileReader.open(new Stored(), options)) {
      MessageType wanted = wanted(reader.getFileMetaData().getSchema());
      counted = wanted.containsField(ParquetVectors.COUNT);
      reader.setRequestedSchema(wanted);
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(wanted);
      for (BlockMetaData block : reader.getRowGroups()) {
        pageLimit =
            block.getColumns().stream()
                .mapToLong(ColumnChunkMetaData::getTotalUncompressedSize)
                .max()
                .orElse(0);
        PageReadStore pages = reader.readNextRowGroup();
        RecordReader<Group> rows = columns.getRecordReader(pages, new GroupRecordConverter(wanted));
        for (long i = 0; i < pages.getRowCount(); i++) {
          add(rows.read());
        }
      }
    } catch (ChoraleException e) {
      throw e;
    } catch (RuntimeException e) {
      // Whatever the library finds wrong with the bytes it throws as one of these.
      ChoraleException damaged =
          input.damaged("Parquet's reader says \"%s\"".formatted(e.getMessage()), "a whole file");
      damaged.initCause(e);
      throw damaged;
    }
    return input.end(counted ? counts.build().toArray() : new long[0]);
  }

  private MessageType wanted(MessageType found) {
    boolean counts = found.containsField(ParquetVectors.COUNT);
    Type word = column(found, ParquetVectors.WORD);
    Type vector = column(found, ParquetVectors.VECTOR);
    if (!is(word, BINARY)
        || !isVector(vector)
        || counts && !is(found.getType(ParquetVectors.COUNT), INT64)) {
      throw input.other(
          "its columns are %s".formatted(VectorInput.quoted(found.toString().replace('\n', ' '))),
          "In Parquet, column word must be a string, vector a list of floats or doubles, and count,"
              + " where it is there, a long.");
    }
    return counts
        ? new MessageType("vectors", word, found.getType(ParquetVectors.COUNT), vector)
        : new MessageType("vectors", word, vector);
  }

  private Type column(MessageType found, String name) {
    if (!found.containsField(name)) {
      throw input.other(
          "it has the columns %s"
              .formatted(String.join(", ", found.getFields().stream().map(Type::getName).toList())),
          "In Parquet, columns word and vector are read.");
    }
    return found.getType(name);
  }

  private static boolean is(Type type, PrimitiveTypeName... names) {
    return type.isPrimitive()
        && !type.isRepetition(Repetition.REPEATED)
        && Arrays.asList(names).contains(type.asPrimitiveType().getPrimitiveTypeName());
  }

  /** Whether it is a group of one repeated group of one number: Parquet's lists. */
  private static boolean isVector(Type type) {
    return repeats(type, false)
        && repeats(type.asGroupType().getType(0), true)
        && is(type.asGroupType().getType(0).asGroupType().getType(0), FLOAT, DOUBLE);
  }

  private static boolean repeats(Type type, boolean repeated) {
    return !type.isPrimitive()
        && type.asGroupType().getFieldCount() == 1
        && type.isRepetition(Repetition.REPEATED) == repeated;
  }

  private void add(Group group) {
    if (group.getFieldRepetitionCount(ParquetVectors.WORD) == 0
        || group.getFieldRepetitionCount(ParquetVectors.VECTOR) == 0) {
      throw input.damaged("row %d is null".formatted(input.count() + 1), "a word and its vector");
    }
    byte[] word = group.getBinary(ParquetVectors.WORD, 0).getBytes();
    Group list = group.getGroup(ParquetVectors.VECTOR, 0);
    int size = list.getFieldRepetitionCount(0);
    if (row == null && size > 0) {
      row = new float[size];
      input.begin(size);
    }
    if (size != input.size() || size == 0) {
      throw input.damaged(
          "word %d has %d numbers".formatted(input.count() + 1, size),
          size == 0 ? "at least one" : "%d as those before".formatted(input.size()));
    }
    boolean doubles = is(((GroupType) list.getType().getType(0)).getType(0), DOUBLE);
    for (int k = 0; k < size; k++) {
      Group element = list.getGroup(0, k);
      if (element.getFieldRepetitionCount(0) == 0) {
        throw input.damaged(
            "number %d of word %d is null".formatted(k + 1, input.count() + 1), "a number");
      }
      row[k] = doubles ? (float) element.getDouble(0, 0) : element.getFloat(0, 0);
    }
    counted = counted && group.getFieldRepetitionCount(ParquetVectors.COUNT) > 0;
    if (input.add(input.text(word, 0, word.length), row) && counted) {
      counts.add(group.getLong(ParquetVectors.COUNT, 0));
    }
  }

  private final class Stored implements InputFile {
    @Override
    public long getLength() {
      return input.length();
    }

    @Override
    public SeekableInputStream newStream() {
      return HadoopStreams.wrap(open.get());
    }

    /** As the library's messages name it. */
    @Override
    public String toString() {
      return input.name();
    }
  }
}
