package io.chorale.jobs.tokenize;

import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.privacy.Masked;
import io.chorale.privacy.Privacy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Masks personal data in the texts of documents, and counts it by kind. Of a list of words each is
 * masked by itself, so that they stay as many.
 */
final class Masks {
  private static final List<String> TEXTS = List.of(Document.TEXT, Document.TARGET);

  private final Privacy privacy;
  private final Map<String, Long> counts = new TreeMap<>();

  Masks(Privacy privacy) {
    this.privacy = privacy;
  }

  /** The document with masks; itself where there is nothing to mask. */
  Document mask(Document document) {
    Document masked = document;
    for (String column : TEXTS) {
      if (document.fields().get(column) instanceof Field.Text text) {
        Masked found = privacy.mask(text.value());
        if (!found.counts().isEmpty()) {
          count(found);
          masked = masked.with(column, new Field.Text(found.text()));
        }
      } else if (document.fields().get(column) instanceof Field.Messages messages) {
        masked = masked.with(column, masked(messages));
      } else if (document.fields().get(column) instanceof Field.Words words) {
        List<String> values = new ArrayList<>();
        for (String word : words.values()) {
          Masked found = privacy.mask(word);
          count(found);
          values.add(found.text());
        }
        masked =
            values.equals(words.values()) ? masked : masked.with(column, new Field.Words(values));
      }
    }
    return masked;
  }

  /** Of messages each text is masked by itself. */
  private Field masked(Field.Messages messages) {
    return new Field.Messages(
        messages
            .conversation()
            .mapped(
                text -> {
                  Masked found = privacy.mask(text);
                  count(found);
                  return found.text();
                }));
  }

  private void count(Masked found) {
    found.counts().forEach((kind, times) -> counts.merge(kind.key(), (long) times, Long::sum));
  }

  /** How often something of each kind was masked so far. */
  Map<String, Long> counts() {
    return counts;
  }
}
