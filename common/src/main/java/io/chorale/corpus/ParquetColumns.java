package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** Finds the columns of a Parquet file that hold its texts and their labels. */
final class ParquetColumns {
  private static final Set<PrimitiveTypeName> LABELS =
      EnumSet.of(PrimitiveTypeName.INT32, PrimitiveTypeName.INT64, PrimitiveTypeName.BOOLEAN);

  private ParquetColumns() {}

  /**
   * The column of the texts and, where the corpus has labels, the column of those.
   *
   * @param schema of the whole file
   * @throws RefusedFileException where there is no such column, or one of another type
   */
  static MessageType wanted(MessageType schema, CorpusSettings settings)
      throws RefusedFileException {
    Type text = textColumn(schema, settings);
    return settings.labelField().isEmpty()
        ? new MessageType(schema.getName(), text)
        : new MessageType(schema.getName(), text, labelColumn(schema, settings));
  }

  private static Type textColumn(MessageType schema, CorpusSettings settings)
      throws RefusedFileException {
    String name = settings.textField();
    if (!schema.containsField(name)) {
      throw new RefusedFileException(
          "it has no column %s, expected one of %s. Set corpus.text-field."
              .formatted(name, schema.getFields().stream().map(Type::getName).toList()));
    }
    Type type = schema.getType(name);
    if (!isText(type)) {
      throw new RefusedFileException(
          "its column %s is of type %s, expected strings. Set corpus.text-field, or leave the file out."
              .formatted(name, typeName(type)));
    }
    return type;
  }

  private static Type labelColumn(MessageType schema, CorpusSettings settings)
      throws RefusedFileException {
    String name = settings.labelField();
    if (name.equals(settings.textField()) || !schema.containsField(name)) {
      throw new RefusedFileException(
          "it has no column %s beside the text, expected one of %s. Set corpus.label-field."
              .formatted(name, schema.getFields().stream().map(Type::getName).toList()));
    }
    Type type = schema.getType(name);
    boolean whole =
        type.isPrimitive() && LABELS.contains(type.asPrimitiveType().getPrimitiveTypeName());
    if (!isText(type) && !(whole && !type.isRepetition(Type.Repetition.REPEATED))) {
      throw new RefusedFileException(
          "its column %s is of type %s, expected strings, whole numbers or booleans. Set corpus.label-field, or leave the file out."
              .formatted(name, typeName(type)));
    }
    return type;
  }

  /** Strings, and bytes that may be read as such. */
  private static boolean isText(Type type) {
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    return type.isPrimitive()
        && !type.isRepetition(Type.Repetition.REPEATED)
        && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY
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
