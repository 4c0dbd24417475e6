package io.chorale.config;

import java.util.List;

/** Settings of copies among documents; {@code reference.yaml} explains each key. */
public record DuplicatesSettings(
    Remove remove,
    Keep keep,
    Scope scope,
    List<String> against,
    int words,
    int bands,
    int rows,
    double similarity) {
  private static final int MOST_WORDS = 100;
  private static final int MOST_HASHES = 1024;

  /** The copies that are left out. */
  public enum Remove {
    NONE,
    EXACT,
    NEAR
  }

  /** The document that stays for its copies. */
  public enum Keep {
    FIRST,
    LONGEST
  }

  /** The sources among which copies are looked for. */
  public enum Scope {
    ALL,
    SOURCE,
    TAG
  }

  public DuplicatesSettings {
    against = List.copyOf(against);
    Check.between("duplicates.words", words, 1, MOST_WORDS);
    Check.between("duplicates.bands", bands, 1, MOST_HASHES);
    Check.between("duplicates.rows", rows, 1, MOST_HASHES);
    Check.between("duplicates.bands * duplicates.rows", (long) bands * rows, 1, MOST_HASHES);
    Check.that(
        similarity >= 0 && similarity <= 1, "duplicates.similarity", "from 0 to 1", similarity);
  }

  /** Whether copies are looked for. */
  public boolean removes() {
    return remove != Remove.NONE;
  }

  /** Whether near copies are, so that signatures are needed. */
  public boolean near() {
    return remove == Remove.NEAR;
  }
}
