package io.chorale.jobs.retrain;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * How what is new differs from what the model was trained on before.
 *
 * @param columns of the dataset
 * @param languages of sampled texts, by ISO 639: what share of them is in each; empty where there
 *     are no texts, or no tokenizer to read them by
 */
record Drift(List<OfColumn> columns, Map<String, Change> languages) {
  Drift {
    columns = List.copyOf(columns);
    languages = new TreeMap<>(languages);
  }

  /** A number of the old rows, and of the new ones. */
  record Change(double before, double now) {}

  /**
   * That of a column. What a column of its kind does not have is not there.
   *
   * @param divergence the Jensen-Shannon divergence of ids or classes between old rows and new
   *     ones, in bits, from 0 to 1 (Lin, "Divergence measures based on the Shannon entropy", 1991)
   * @param noise the same between two halves of the old rows: samples of one and the same differ so
   *     much
   * @param length mean steps of a row
   * @param unknown share of the tokens that are no text by themselves: they stand for what the
   *     tokenizer does not know, or are single bytes of a character
   * @param mean of the numbers
   */
  record OfColumn(
      String name, Double divergence, Double noise, Change length, Change unknown, Change mean) {

    /** The divergence that noise does not explain. */
    double shift() {
      return divergence == null ? 0 : Math.max(0, divergence - noise);
    }

    private String told() {
      StringJoiner parts = new StringJoiner(", ", name + ": ", "");
      if (divergence != null) {
        parts.add("divergence %s bits (noise %s)".formatted(number(divergence), number(noise)));
      }
      told(parts, "length", length);
      told(parts, "unknown tokens", unknown);
      told(parts, "mean", mean);
      return parts.toString();
    }

    private static void told(StringJoiner parts, String what, Change change) {
      if (change != null) {
        parts.add("%s %s (was %s)".formatted(what, number(change.now), number(change.before)));
      }
    }
  }

  /** The largest divergence of a column that noise does not explain, in bits. */
  double shift() {
    return columns.stream().mapToDouble(OfColumn::shift).max().orElse(0);
  }

  /** For people: {@code text: divergence 0.31 bits (noise 0.02), ...; languages de 0.9 (was 0)}. */
  @Override
  public String toString() {
    StringJoiner told = new StringJoiner("; ");
    columns.forEach(column -> told.add(column.told()));
    if (!languages.isEmpty()) {
      StringJoiner all = new StringJoiner(", ", "languages ", "");
      languages.forEach(
          (language, share) ->
              all.add(
                  "%s %s (was %s)".formatted(language, number(share.now), number(share.before))));
      told.add(all.toString());
    }
    return told.toString();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }
}
