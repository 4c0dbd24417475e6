package io.chorale.generate;

import io.chorale.config.GenerateSettings;
import io.chorale.data.Values;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the text for a source, such as a translation, with a beam search. Not for more than one
 * thread at a time.
 */
public final class Translator implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final SourceModel model;
  private final BeamSearch search;

  /**
   * A text that was written.
   *
   * @param score the logarithm of its probability, divided by the penalty of its length
   * @param tokens its length, the end included where it was reached
   */
  public record Translation(String text, double score, int tokens) {}

  /**
   * A translator.
   *
   * @param model closed with this
   * @param settings how many texts are followed, and the most tokens
   */
  public Translator(Tokenizer tokenizer, SourceModel model, GenerateSettings settings) {
    this.tokenizer = tokenizer;
    this.model = model;
    this.search = new BeamSearch(settings, model.context(), tokenizer.endOfText(), tokenizer::has);
  }

  /**
   * The text for a source; for a text that is too long, that of its begin.
   *
   * @param source a cell; of ids the end-of-text id last
   */
  public Translation translate(Values source) {
    return translateAll(List.of(source)).get(0);
  }

  /**
   * The text for each of some sources.
   *
   * @param sources a cell of each; of ids the end-of-text id last
   */
  public List<Translation> translateAll(List<Values> sources) {
    List<Translation> translations = new ArrayList<>();
    for (BeamSearch.Found found : search.search(model, sources)) {
      int tokens = found.ids().length + (found.ended() ? 1 : 0);
      translations.add(new Translation(tokenizer.decode(found.ids()), found.score(), tokens));
    }
    return translations;
  }

  @Override
  public void close() {
    model.close();
  }
}
