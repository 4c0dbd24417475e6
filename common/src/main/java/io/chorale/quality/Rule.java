package io.chorale.quality;

import io.chorale.corpus.Rejection;

/** Tells from counts whether a document goes. */
public sealed interface Rule permits Threshold, OtherLanguage {
  /** Whether the document goes. */
  boolean rejects(Counts counts);

  /** What documents are rejected for that it rejects. */
  Rejection.Reason reason();

  /** The rule with what it was judged by: {@code words < 50 (31)}. */
  String told(Counts counts);
}
