package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
   * The columns, in the order of {@link CorpusSettings#fields}.
   *
   * @param schema of the whole file
   * @throws RefusedFileException where there is no such column, or one of another type
   */
  static MessageType wanted(MessageType schema, CorpusSettings settings)
      throws RefusedFileException {
    List<Type> wanted = new ArrayList<>();
    for (Map.Entry<String, String> field : settings.fields().entrySet()) {
      wanted.add(column(schema, settings, field.getKey(), field.getValue()));
    }
    return new MessageType(schema.getName(), wanted);
  }

  private static Type column(MessageType schema, CorpusSettings settings, String name, String key)
      throws RefusedFileException {
    if (!schema.containsField(name)) {
      throw new RefusedFileException(
          "it has no column %s, expected one of %s. Set %s."
              .formatted(name, schema.getFields().stream().map(Type::getName).toList(), key));
    }
    Type type = schema.getType(name);
    boolean fits = ParquetShape.of(type).filter(shape -> fits(shape, settings, key)).isPresent();
    if (!fits) {
      throw new RefusedFileException(
          "its column %s is of type %s, expected %s. Set %s, or leave the file out."
              .formatted(name, typeName(type), expected(settings, key), key));
    }
    return type;
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
