package io.chorale.token;

import java.util.List;

/** Steps of decoders that put words together from tokens. */
final class WordSteps {
  private WordSteps() {}

  /** No decoder: a blank between two tokens. */
  static final class Join extends DecoderStep.OfWholeTokens {
    Join(DecoderStep next) {
      super(next);
    }

    @Override
    void whole(String token, boolean isFirst) {
      hand(isFirst ? token : " " + token, true);
    }
  }

  /** A blank before each token, but before those that go on with a word. */
  static final class WordPiece extends DecoderStep.OfWholeTokens {
    private final String prefix;
    private final boolean cleanUp;

    WordPiece(String prefix, boolean cleanUp, DecoderStep next) {
      super(next);
      this.prefix = prefix;
      this.cleanUp = cleanUp;
    }

    @Override
    void whole(String token, boolean isFirst) {
      String text = token;
      if (!isFirst) {
        text = token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
      }
      hand(cleanUp ? cleaned(text) : text, true);
    }
  }

  /** Blanks where words end, but at the end of the text. */
  static final class EndOfWord extends DecoderStep.OfWholeTokens {
    private final String suffix;
    private String held; // from the first suffix of the last token on

    EndOfWord(String suffix, DecoderStep next) {
      super(next);
      this.suffix = suffix;
    }

    @Override
    void whole(String token, boolean isFirst) {
      if (held != null) {
        hand(held.replace(suffix, " "), true);
      }
      int end = token.indexOf(suffix);
      if (end < 0) {
        held = null;
        hand(token, true);
      } else {
        held = token.substring(end);
        hand(token.substring(0, end), false);
      }
    }

    @Override
    void end() {
      if (held != null) {
        hand(held.replace(suffix, ""), true);
      }
      super.end();
    }
  }

  /** Blanks where a character stands for them; none at the start of the text, if one was added. */
  static final class Metaspace extends DecoderStep.OfWholeTokens {
    private final String replacement;
    private final boolean prepends;

    Metaspace(String replacement, boolean prepends, DecoderStep next) {
      super(next);
      this.replacement = replacement;
      this.prepends = prepends;
    }

    @Override
    void whole(String token, boolean isFirst) {
      hand(token.replace(replacement, isFirst && prepends ? "" : " "), true);
    }
  }

  /** Connectionist temporal classification: a token that follows itself counts once. */
  static final class Ctc extends DecoderStep.OfWholeTokens {
    private final String pad;
    private final String delimiter;
    private final boolean cleanUp;
    private String before = "";

    Ctc(String pad, String delimiter, boolean cleanUp, DecoderStep next) {
      super(next);
      this.pad = pad;
      this.delimiter = delimiter;
      this.cleanUp = cleanUp;
    }

    @Override
    void whole(String token, boolean isFirst) {
      if (!isFirst && token.equals(before)) {
        return;
      }
      before = token;
      String text = token.replace(pad, "");
      if (cleanUp) {
        text = cleaned(text).replace(delimiter, " ");
      }
      if (!text.isEmpty()) {
        hand(text, true);
      }
    }
  }

  private static final List<String[]> CLEANED =
      List.of(
          new String[] {" .", "."},
          new String[] {" ?", "?"},
          new String[] {" !", "!"},
          new String[] {" ,", ","},
          new String[] {" ' ", "'"},
          new String[] {" n't", "n't"},
          new String[] {" 'm", "'m"},
          new String[] {" do not", " don't"},
          new String[] {" 's", "'s"},
          new String[] {" 've", "'ve"},
          new String[] {" 're", "'re"});

  /** Without the blanks that English does not write. */
  private static String cleaned(String token) {
    String text = token;
    for (String[] pair : CLEANED) {
      text = text.replace(pair[0], pair[1]);
    }
    return text;
  }
}
