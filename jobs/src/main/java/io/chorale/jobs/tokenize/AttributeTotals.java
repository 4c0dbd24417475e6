package io.chorale.jobs.tokenize;

import io.chorale.config.QualitySettings;
import io.chorale.data.ScreeningFacts;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.quality.Distribution;
import io.chorale.quality.Rules;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Sums up what was measured of all documents: their languages, and how measures are distributed.
 */
final class AttributeTotals implements Serializable {
  private static final long serialVersionUID = 1L;

  private final TreeMap<String, Long> languages = new TreeMap<>();
  private final List<Distribution> measures;
  private final boolean named;

  private AttributeTotals(QualitySettings settings) {
    Rules rules = Rules.of(settings);
    measures = rules.measures().stream().map(Distribution::new).toList();
    named = rules.askLanguage();
  }

  /**
   * Those of a corpus, read from its attributes alone.
   *
   * @param parts how many it has
   */
  static AttributeTotals of(
      JavaSparkContext context, SentSettings settings, MeasuredDocuments measured, int parts) {
    List<Integer> numbers = IntStream.range(0, parts).boxed().toList();
    return context
        .parallelize(numbers, Math.min(parts, 2 * context.defaultParallelism()))
        .map(
            part -> {
              AttributeTotals totals = new AttributeTotals(settings.get().quality());
              totals.addAll(measured.attributes(part));
              return totals;
            })
        .reduce(AttributeTotals::and);
  }

  private void addAll(Iterator<Attributes> documents) {
    while (documents.hasNext()) {
      Attributes document = documents.next();
      measures.forEach(measure -> measure.add(document.counts()));
      if (named) {
        languages.merge(document.counts().language(), 1L, Long::sum);
      }
    }
  }

  private AttributeTotals and(AttributeTotals other) {
    for (int i = 0; i < measures.size(); i++) {
      measures.get(i).addAll(other.measures.get(i));
    }
    other.languages.forEach((language, count) -> languages.merge(language, count, Long::sum));
    return this;
  }

  /** By their codes; nothing where they were not asked for. */
  TreeMap<String, Long> languages() {
    return languages;
  }

  /** The number of words, then what rules judge by. */
  List<ScreeningFacts.Histogram> measures() {
    return measures.stream()
        .map(
            one ->
                new ScreeningFacts.Histogram(
                    one.measure().key(), one.measure().isShare(), one.bins()))
        .toList();
  }
}
