package io.chorale.chat;

/** Why a template cannot be read, or makes no text of some messages; in words. */
final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TemplateException(String found) {
    super(found);
  }
}
