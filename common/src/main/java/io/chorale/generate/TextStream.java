package io.chorale.generate;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Passes text on as its bytes come: whole characters only, and nothing that may be, or follows, the
 * stop text.
 *
 * <p>Bytes that are not UTF-8 become U+FFFD; an incomplete character at the end is dropped.
 */
final class TextStream {
  private final Consumer<String> out;
  private final String stop;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final StringBuilder held = new StringBuilder();
  private byte[] incomplete = new byte[0];
  private boolean stopped;

  /**
   * @param stop empty means never
   */
  TextStream(String stop, Consumer<String> out) {
    this.stop = stop;
    this.out = out;
  }

  /** Takes the next bytes of the text. */
  void add(byte[] bytes) {
    ByteBuffer in = ByteBuffer.allocate(incomplete.length + bytes.length);
    in.put(incomplete).put(bytes).flip();
    CharBuffer chars = CharBuffer.allocate(in.remaining());
    decoder.reset().decode(in, chars, false);
    incomplete = new byte[in.remaining()];
    in.get(incomplete);
    held.append(chars.flip());
    release();
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
