package io.chorale.jobs.source;

import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.col;

import io.chorale.corpus.FieldPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Columns of a table, and fields of its structs by their paths; a column's whole name wins. */
public final class StructFields {
  private StructFields() {}

  /** The type of a field; nothing where there is none. */
  public static Optional<DataType> type(StructType table, String field) {
    Optional<DataType> found = Optional.of(table);
    for (String name : path(table, field)) {
      found =
          found
              .filter(StructType.class::isInstance)
              .flatMap(struct -> field((StructType) struct, name))
              .map(StructField::dataType);
    }
    return found;
  }

  /** A field that is there. */
  public static Column column(StructType table, String field) {
    return col(path(table, field).stream().map(StructFields::quoted).collect(joining(".")));
  }

  /** A column by its name, whatever characters that has. */
  static Column column(String name) {
    return col(quoted(name));
  }

  /** The columns, those in structs by their paths. */
  static List<String> names(StructType table) {
    List<String> names = new ArrayList<>();
    for (StructField field : table.fields()) {
      if (field.dataType() instanceof StructType inner) {
        names(inner).forEach(name -> names.add(field.name() + "." + name));
      } else {
        names.add(field.name());
      }
    }
    return names;
  }

  private static List<String> path(StructType table, String field) {
    return field(table, field).isPresent() ? List.of(field) : FieldPath.names(field);
  }

  private static Optional<StructField> field(StructType struct, String name) {
    return Arrays.stream(struct.fields()).filter(field -> field.name().equals(name)).findFirst();
  }

  private static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
