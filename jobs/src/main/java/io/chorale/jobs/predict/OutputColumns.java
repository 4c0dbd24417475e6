package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.base64;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.to_json;

import io.chorale.config.RowSettings.Format;
import io.chorale.config.SettingsException;
import io.chorale.task.Output;
import io.chorale.task.Prediction;
import java.io.Serializable;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.ArraySeq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The columns of what a model makes of rows beside those of the input: its outputs in Spark's
 * types, and last why there is none, where there is none.
 *
 * @param prefix of the names of the outputs
 * @param reason the name of the column that says why there is none
 * @param key the setting that decides these names
 */
record OutputColumns(List<Output> outputs, String prefix, String reason, Words words, String key)
    implements Serializable {
  private static final Map<String, String> ALL_FIELDS = Map.of("ignoreNullFields", "false");

  /**
   * The columns of input and output.
   *
   * @throws SettingsException where both have one of that name
   */
  StructType beside(StructType input) {
    StructType all = input;
    for (Output output : outputs) {
      all = add(all, prefix + output.name(), type(output.type()));
    }
    return add(all, reason, DataTypes.StringType);
  }

  /** Columns and one more. */
  StructType add(StructType columns, String name, DataType type) {
    if (Arrays.stream(columns.fieldNames()).anyMatch(name::equalsIgnoreCase)) {
      throw new SettingsException(
          "Cannot %s rows: they have a column %s already, expected none of that name. Choose another %s."
              .formatted(words.verb(), name, words.key(key)));
    }
    return columns.add(name, type);
  }

  private static DataType type(Output.Type type) {
    if (type instanceof Output.Many many) {
      return DataTypes.createArrayType(type(many.of()), false);
    }
    if (type instanceof Output.Named named) {
      return DataTypes.createMapType(DataTypes.StringType, type(named.of()), false);
    }
    if (type instanceof Output.Vector) {
      return DataTypes.createArrayType(DataTypes.FloatType, false);
    }
    return switch ((Output.Scalar) type) {
      case TEXT -> DataTypes.StringType;
      case NUMBER -> DataTypes.DoubleType;
      case TIME -> DataTypes.TimestampType;
    };
  }

  /** Bytes of the vectors of a row, the only outputs that count beside the input. */
  long bytes() {
    return outputs.stream()
        .map(Output::type)
        .filter(Output.Vector.class::isInstance)
        .mapToLong(vector -> (long) Float.BYTES * ((Output.Vector) vector).size())
        .sum();
  }

  /** Writes a prediction into the places of these columns, which begin there. */
  void put(Prediction prediction, Object[] row, int place) {
    for (int i = 0; i < outputs.size(); i++) {
      row[place + i] = value(prediction.values().get(i));
    }
  }

  /** Writes why there is none; the other columns stay null. */
  void put(String reason, Object[] row, int place) {
    row[place + outputs.size()] = reason;
  }

  private static Object value(Object value) {
    if (value instanceof List<?> list) {
      return CollectionConverters.asScala(list.stream().map(OutputColumns::value).toList()).toSeq();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> values = new LinkedHashMap<>();
      map.forEach((name, of) -> values.put(name, value(of)));
      return CollectionConverters.asScala(values);
    }
    if (value instanceof float[] vector) {
      return ArraySeq.unsafeWrapArray(vector);
    }
    return value instanceof Instant time ? Timestamp.from(time) : value;
  }

  /**
   * Rows as a format can hold them. CSV has no lists: those of values become a text with blanks
   * between, as a corpus may have them, bytes are written as base64, and all else becomes JSON.
   */
  static Dataset<Row> fit(Dataset<Row> rows, Format format) {
    if (format != Format.CSV) {
      return rows;
    }
    return rows.select(
        Arrays.stream(rows.schema().fields()).map(OutputColumns::flat).toArray(Column[]::new));
  }

  /** A column by its name, whatever characters that has. */
  static Column named(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  private static Column flat(StructField field) {
    Column column = named(field.name());
    DataType type = field.dataType();
    if (type instanceof ArrayType list && !nested(list.elementType())) {
      DataType texts = DataTypes.createArrayType(DataTypes.StringType);
      return array_join(column.cast(texts), " ").as(field.name());
    }
    if (type.equals(DataTypes.BinaryType)) {
      return base64(column).as(field.name());
    }
    return nested(type) ? to_json(column, ALL_FIELDS).as(field.name()) : column;
  }

  private static boolean nested(DataType type) {
    return type instanceof ArrayType || type instanceof MapType || type instanceof StructType;
  }
}
