package io.chorale.privacy;

/**
 * Recognises one kind of personal data by a character that begins it or stands in it.
 *
 * <p>What it looks at around a place is bounded by the longest thing of its kind, so that a text is
 * searched in linear time. What lies before a floor has been masked, and is not looked at.
 */
interface Finder {
  /** What {@link #end} says where nothing was found. */
  int NONE = -1;

  /**
   * Finds what is recognised by the character at a place.
   *
   * @return the place behind its last character, or {@link #NONE}
   */
  int end(String text, int floor, int at);

  /** Where that which was recognised at a place begins. */
  default int start(String text, int floor, int at) {
    return at;
  }

  /** The character at a place; 0, which is part of nothing, below the floor and behind the end. */
  static char charAt(String text, int floor, int at) {
    return at >= floor && at < text.length() ? text.charAt(at) : 0;
  }

  /** Whether a character goes on with a word or a number. */
  static boolean isPartOfWord(char c) {
    return c < 0x80 ? isDigit(c) || isLetter(c) || c == '_' : Character.isLetterOrDigit(c);
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** Whether a character is a letter of ASCII. */
  static boolean isLetter(char c) {
    return isCapital(c) || (c >= 'a' && c <= 'z');
  }

  static boolean isCapital(char c) {
    return c >= 'A' && c <= 'Z';
  }

  /** Whether a character may stand between groups of digits. */
  static boolean isBlank(char c) {
    return c == ' ' || c == 0xa0 || c == 0x202f;
  }
}
