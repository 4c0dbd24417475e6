package io.chorale.token;

/**
 * Decodes UTF-8 that comes in parts. Each longest beginning of a character that does not go on
 * becomes one U+FFFD, as Unicode recommends (and Java does but for encoded surrogates).
 */
final class Utf8Decoder {
  private static final char REPLACEMENT = '\ufffd';

  private int point; // of the character that has begun
  private int missing; // its bytes still to come
  private int least = 0x80; // what the next of them may be
  private int most = 0xbf;

  /** The characters that end in these bytes. */
  String decode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      add(b & 0xff, text);
    }
    return text.toString();
  }

  /** What a text that ends in the middle of a character ends with. */
  String end() {
    boolean cut = missing > 0;
    missing = 0;
    return cut ? String.valueOf(REPLACEMENT) : "";
  }

  private void add(int b, StringBuilder text) {
    if (missing > 0) {
      if (b >= least && b <= most) {
        least = 0x80;
        most = 0xbf;
        point = point << 6 | (b & 0x3f);
        if (--missing == 0) {
          text.appendCodePoint(point);
        }
        return;
      }
      missing = 0;
      text.append(REPLACEMENT);
    }
    begin(b, text);
  }

  private void begin(int b, StringBuilder text) {
    least = 0x80;
    most = 0xbf;
    if (b < 0x80) {
      text.append((char) b);
    } else if (b >= 0xc2 && b < 0xe0) {
      missing = 1;
      point = b & 0x1f;
    } else if (b >= 0xe0 && b < 0xf0) {
      missing = 2;
      point = b & 0xf;
      least = b == 0xe0 ? 0xa0 : 0x80; // no longer form than needed
      most = b == 0xed ? 0x9f : 0xbf; // no surrogate
    } else if (b >= 0xf0 && b < 0xf5) {
      missing = 3;
      point = b & 0x7;
      least = b == 0xf0 ? 0x90 : 0x80;
      most = b == 0xf4 ? 0x8f : 0xbf; // nothing above U+10FFFF
    } else {
      text.append(REPLACEMENT);
    }
  }
}
