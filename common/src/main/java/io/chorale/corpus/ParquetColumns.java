package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** Finds the columns of a Parquet file that the settings name. */
final class ParquetColumns {
  private static final Set<PrimitiveTypeName> EXACT =
      EnumSet.of(PrimitiveTypeName.INT32, PrimitiveTypeName.INT64, PrimitiveTypeName.BOOLEAN);

  private static final Set<PrimitiveTypeName> NUMBERS =
      EnumSet.of(
          PrimitiveTypeName.INT32,
          PrimitiveTypeName.INT64,
          PrimitiveTypeName.FLOAT,
          PrimitiveTypeName.DOUBLE);

  private ParquetColumns() {}

  /**
   * A column that is read.
   *
   * @param path the names of the groups that it stands in, and its own
   */
  record Found(List<String> path, ParquetShape shape) {
    /** Whether values are those of this column. It has one place of them, whatever the lists. */
    boolean holds(ColumnDescriptor values) {
      List<String> names = Arrays.asList(values.getPath());
      return names.size() >= path.size() && names.subList(0, path.size()).equals(path);
    }
  }

  /**
   * The columns by {@link CorpusSettings#fields}, in their order.
   *
   * @param schema of the whole file
   * @throws RefusedFileException where there is no such column, or one of another type
   */
  static Map<String, Found> find(MessageType schema, CorpusSettings settings)
      throws RefusedFileException {
    Map<String, Found> found = new LinkedHashMap<>();
    for (Map.Entry<String, String> field : settings.fields().entrySet()) {
      found.put(field.getKey(), find(schema, settings, field.getKey(), field.getValue()));
    }
    return found;
  }

  /** The schema of columns alone. */
  static MessageType only(MessageType schema, Collection<Found> columns) {
    return new MessageType(
        schema.getName(), only(schema, columns.stream().map(Found::path).toList()));
  }

  private static List<Type> only(GroupType group, List<List<String>> paths) {
    Map<String, List<List<String>>> below = new LinkedHashMap<>();
    for (List<String> path : paths) {
      below
          .computeIfAbsent(path.get(0), name -> new ArrayList<>())
          .add(path.subList(1, path.size()));
    }
    List<Type> types = new ArrayList<>();
    below.forEach(
        (name, rest) -> {
          Type type = group.getType(name);
          types.add(
              rest.get(0).isEmpty()
                  ? type
                  : type.asGroupType().withNewFields(only(type.asGroupType(), rest)));
        });
    return types;
  }

  private static Found find(MessageType schema, CorpusSettings settings, String name, String key)
      throws RefusedFileException {
    List<String> path = schema.containsField(name) ? List.of(name) : FieldPath.names(name);
    GroupType group = schema;
    int level = 0;
    for (String above : path.subList(0, path.size() - 1)) {
      Optional<GroupType> next = inner(group, above);
      if (next.isEmpty()) {
        throw missing(schema, name, key);
      }
      group = next.get();
      level += group.isRepetition(Type.Repetition.OPTIONAL) ? 1 : 0;
    }
    String own = path.get(path.size() - 1);
    if (!group.containsField(own)) {
      throw missing(schema, name, key);
    }
    Type type = group.getType(own);
    Optional<ParquetShape> shape =
        ParquetShape.of(type, level).filter(found -> fits(found, settings, key));
    if (shape.isEmpty()) {
      throw new RefusedFileException(
          "its column %s is of type %s, expected %s. Set %s, or leave the file out."
              .formatted(name, typeName(type), expected(settings, key), key));
    }
    return new Found(path, shape.get());
  }

  /** A group of a row that stands there once, if at all: no list and no map. */
  private static Optional<GroupType> inner(GroupType group, String name) {
    return Optional.of(name)
        .filter(group::containsField)
        .map(group::getType)
        .filter(type -> !type.isPrimitive() && !type.isRepetition(Type.Repetition.REPEATED))
        .map(Type::asGroupType)
        .filter(inner -> inner.getLogicalTypeAnnotation() == null);
  }

  private static RefusedFileException missing(MessageType schema, String name, String key) {
    return new RefusedFileException(
        "it has no column %s, expected one of %s. Set %s."
            .formatted(name, FieldReader.excerpt(names(schema).toString()), key));
  }

  /** The columns, those in groups by their paths. */
  private static List<String> names(GroupType group) {
    List<String> names = new ArrayList<>();
    for (Type type : group.getFields()) {
      String name = type.getName();
      inner(group, name)
          .ifPresentOrElse(
              inner -> names(inner).forEach(below -> names.add(FieldPath.join(name, below))),
              () -> names.add(name));
    }
    return names;
  }

  /** Numbers and words may stand in a string, too, with blanks between them. */
  private static boolean fits(ParquetShape shape, CorpusSettings settings, String key) {
    PrimitiveType value = shape.value();
    return switch (key) {
      case "corpus.label-field" ->
          shape.depth() == 0 && (isText(value) || isLabel(value, settings.labelType()));
      case "corpus.time-field" ->
          shape.depth() == 0 && (isText(value) || isNumber(value) || ParquetTimes.areTimes(value));
      case "corpus.group-field" ->
          shape.depth() == 0 && (isText(value) || EXACT.contains(value.getPrimitiveTypeName()));
      case "corpus.vector-fields", "corpus.value-fields" ->
          isString(shape) || (shape.depth() < 2 && isNumber(value));
      case "corpus.series-field" ->
          isString(shape) || (shape.depth() > 0 && shape.depth() < 3 && isNumber(value));
      default -> shape.depth() < 2 && isText(value);
    };
  }

  private static String expected(CorpusSettings settings, String key) {
    boolean number = settings.labelType() == CorpusSettings.LabelType.NUMBER;
    return switch (key) {
      case "corpus.label-field" ->
          number ? "numbers or strings" : "strings, whole numbers or booleans";
      case "corpus.time-field" -> "times, strings or numbers";
      case "corpus.group-field" -> "strings, whole numbers or booleans";
      case "corpus.vector-fields", "corpus.value-fields" -> "numbers or lists of them";
      case "corpus.series-field" -> "lists of numbers, or of lists of them";
      default -> "strings or lists of them";
    };
  }

  private static boolean isString(ParquetShape shape) {
    return shape.depth() == 0 && isText(shape.value());
  }

  private static boolean isLabel(PrimitiveType type, CorpusSettings.LabelType meaning) {
    return meaning == CorpusSettings.LabelType.NUMBER
        ? isNumber(type)
        : EXACT.contains(type.getPrimitiveTypeName());
  }

  private static boolean isNumber(PrimitiveType type) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return NUMBERS.contains(type.getPrimitiveTypeName())
        && (meaning == null || meaning instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation);
  }

  /** Strings, and bytes that may be read as such. */
  private static boolean isText(PrimitiveType type) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY
        && !(meaning instanceof LogicalTypeAnnotation.DecimalLogicalTypeAnnotation)
        && !(meaning instanceof LogicalTypeAnnotation.BsonLogicalTypeAnnotation);
  }

  private static String typeName(Type type) {
    String list = type.isRepetition(Type.Repetition.REPEATED) ? "list of " : "";
    String name =
        type.isPrimitive()
            ? type.asPrimitiveType().getPrimitiveTypeName().name().toLowerCase(Locale.ROOT)
            : "group";
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return list + name + (meaning == null ? "" : " (" + meaning + ")");
  }
}
