package io.chorale.report;

import io.chorale.config.ChoraleException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.token.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Draws which tokens are the most frequent ones of the training split, as text. */
final class TokensSection {
  private static final int MOST_CHARACTERS = 80;

  private final Dataset dataset;
  private final TrainSample sample;

  TokensSection(Dataset dataset, TrainSample sample) {
    this.dataset = dataset;
    this.sample = sample;
  }

  void draw(Html html) {
    for (Column column : dataset.schema().columns()) {
      boolean labelled = !dataset.schema().facts(column.name()).labels().isEmpty();
      if (column.kind() == Column.Kind.IDS && !labelled && sample.rows() > 0) {
        draw(html, column);
      }
    }
  }

  private void draw(Html html, Column column) {
    long[] counts = sample.column(column.name()).counts();
    long all = LongStream.of(counts).sum();
    html.element("h3", "Most frequent tokens of " + column.name());
    html.element(
        "p",
        "Of %s: %,d of %,d entries of the vocabulary occur in it."
            .formatted(
                sample.told(), LongStream.of(counts).filter(n -> n > 0).count(), column.size()));
    Optional<Tokenizer> tokenizer = tokenizer(html, column);
    List<ShareTable.Line> lines =
        IntStream.range(0, counts.length)
            .boxed()
            .filter(id -> counts[id] > 0)
            .sorted((a, b) -> Long.compare(counts[b], counts[a]))
            .limit(ShareTable.MOST)
            .map(
                id ->
                    new ShareTable.Line(
                        List.of(
                            tokenizer.map(some -> shown(some, id)).orElse("–"),
                            Integer.toString(id)),
                        counts[id]))
            .toList();
    ShareTable.draw(
        html,
        "Most frequent tokens of " + column.name(),
        List.of("token", "id", "times"),
        lines,
        all);
  }

  /** None where it cannot be read: a page says so, and tells the rest. */
  private Optional<Tokenizer> tokenizer(Html html, Column column) {
    try {
      return dataset.tokenizer(column.name());
    } catch (ChoraleException e) {
      html.element("p", "Their texts are not known: the tokenizer cannot be read.");
      return Optional.empty();
    }
  }

  /** The text of a token, its white space as signs. */
  private static String shown(Tokenizer tokenizer, int id) {
    if (id == tokenizer.endOfText()) {
      return "(end of text)";
    }
    String text = tokenizer.has(id) ? tokenizer.decode(new int[] {id}) : "";
    return text.isEmpty()
        ? "(no text)"
        : Figures.shortened(text, MOST_CHARACTERS)
            .replace(' ', '␣')
            .replace('\n', '␊')
            .replace('\t', '␉');
  }
}
