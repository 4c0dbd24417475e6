package io.chorale.data;

import java.util.Locale;

/**
 * The shares by which packing costs a training some of its text.
 *
 * @param cut documents that are longer than a row, and so in pieces
 * @param padding tokens of the rows that are padding. An epoch has as many rows as the text fills
 *     without padding, so as large a share of the rows is left out of each
 */
public record PackingShares(double cut, double padding) {
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.1f %% of documents cut, %.1f %% padding and as many rows left out of an epoch",
        100 * cut,
        100 * padding);
  }
}
