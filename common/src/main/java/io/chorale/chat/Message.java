package io.chorale.chat;

import java.util.LinkedHashMap;
import java.util.Map;

/** A message as a template sees it, which knows its turn. */
final class Message extends LinkedHashMap<String, Object> {
  private static final long serialVersionUID = 1L;

  private final int mark;

  /**
   * @param mark of what is written for it; 0 where it is none of the assistant's
   */
  Message(Map<String, Object> values, int mark) {
    super(values);
    this.mark = mark;
  }

  int mark() {
    return mark;
  }
}
