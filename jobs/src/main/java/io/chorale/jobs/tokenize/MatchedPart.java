package io.chorale.jobs.tokenize;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * The n-grams of held-out texts in the training documents of a part.
 *
 * @param texts its training documents
 * @param every one of how many n-grams was looked for
 * @param documents the CRC32C of each table of {@link #DOCUMENTS}: a row for each document in which
 *     an n-gram is found
 * @param grams likewise of {@link #GRAMS}: a row for each n-gram that is found, in their order
 */
record MatchedPart(HeldOutPart.Texts texts, long every, List<String> documents, List<String> grams)
    implements Serializable {
  /** The document, by its place among those of the part. */
  static final String ORDINAL = "ordinal";

  /** How many n-grams of the document were looked for before. */
  static final String TURN = "turn";

  /** The number of its first word. */
  static final String PLACE = "place";

  static final String GRAM = "gram";

  /** Words of the document. */
  static final String WORDS = "words";

  static final List<String> DOCUMENTS = List.of(ORDINAL, WORDS);
  static final List<String> GRAMS = List.of(ORDINAL, TURN, PLACE, GRAM);

  MatchedPart {
    documents = List.copyOf(documents);
    grams = List.copyOf(grams);
  }

  /** What follows the name of the part in that of a table of documents. */
  static String documents(int number) {
    return String.format(Locale.ROOT, "-%03d-documents.safetensors", number);
  }

  /** What follows the name of the part in that of a table of n-grams. */
  static String grams(int number) {
    return String.format(Locale.ROOT, "-%03d-grams.safetensors", number);
  }
}
