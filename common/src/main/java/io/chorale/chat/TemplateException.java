package io.chorale.chat;

/** Why a template cannot be read, or makes no text of some messages; in words. */
final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A template may say whatever it wants, with all of a message in it. */
  private static final int MOST_TOLD = 300;

  TemplateException(String found) {
    super(found.length() > MOST_TOLD ? found.substring(0, MOST_TOLD) + " ..." : found);
  }
}
