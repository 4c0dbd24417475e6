package io.chorale.jobs.source;

import io.chorale.config.CorpusSettings;
import io.chorale.config.CorpusSettings.LabelType;
import io.chorale.config.SettingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * The columns that the settings name, found among those of a table and turned to what a corpus file
 * may hold: texts become their bytes, so that nothing mends what is not UTF-8, and decimals become
 * doubles.
 */
final class FieldPaths {
  private final String told;
  private final CorpusSettings corpus;

  /**
   * @param told what is read, as messages name it
   */
  FieldPaths(String told, CorpusSettings corpus) {
    this.told = told;
    this.corpus = corpus;
  }

  /**
   * The columns, each under the name that the settings have for it.
   *
   * @throws SettingsException where there is no such column, or one of another type
   */
  Column[] of(StructType schema) {
    List<Column> columns = new ArrayList<>();
    for (Map.Entry<String, String> field : corpus.fields().entrySet()) {
      columns.add(find(schema, field.getKey(), field.getValue()));
    }
    return columns.toArray(Column[]::new);
  }

  private Column find(StructType schema, String name, String key) {
    DataType type = StructFields.type(schema, name).orElseThrow(() -> missing(schema, name, key));
    if (!fits(type, key)) {
      throw new SettingsException(
          "Cannot read %s: its column %s is of type %s, expected %s. Set %s."
              .formatted(told, name, type.catalogString(), expected(key), key));
    }
    Column column = StructFields.column(schema, name);
    DataType stored = stored(type);
    return (stored.equals(type) ? column : column.cast(stored)).as(name);
  }

  private SettingsException missing(StructType schema, String name, String key) {
    return new SettingsException(
        "Cannot read %s: it has no column %s, expected one of %s. Set %s."
            .formatted(told, name, StructFields.names(schema), key));
  }

  /** As a Parquet file's columns are looked at, with decimals beside the other numbers. */
  private boolean fits(DataType type, String key) {
    DataType value = value(type);
    int depth = depth(type);
    boolean number = value instanceof NumericType;
    boolean text = value instanceof StringType || value instanceof BinaryType;
    return switch (key) {
      case "corpus.label-field" ->
          depth == 0 && (text || (corpus.labelType() == LabelType.NUMBER ? number : exact(value)));
      case "corpus.time-field" -> depth == 0 && (text || number || time(value));
      case "corpus.group-field" -> depth == 0 && (text || exact(value));
      case "corpus.vector-fields", "corpus.value-fields" ->
          depth == 0 && text || depth < 2 && number;
      case "corpus.series-field" -> depth == 0 && text || depth > 0 && depth < 3 && number;
      default -> depth < 2 && text;
    };
  }

  private String expected(String key) {
    return switch (key) {
      case "corpus.label-field" ->
          corpus.labelType() == LabelType.NUMBER
              ? "numbers or strings"
              : "strings, whole numbers or booleans";
      case "corpus.time-field" -> "times, strings or numbers";
      case "corpus.group-field" -> "strings, whole numbers or booleans";
      case "corpus.vector-fields", "corpus.value-fields" -> "numbers or lists of them";
      case "corpus.series-field" -> "lists of numbers, or of lists of them";
      default -> "strings or lists of them";
    };
  }

  private static boolean exact(DataType type) {
    return type instanceof ByteType
        || type instanceof ShortType
        || type instanceof IntegerType
        || type instanceof LongType
        || type instanceof BooleanType;
  }

  private static boolean time(DataType type) {
    return type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType;
  }

  private static DataType value(DataType type) {
    return type instanceof ArrayType list ? value(list.elementType()) : type;
  }

  private static int depth(DataType type) {
    return type instanceof ArrayType list ? 1 + depth(list.elementType()) : 0;
  }

  private static DataType stored(DataType type) {
    if (type instanceof ArrayType list) {
      return DataTypes.createArrayType(stored(list.elementType()), list.containsNull());
    }
    if (type instanceof StringType) {
      return DataTypes.BinaryType;
    }
    return type instanceof DecimalType ? DataTypes.DoubleType : type;
  }
}
