package io.chorale.jobs.tokenize;

import io.chorale.config.SettingsException;
import io.chorale.data.Additions;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Schema;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A dataset that a run adds to.
 *
 * @param dataset as it is
 * @param changed files that were read before, when they were others: by their places in the order
 *     of what is read now
 */
record Growth(Dataset dataset, Set<Integer> changed) {
  Growth {
    changed = new TreeSet<>(changed);
  }

  /** The number of the addition, from 1. */
  int number() {
    return dataset.manifest().additions().size() + 1;
  }

  /** The path of its record in the dataset. */
  String record() {
    return Additions.manifest(number());
  }

  /** What it is told by. */
  String told() {
    return "%s\n%s\n".formatted(dataset.fingerprint(), changed);
  }

  /**
   * Refuses rows that are no rows of the dataset.
   *
   * @param schema of what is to be added
   */
  void check(Schema schema) {
    List<Column> found = schema.columns();
    List<Column> expected = dataset.schema().columns();
    if (!found.equals(expected)) {
      throw new SettingsException(
          "Cannot add to dataset %s: the settings make the columns %s, expected %s as it has. Set the fields of corpus as they were, or tokenize all of the corpus with --overwrite."
              .formatted(dataset.directory(), found, expected));
    }
  }
}
