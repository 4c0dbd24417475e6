package io.chorale.generate;

import java.util.function.Consumer;

/** Passes text on as it comes, but nothing that may be, or follows, the stop text. */
final class TextStream {
  private final Consumer<String> out;
  private final String stop;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /**
   * @param stop empty means never
   */
  TextStream(String stop, Consumer<String> out) {
    this.stop = stop;
    this.out = out;
  }

  /** Takes the next part of the text; nothing after the stop text. */
  void add(String text) {
    if (!stopped) {
      held.append(text);
      release();
    }
  }

  /** Whether the stop text was found: no more text will be passed on. */
  boolean stopped() {
    return stopped;
  }

  /** Passes on what was held back as a possible begin of the stop text. */
  void end() {
    pass(held.length());
  }

  private void release() {
    if (stop.isEmpty()) {
      pass(held.length());
      return;
    }
    int found = held.indexOf(stop);
    if (found >= 0) {
      pass(found);
      held.setLength(0);
      stopped = true;
      return;
    }
    int safe = Math.max(0, held.length() - stop.length() + 1);
    while (!stop.startsWith(held.substring(safe))) {
      safe++;
    }
    pass(safe);
  }

  private void pass(int length) {
    if (length > 0) {
      out.accept(held.substring(0, length));
      held.delete(0, length);
    }
  }
}
