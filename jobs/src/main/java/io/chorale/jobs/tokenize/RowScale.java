package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Scales the real numbers of rows by the mean and deviation of the training split, channel by
 * channel: of series, vectors and real labels.
 *
 * @param facts of the columns that have numbers
 */
record RowScale(Map<String, Facts> facts) implements Serializable {
  RowScale {
    facts = new LinkedHashMap<>(facts);
  }

  /**
   * Learns the scale in a pass over the documents, where any column has numbers. Within a row sums
   * are in double precision, over all rows exact: so they do not depend on how the work was cut.
   */
  static RowScale of(EncodedCorpus corpus, Schema schema, SentSettings settings) {
    Map<String, Integer> channels = new LinkedHashMap<>();
    for (Column column : schema.columns()) {
      if (!column.whole()) {
        channels.put(column.name(), Math.max(1, column.size()));
      }
    }
    if (channels.isEmpty()) {
      return new RowScale(Map.of());
    }
    Map<String, Sums> sums =
        corpus
            .documents()
            .mapPartitions(
                part -> {
                  List<DataSettings> shares = DealByHash.shares(settings);
                  LinkedHashMap<String, Sums> all = zeros(channels);
                  while (part.hasNext()) {
                    EncodedDocument document = part.next();
                    if (document.splitByHash(shares) == DatasetSplit.TRAIN) {
                      Row row = document.row();
                      all.forEach((name, of) -> of.add((Numbers) row.cell(name)));
                    }
                  }
                  return List.of(all).iterator();
                })
            .treeReduce(
                (all, others) -> {
                  all.forEach((name, of) -> of.merge(others.get(name)));
                  return all;
                });
    Map<String, Facts> facts = new LinkedHashMap<>();
    sums.forEach((name, of) -> of.facts().ifPresent(scale -> facts.put(name, scale)));
    return new RowScale(facts);
  }

  /** That of a dataset that is added to. */
  static RowScale of(Schema schema) {
    Map<String, Facts> scales = new LinkedHashMap<>(schema.facts());
    scales.values().removeIf(facts -> facts.mean().isEmpty());
    return new RowScale(scales);
  }

  private static LinkedHashMap<String, Sums> zeros(Map<String, Integer> channels) {
    LinkedHashMap<String, Sums> zeros = new LinkedHashMap<>();
    channels.forEach((name, count) -> zeros.put(name, new Sums(count)));
    return zeros;
  }

  /** The schema with the scales. */
  Schema schema(Schema schema) {
    Map<String, Facts> all = new HashMap<>(schema.facts());
    all.putAll(facts);
    return new Schema(schema.columns(), all);
  }

  /** The row with its numbers scaled. */
  Row apply(Row row) {
    if (facts.isEmpty()) {
      return row;
    }
    Map<String, Values> cells = new HashMap<>(row.cells());
    facts.forEach(
        (name, scale) -> cells.computeIfPresent(name, (column, cell) -> scale.scaled(cell)));
    return new Row(cells);
  }

  /** Sums of numbers and of their squares, by channel. */
  private static final class Sums implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ExactSums sums;
    private final ExactSums squares;

    Sums(int channels) {
      sums = new ExactSums(channels);
      squares = new ExactSums(channels);
    }

    void add(Numbers cell) {
      int channels = sums.channels();
      double[] sum = new double[channels];
      double[] square = new double[channels];
      for (int i = 0; i < cell.values().length; i++) {
        double value = cell.values()[i];
        sum[i % channels] += value;
        square[i % channels] += value * value;
      }
      sums.add(sum, cell.length());
      squares.add(square, cell.length());
    }

    void merge(Sums other) {
      sums.merge(other.sums);
      squares.merge(other.squares);
    }

    /** Mean and deviation; the deviation of a channel that never changes is 1. */
    Optional<Facts> facts() {
      if (sums.count() == 0) {
        return Optional.empty();
      }
      List<Double> deviations = new ArrayList<>();
      for (int channel = 0; channel < sums.channels(); channel++) {
        BigDecimal mean = sums.mean(channel);
        // Nothing of a small variance is lost.
        double variance = squares.mean(channel).subtract(mean.multiply(mean)).doubleValue();
        // Squares were rounded within a row: less than that is no change.
        double least = 1e-13 * mean.doubleValue() * mean.doubleValue();
        deviations.add(variance > least ? Math.sqrt(variance) : 1.0);
      }
      return Optional.of(Facts.scale(sums.means(), deviations));
    }
  }
}
