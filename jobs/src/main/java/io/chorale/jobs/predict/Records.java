package io.chorale.jobs.predict;

import io.chorale.jobs.tokenize.RowEncoder;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What becomes of a record as {@link InputRows} reads it: values that go on into the output, and a
 * row that a model predicts from, by the rules by which {@code tokenize} reads files of that
 * format.
 */
sealed interface Records extends Serializable {
  /** The columns that go on into the output. */
  StructType carried();

  /** The values of these columns. */
  Object[] values(Row record);

  /** The row that a model predicts from, or why there is none. */
  RowEncoder.Encoded encode(Row record, RowEncoder encoder);

  /** Where the bytes of a line or of a whole text are. */
  String LINE = "__chorale_line";

  /** Where the fields of a record of CSV are, as bytes. */
  String FIELDS = "__chorale_fields";

  /** Where it stands what is wrong with such a record. */
  String FAULT = "__chorale_fault";

  /** Begins the name of the column of a field that stands inside of others. */
  String INSIDE = "__chorale_inside_";

  /** A line, or a whole text, without the byte order mark and the CR before its end. */
  private static byte[] line(Row record, boolean whole) {
    byte[] bytes = record.getAs(LINE);
    boolean marked =
        whole
            && bytes.length >= 3
            && bytes[0] == (byte) 0xef
            && bytes[1] == (byte) 0xbb
            && bytes[2] == (byte) 0xbf;
    boolean returns = !whole && bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    return Arrays.copyOfRange(bytes, marked ? 3 : 0, bytes.length - (returns ? 1 : 0));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * Lines of text, or whole texts.
   *
   * @param field the name of the one column
   */
  record Texts(String field, boolean whole) implements Records {
    @Override
    public StructType carried() {
      return new StructType().add(field, DataTypes.StringType);
    }

    @Override
    public Object[] values(Row record) {
      return new Object[] {text(line(record, whole))};
    }

    @Override
    public RowEncoder.Encoded encode(Row record, RowEncoder encoder) {
      return encoder.encode(Map.of(field, line(record, whole)));
    }
  }

  /** Lines of JSON, which go on as they are: Spark takes them apart in the end. */
  record JsonLines() implements Records {
    @Override
    public StructType carried() {
      return new StructType().add(LINE, DataTypes.StringType);
    }

    @Override
    public Object[] values(Row record) {
      return new Object[] {text(line(record, false))};
    }

    @Override
    public RowEncoder.Encoded encode(Row record, RowEncoder encoder) {
      byte[] line = line(record, false);
      return encoder.encodeJson(line, 0, line.length);
    }
  }

  /**
   * Records of CSV.
   *
   * @param fields those that are read
   */
  record CsvFields(StructType carried, Set<String> fields) implements Records {
    @Override
    public Object[] values(Row record) {
      Object[] values = new Object[carried.size()];
      List<byte[]> found = record.getList(record.fieldIndex(FIELDS));
      for (int i = 0; i < Math.min(values.length, found.size()); i++) {
        values[i] = text(found.get(i));
      }
      return values;
    }

    @Override
    public RowEncoder.Encoded encode(Row record, RowEncoder encoder) {
      String fault = record.getAs(FAULT);
      if (fault != null) {
        return new RowEncoder.Refused(fault);
      }
      List<byte[]> found = record.getList(record.fieldIndex(FIELDS));
      Map<String, Object> values = new HashMap<>();
      for (String field : fields) {
        values.put(field, found.get(carried.fieldIndex(field)));
      }
      return encoder.encode(values);
    }
  }

  /**
   * Rows of Parquet. Texts of the fields that are read are bytes, since Spark would mend what is
   * not UTF-8.
   *
   * @param fields those that are read
   * @param inside those that are read inside of others: each has a column of its own beside those
   *     that go on
   */
  record Columns(StructType carried, Set<String> fields, Set<String> inside) implements Records {
    @Override
    public Object[] values(Row record) {
      Object[] values = new Object[carried.size()];
      for (int i = 0; i < values.length; i++) {
        Object value = record.get(i);
        DataType type = carried.apply(i).dataType();
        values[i] =
            type.equals(DataTypes.StringType) && value instanceof byte[] bytes
                ? text(bytes)
                : value;
      }
      return values;
    }

    @Override
    public RowEncoder.Encoded encode(Row record, RowEncoder encoder) {
      Map<String, Object> values = new HashMap<>();
      for (String field : fields) {
        values.put(field, value(record.getAs(field)));
      }
      for (String field : inside) {
        values.put(field, value(record.getAs(INSIDE + field)));
      }
      return encoder.encode(values);
    }

    /** Lists as Java has them. */
    private static Object value(Object value) {
      if (!(value instanceof Seq<?> list)) {
        return value;
      }
      List<Object> values = new ArrayList<>();
      CollectionConverters.asJava(list).forEach(of -> values.add(value(of)));
      return values;
    }
  }
}
