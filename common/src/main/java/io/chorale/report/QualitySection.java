package io.chorale.report;

import io.chorale.data.ScreeningFacts;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Draws which rules have rejected documents, their languages, and how measures are distributed. */
final class QualitySection {
  private static final double SHARES = 20;

  private final ScreeningFacts facts;

  QualitySection(ScreeningFacts facts) {
    this.facts = facts;
  }

  void draw(Html html) {
    if (!facts.rules().isEmpty()) {
      html.element("h3", "Rejected by rule");
      html.element("p", "Of several rules that reject a document the first one counts.");
      shares(html, "Rejected by rule", "rule", facts.rules());
    }
    if (!facts.languages().isEmpty()) {
      html.element("h3", "Languages");
      html.element("p", "Of all documents, those that were rejected too.");
      shares(html, "Languages", "language", facts.languages());
    }
    if (!facts.measures().isEmpty()) {
      html.open("div", "class", "charts");
      facts.measures().forEach(measure -> chart(measure).draw(html));
      html.close();
    }
  }

  /** The most frequent ones of counts. */
  static void shares(Html html, String title, String head, Map<String, Long> counts) {
    List<ShareTable.Line> lines =
        counts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .limit(ShareTable.MOST)
            .map(entry -> new ShareTable.Line(List.of(entry.getKey()), entry.getValue()))
            .toList();
    long all = counts.values().stream().mapToLong(Long::longValue).sum();
    ShareTable.draw(html, title, List.of(head, "number"), lines, all);
  }

  private static BarChart chart(ScreeningFacts.Histogram measure) {
    List<Long> documents = measure.documents();
    return new BarChart(
        measure.measure(),
        measure.share()
            ? "from this number to the next one; of the last on"
            : "from this number to below twice as many",
        "documents, before any was rejected",
        List.of("documents"),
        IntStream.range(first(documents), documents.size())
            .mapToObj(
                bin ->
                    new BarChart.Bar(
                        name(measure.share(), bin), List.of((double) documents.get(bin))))
            .toList());
  }

  private static int first(List<Long> documents) {
    int first = 0;
    while (first < documents.size() && documents.get(first) == 0) {
      first++;
    }
    return first;
  }

  private static String name(boolean share, int bin) {
    if (share) {
      return String.format(Locale.ROOT, "%.2f", bin / SHARES);
    }
    return String.format(Locale.ROOT, "%,d", bin == 0 ? 0 : 1L << (bin - 1));
  }
}
