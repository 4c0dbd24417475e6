package io.chorale.corpus;

import java.io.IOException;

/** A file that may well be whole, but is not read; its message says why, and what to do. */
final class RefusedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  RefusedFileException(String found) {
    super(found);
  }
}
