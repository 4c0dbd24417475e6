package io.chorale.quality;

/** Tells from counts whether a document goes. */
public sealed interface Rule permits Threshold, OtherLanguage {
  /** Whether the document goes. */
  boolean rejects(Counts counts);

  /** The rule with what it was judged by: {@code words < 50 (31)}. */
  String told(Counts counts);
}
