package io.chorale.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * The nesting of a column of Parquet: values, lists of values, or lists of lists; with the
 * definition levels that tell which of them are there.
 *
 * @param value the type of the values
 * @param present at each depth, the level from which on what stands there is not null
 * @param filled at each depth but the last, the level from which on the list is not empty
 */
record ParquetShape(PrimitiveType value, List<Integer> present, List<Integer> filled) {

  /**
   * The shape of a column; nothing where it is another one.
   *
   * @param above the definition level of the group that it stands in; 0 where it stands in none
   */
  static Optional<ParquetShape> of(Type column, int above) {
    List<Integer> present = new ArrayList<>();
    List<Integer> filled = new ArrayList<>();
    int level = above;
    Optional<Type> type =
        Optional.of(column).filter(top -> !top.isRepetition(Type.Repetition.REPEATED));
    while (type.isPresent()) {
      level += type.get().isRepetition(Type.Repetition.OPTIONAL) ? 1 : 0;
      present.add(level);
      if (type.get().isPrimitive()) {
        return Optional.of(new ParquetShape(type.get().asPrimitiveType(), present, filled));
      }
      level++;
      filled.add(level);
      type = element(type.get().asGroupType());
    }
    return Optional.empty();
  }

  /** Lists within each other; 0 where there are values alone. */
  int depth() {
    return filled.size();
  }

  /** What a list has for elements, whether its writer wrapped them in groups or not. */
  private static Optional<Type> element(GroupType list) {
    boolean isList =
        list.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation
            && list.getFieldCount() == 1
            && list.getType(0).isRepetition(Type.Repetition.REPEATED);
    if (!isList) {
      return Optional.empty();
    }
    Type repeated = list.getType(0);
    if (repeated.isPrimitive()) {
      return Optional.of(repeated);
    }
    GroupType wrapped = repeated.asGroupType();
    return wrapped.getFieldCount() == 1
            && !wrapped.getType(0).isRepetition(Type.Repetition.REPEATED)
        ? Optional.of(wrapped.getType(0))
        : Optional.empty();
  }
}
