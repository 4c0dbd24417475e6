package io.chorale.token;

/**
 * A step of a tokenizer.json's decoder: takes the tokens of a text, one after the other, and hands
 * tokens on, as soon as it knows them.
 *
 * <p>A step that makes one long token of many hands it on in parts.
 */
abstract class DecoderStep {
  private final DecoderStep next;

  DecoderStep(DecoderStep next) {
    this.next = next;
  }

  /** Takes a part of a token, and whether the token ends with it. */
  abstract void part(String part, boolean ends);

  /** Takes a token. */
  final void token(String token) {
    part(token, true);
  }

  /** No token follows. */
  void end() {
    next.end();
  }

  /** Hands a part of a token on. */
  final void hand(String part, boolean ends) {
    next.part(part, ends);
  }

  /** Hands the end of a token on, and that no token follows. */
  final void handEnd(String part) {
    next.part(part, true);
    next.end();
  }

  /** A step that needs to see a token as a whole. */
  abstract static class OfWholeTokens extends DecoderStep {
    private final StringBuilder held = new StringBuilder();
    private boolean first = true;

    OfWholeTokens(DecoderStep next) {
      super(next);
    }

    /** Takes a token, and whether it is the first one. */
    abstract void whole(String token, boolean isFirst);

    @Override
    final void part(String part, boolean ends) {
      String token = part;
      if (!ends || !held.isEmpty()) {
        held.append(part);
        token = held.toString();
      }
      if (ends) {
        held.setLength(0);
        boolean isFirst = first;
        first = false;
        whole(token, isFirst);
      }
    }
  }

  /** Where the last step hands its tokens to. */
  static final class Sink extends DecoderStep {
    private final StringBuilder text = new StringBuilder();

    Sink() {
      super(null);
    }

    @Override
    void part(String part, boolean ends) {
      text.append(part);
    }

    @Override
    void end() {
      // The text is whole.
    }

    /** The text since the last call. */
    String take() {
      String taken = text.toString();
      text.setLength(0);
      return taken;
    }
  }
}
