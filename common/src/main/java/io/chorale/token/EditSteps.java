package io.chorale.token;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Steps of decoders that edit tokens. */
final class EditSteps {
  private EditSteps() {}

  /** All tokens as one. */
  static final class Fuse extends DecoderStep {
    Fuse(DecoderStep next) {
      super(next);
    }

    @Override
    void part(String part, boolean ends) {
      hand(part, false);
    }

    @Override
    void end() {
      handEnd("");
    }
  }

  /** Another text for one character, or for more of them, within a token. */
  static DecoderStep replace(String text, String content, DecoderStep next) {
    if (text.codePointCount(0, text.length()) == 1) {
      return new DecoderStep(next) {
        @Override
        void part(String part, boolean ends) {
          hand(part.replace(text, content), ends);
        }
      };
    }
    return new DecoderStep.OfWholeTokens(next) {
      @Override
      void whole(String token, boolean isFirst) {
        hand(token.replace(text, content), true);
      }
    };
  }

  /** Another text for each match of a regular expression within a token. */
  static DecoderStep replace(Pattern pattern, String content, DecoderStep next) {
    return new DecoderStep.OfWholeTokens(next) {
      @Override
      void whole(String token, boolean isFirst) {
        hand(pattern.matcher(token).replaceAll(Matcher.quoteReplacement(content)), true);
      }
    };
  }

  /** Without some of a character at the start and the end of each token. */
  static final class Strip extends DecoderStep {
    private final int content;
    private final long start;
    private final long stop;
    private long stripped; // at the start of this token; -1 after its first other character
    private long held; // of the character, at the end of what came of this token

    Strip(int content, long start, long stop, DecoderStep next) {
      super(next);
      this.content = content;
      this.start = start;
      this.stop = stop;
    }

    @Override
    void part(String part, boolean ends) {
      StringBuilder out = new StringBuilder(part.length());
      part.codePoints().forEach(c -> add(c, out));
      if (ends) {
        held = Math.max(0, held - stop);
        release(out);
        stripped = 0;
      }
      hand(out.toString(), ends);
    }

    private void add(int c, StringBuilder out) {
      if (c == content && stripped >= 0 && stripped < start) {
        stripped++;
      } else if (c == content && stop > 0) {
        stripped = -1;
        if (held == stop) {
          out.appendCodePoint(content);
        } else {
          held++;
        }
      } else {
        stripped = -1;
        release(out);
        out.appendCodePoint(c);
      }
    }

    private void release(StringBuilder out) {
      for (; held > 0; held--) {
        out.appendCodePoint(content);
      }
    }
  }
}
