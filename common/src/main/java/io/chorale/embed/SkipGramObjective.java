package io.chorale.embed;

import io.chorale.config.Settings;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Column;
import io.chorale.data.Feed;
import io.chorale.data.Schema;
import io.chorale.data.TokenStream;
import io.chorale.model.Init;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Slots;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import io.chorale.vectors.Ngrams;
import io.chorale.vectors.RowLayout;

/**
 * The objective of skip-gram: it reads blocks of a stream of tokens, and moves a row a word, a row
 * a bucket of n-grams and a row a word as output. MLlib keeps its outputs to itself.
 *
 * @param words and phrases that have vectors
 */
public record SkipGramObjective(Settings settings, long words) implements Objective {
  /**
   * The objective that the settings name. Which words are frequent enough is not known here, nor
   * how many phrases there are: word vectors are taken to have one for every entry of the
   * vocabulary and for as many phrases as there may be.
   *
   * @param holder what has that schema, for messages
   */
  public static Objective atMost(Settings settings, Schema schema, String holder) {
    return settings.task().kind() == Kind.WORD_VECTORS
        ? new SkipGramObjective(
            settings, (long) text(schema, holder).size() + settings.vectors().phrases())
        : Task.of(settings, schema, holder);
  }

  /** The column whose words get vectors, without which there is nothing to train. */
  public static Column text(Schema schema, String holder) {
    return schema.require(holder, "word vectors", Column.TEXT, Column.Kind.IDS);
  }

  private SkipGramSettings shape() {
    return SkipGramSettings.of(settings.vectors());
  }

  @Override
  public Feed feed() {
    return TokenStream.of(settings.train(), false);
  }

  /** Rows as {@link RowLayout} has them: the last elements of each may be unused. */
  @Override
  public ParameterLayout layout() {
    int stride = stride();
    Slots slots = new Slots();
    slots.add("words", Init.ZERO, words, stride);
    shape()
        .ngrams()
        .map(Ngrams::buckets)
        .ifPresent(buckets -> slots.add("ngrams", Init.ZERO, buckets, stride));
    if (!settings.vectors().byMllib()) {
      slots.add("outputs", Init.ZERO, words, stride);
    }
    return slots.layout();
  }

  /** Elements of a row. */
  public int stride() {
    return new RowLayout(words, shape().size()).stride();
  }

  @Override
  public Task.Goal goal() {
    return new Task.Goal(Task.LOSS, false);
  }

  @Override
  public String predictions() {
    return "tokens";
  }

  @Override
  public int longest() {
    return settings.train().context();
  }
}
