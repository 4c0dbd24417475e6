package io.chorale.token;

/**
 * A text that can be read a limited number of times, so that matching a regular expression ends.
 *
 * <p>A thousand times over, and more for a short one: what usual patterns need is below ten, and
 * what needs more than the limit would take minutes for a megabyte.
 */
final class LimitedText implements CharSequence {
  private static final long TIMES = 1000;
  private static final long AT_LEAST = 1_000_000;

  private final String text;
  private long left;

  /** The text was read too often. */
  static final class Exceeded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exceeded() {
      super("a text is read too often", null, false, false);
    }
  }

  LimitedText(String text) {
    this.text = text;
    this.left = AT_LEAST + TIMES * text.length();
  }

  @Override
  public char charAt(int index) {
    if (--left < 0) {
      throw new Exceeded();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
