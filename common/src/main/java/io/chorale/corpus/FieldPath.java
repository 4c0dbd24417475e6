package io.chorale.corpus;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The names that lead to a field inside others, with a dot between two: {@code page.body} is field
 * {@code body} of {@code page}, where there is no field with the whole name.
 */
public final class FieldPath {
  private static final char DOT = '.';

  private FieldPath() {}

  /** The names on the way to a field, of which the last is its own. */
  public static List<String> names(String field) {
    List<String> names = new ArrayList<>();
    int from = 0;
    for (int dot = field.indexOf(DOT); dot >= 0; dot = field.indexOf(DOT, from)) {
      names.add(field.substring(from, dot));
      from = dot + 1;
    }
    names.add(field.substring(from));
    return names;
  }

  /** The paths of what fields may stand in: {@code a} and {@code a.b} of {@code a.b.c}. */
  static Set<String> above(Set<String> fields) {
    Set<String> above = new HashSet<>();
    for (String field : fields) {
      for (int dot = field.indexOf(DOT); dot >= 0; dot = field.indexOf(DOT, dot + 1)) {
        above.add(field.substring(0, dot));
      }
    }
    return above;
  }

  /** Whether a field, found inside of others, is none that a path leads to. */
  static boolean hasDot(String name) {
    return name.indexOf(DOT) >= 0;
  }

  /** The path of a field inside of the one with that path. */
  static String join(String path, String name) {
    return path + DOT + name;
  }
}
