package io.chorale.config;

/**
 * A failure that its message explains to the user, without a stack trace: exit code 1.
 *
 * <p>Messages read: <i>Cannot VERB THING PATH: WHAT WAS FOUND, expected WHAT. WHAT TO DO.</i>
 */
public class ChoraleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure with no cause worth keeping. */
  public ChoraleException(String message) {
    super(message);
  }

  /** A failure whose cause is kept for whoever looks into it. */
  public ChoraleException(String message, Throwable cause) {
    super(message, cause);
  }
}
