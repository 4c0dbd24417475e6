package io.chorale.config;

import java.util.Collection;
import java.util.Comparator;

/** Finds the known name that one which is not known was most likely meant to be. */
public final class Nearest {
  private static final int LONGEST_NAME = 60;

  private Nearest() {}

  /**
   * The name of least Levenshtein distance; of equal ones the first.
   *
   * @param known at least one name
   */
  public static String of(String name, Collection<String> known) {
    String given = cut(name);
    return known.stream()
        .min(Comparator.comparingInt(other -> distance(given, other)))
        .orElseThrow();
  }

  /** As much of a name as is compared. */
  static String cut(String name) {
    return name.substring(0, Math.min(name.length(), LONGEST_NAME));
  }

  /** Levenshtein distance, in O(a * b). */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
