package io.chorale.token;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Steps of decoders whose tokens stand for bytes. */
final class ByteSteps {
  private static final String REPLACEMENT = "\ufffd";

  private ByteSteps() {}

  /** The bytes of all tokens as one text; a token with any other character is text itself. */
  static final class ByteLevel extends DecoderStep.OfWholeTokens {
    private final Utf8Decoder utf8 = new Utf8Decoder();

    ByteLevel(DecoderStep next) {
      super(next);
    }

    @Override
    void whole(String token, boolean isFirst) {
      byte[] bytes =
          ByteAlphabet.reads(token)
              ? ByteAlphabet.read(token)
              : token.getBytes(StandardCharsets.UTF_8);
      hand(utf8.decode(bytes), false);
    }

    @Override
    void end() {
      handEnd(utf8.end());
    }
  }

  /** Tokens such as {@code <0xE4>} one after the other as text, or all of them as U+FFFD. */
  static final class ByteFallback extends DecoderStep.OfWholeTokens {
    private final ByteArrayOutputStream run = new ByteArrayOutputStream();

    ByteFallback(DecoderStep next) {
      super(next);
    }

    @Override
    void whole(String token, boolean isFirst) {
      int value = value(token);
      if (value >= 0) {
        run.write(value);
      } else {
        handRun();
        hand(token, true);
      }
    }

    @Override
    void end() {
      handRun();
      super.end();
    }

    private void handRun() {
      if (run.size() == 0) {
        return;
      }
      try {
        ByteBuffer bytes = ByteBuffer.wrap(run.toByteArray());
        hand(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString(), true);
      } catch (CharacterCodingException e) {
        for (int i = 0; i < run.size(); i++) {
          hand(REPLACEMENT, true);
        }
      }
      run.reset();
    }

    /** The byte that a token stands for; -1 for none. */
    private static int value(String token) {
      if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
        return -1;
      }
      int high = token.charAt(3) == '+' ? 0 : digit(token.charAt(3));
      int low = digit(token.charAt(4));
      return high < 0 || low < 0 ? -1 : 16 * high + low;
    }

    private static int digit(char c) {
      return c < 0x80 ? Character.digit(c, 16) : -1;
    }
  }
}
