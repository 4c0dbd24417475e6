package io.chorale.config;

/** Text of a user's as a message may show it: short, on one line, and without secrets. */
public final class Shown {
  private static final int LONGEST = 100;

  private Shown() {}

  /** The text, or what stands for it. */
  public static String of(Object value) {
    String text = String.valueOf(value);
    if (Secrets.in(text)) {
      return "(not shown: it looks like a password or a key)";
    }
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= LONGEST
        ? line
        : "%s… (%,d characters)".formatted(line.substring(0, LONGEST), line.length());
  }
}
