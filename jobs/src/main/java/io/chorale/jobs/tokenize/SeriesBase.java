package io.chorale.jobs.tokenize;

import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.TimeStep;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * The series of a dataset that steps are added to.
 *
 * @param run the directory of the one that has read steps last
 * @param tail the last steps of each series
 * @param step the time between two of them
 * @param scale of their numbers
 * @param changed files that were read before, when they were others
 */
record SeriesBase(
    Path run, SeriesTail tail, TimeStep step, SeriesScale scale, Set<Integer> changed) {

  /**
   * That of a dataset.
   *
   * @param history steps before its own that a row is to have
   * @throws SettingsException where rows of the dataset have others, or it keeps no last steps
   */
  static SeriesBase of(Storage storage, Growth growth, int history) {
    Dataset dataset = growth.dataset();
    List<Path> runs = dataset.runs();
    Path run = runs.get(runs.size() - 1);
    Facts facts = dataset.schema().facts(Column.SERIES);
    if (facts.history() != history) {
      throw new SettingsException(
          "Cannot add to dataset %s: a row is to have %,d steps before its own, expected %,d as its rows have. Set data.history, or forecast.look-back and forecast.horizon, as they were, or tokenize all of the corpus with --overwrite."
              .formatted(dataset.directory(), history, facts.history()));
    }
    return new SeriesBase(
        run,
        SeriesTail.open(storage, run),
        TimeStep.parse(facts.step()),
        new SeriesScale(facts.mean(), facts.deviation()),
        growth.changed());
  }
}
