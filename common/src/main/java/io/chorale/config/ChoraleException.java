package io.chorale.config;

/**
 * A failure that its message explains to the user, without a stack trace: exit code 1.
 *
 * <p>Messages read: <i>Cannot VERB THING PATH: WHAT WAS FOUND, expected WHAT. WHAT TO DO.</i> A
 * message that quotes something very long is cut in its middle, so that its beginning, which names
 * the thing, and its end, which says what to do, can both be read.
 */
public class ChoraleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Characters of the beginning and of the end of a long message that are shown. */
  private static final int HEAD = 1400;

  private static final int TAIL = 600;

  /** A failure with no cause worth keeping. */
  public ChoraleException(String message) {
    super(readable(message));
  }

  /** A failure whose cause is kept for whoever looks into it. */
  public ChoraleException(String message, Throwable cause) {
    super(readable(message), cause);
  }

  /** A message of a length that people read: a long one without its middle. */
  public static String readable(String message) {
    if (message == null || message.length() <= HEAD + TAIL + 100) {
      return message;
    }
    int from = Character.isHighSurrogate(message.charAt(HEAD - 1)) ? HEAD - 1 : HEAD;
    int to = message.length() - TAIL;
    to = Character.isLowSurrogate(message.charAt(to)) ? to + 1 : to;
    return "%s… (%,d characters left out) …%s"
        .formatted(message.substring(0, from), to - from, message.substring(to));
  }
}
