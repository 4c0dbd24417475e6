package io.chorale.corpus;

import java.io.IOException;
import java.util.function.Function;
import org.apache.parquet.column.ColumnReader;

/** The values of a column of Parquet, row by row. */
final class ParquetValues {
  private final ParquetShape shape;
  private final ColumnReader column;
  private final long most;
  private final Function<byte[], String> decode;
  private long consumed;

  /**
   * @param most bytes that a document may have
   * @param decode gives the text of UTF-8; null where it is none
   */
  ParquetValues(
      ParquetShape shape, ColumnReader column, long most, Function<byte[], String> decode) {
    this.shape = shape;
    this.column = column;
    this.most = most;
    this.decode = decode;
  }

  /** Leaves out the value of the next row. */
  void skip() throws IOException {
    checkMore();
    do {
      // Of what is not there no value is stored, which would be skipped instead of a later one.
      if (column.getCurrentDefinitionLevel() == column.getDescriptor().getMaxDefinitionLevel()) {
        column.skip();
      }
      consume();
    } while (column.getCurrentRepetitionLevel() > 0);
  }

  private void checkMore() throws IOException {
    if (consumed == column.getTotalValueCount()) {
      throw new IOException("its pages end before its rows do");
    }
  }

  /** The value of the next row. */
  Raw next() throws IOException {
    checkMore();
    int level = column.getCurrentDefinitionLevel();
    if (shape.depth() == 0) {
      Raw value = level < shape.present().get(0) ? Raw.NOTHING : value();
      consume();
      return value;
    }
    if (level < shape.filled().get(0)) {
      consume();
      return level < shape.present().get(0) ? Raw.NOTHING : new RawList(most).end();
    }
    RawList list = new RawList(most);
    do {
      if (shape.depth() == 1) {
        element(list);
      } else {
        step(list);
      }
    } while (column.getCurrentRepetitionLevel() > 0);
    return list.end();
  }

  private void step(RawList list) {
    int level = column.getCurrentDefinitionLevel();
    if (level < shape.present().get(1)) {
      list.addOther("nothing");
      consume();
      return;
    }
    list.open();
    if (level < shape.filled().get(1)) {
      consume();
    } else {
      do {
        element(list);
      } while (column.getCurrentRepetitionLevel() > 1);
    }
    list.close();
  }

  private void element(RawList list) {
    if (column.getCurrentDefinitionLevel() < shape.present().get(shape.depth())) {
      list.addOther("nothing");
    } else {
      switch (shape.value().getPrimitiveTypeName()) {
        case INT32 -> list.add((float) column.getInteger());
        case INT64 -> list.add((float) column.getLong());
        case FLOAT -> list.add(column.getFloat());
        case DOUBLE -> list.add((float) column.getDouble());
        default -> list.add(decode.apply(column.getBinary().getBytesUnsafe()));
      }
    }
    consume();
  }

  private Raw value() {
    if (ParquetTimes.areTimes(shape.value())) {
      return new Raw.Decoded(ParquetTimes.read(shape.value(), column));
    }
    return switch (shape.value().getPrimitiveTypeName()) {
      case INT32 -> new Raw.Scalar(Integer.toString(column.getInteger()), true);
      case INT64 -> new Raw.Scalar(Long.toString(column.getLong()), true);
      case BOOLEAN -> new Raw.Scalar(Boolean.toString(column.getBoolean()), true);
      case FLOAT -> new Raw.Scalar(Float.toString(column.getFloat()), false);
      case DOUBLE -> new Raw.Scalar(Double.toString(column.getDouble()), false);
      default -> new Raw.Encoded(column.getBinary().getBytesUnsafe());
    };
  }

  private void consume() {
    column.consume();
    consumed++;
  }
}
