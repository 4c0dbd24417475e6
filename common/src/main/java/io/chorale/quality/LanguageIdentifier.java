package io.chorale.quality;

/** Tells which language a text is in. May be used by many threads at once. */
public interface LanguageIdentifier {
  /**
   * What a text seems to be written in.
   *
   * @param language code of ISO 639-1 or, where that has none, of ISO 639-3; {@link
   *     Counts#UNDETERMINED} where the text is too short or like none
   * @param score how sure that is, from 0 to 1; each library means its own by it
   */
  record Guess(String language, double score) {
    /** Nothing can be said. */
    static final Guess NONE = new Guess(Counts.UNDETERMINED, 0);
  }

  /** Knows 103 languages, by a sample of the text: Apache OpenNLP's model. */
  static LanguageIdentifier standard() {
    return OpenNlpLanguage.instance();
  }

  /** Identifies the language of a text. */
  Guess identify(String text);
}
