package io.chorale.quality;

import java.util.Arrays;

/** All that was counted in one document, and its language. */
public final class Counts {
  /** The language where it was not asked for, or is not known: ISO 639's code for that. */
  public static final String UNDETERMINED = "und";

  private final long[] values = new long[Count.values().length];
  private String language = UNDETERMINED;

  /** The value of a count. */
  public long get(Count count) {
    return values[count.ordinal()];
  }

  /** Sets a count. */
  public void set(Count count, long value) {
    values[count.ordinal()] = value;
  }

  /** The code of the language, of ISO 639-1 or, where that has none, 639-3. */
  public String language() {
    return language;
  }

  /** Sets the language. */
  public void setLanguage(String code) {
    language = code;
  }

  /** One count by another; 0 where both are 0. */
  double share(Count part, Count whole) {
    return get(part) == 0 ? 0 : (double) get(part) / get(whole);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Counts counts
        && Arrays.equals(values, counts.values)
        && language.equals(counts.language);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(values) + language.hashCode();
  }

  @Override
  public String toString() {
    return language + " " + Arrays.toString(values);
  }
}
