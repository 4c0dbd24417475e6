package io.chorale.jobs.predict;

import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Schema;
import io.chorale.task.RowModel;
import io.chorale.token.Tokenizer;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.spark.sql.types.StructType;

/** What a command makes of the rows of files, by which settings, and how messages call it. */
interface RowsUse extends Serializable {
  Words words();

  /** The command's own settings. */
  RowSettings told(Settings settings);

  /** Sections of the settings that decide nothing about what this command makes. */
  Set<String> unread();

  /** The column of the texts that are written for rows, where any are. */
  default Optional<String> writes(Settings settings, Schema schema) {
    return Optional.empty();
  }

  /**
   * The model through which rows go.
   *
   * @param schema of what it was trained on
   * @param written the tokenizer of the column {@link #writes}; none where nothing is to be written
   *     yet
   * @throws SettingsException where there is no such model
   */
  RowModel model(Settings settings, Schema schema, Optional<Tokenizer> written);

  /**
   * The same use with what is learnt of rows before any is written: nothing, but where a use has
   * something to learn.
   *
   * @param output where that is kept, to be found by runs that go on
   * @param sample makes the vectors of so many rows of the input, in their order
   */
  default RowsUse learnt(
      Settings settings, OutputDirectory output, IntFunction<List<float[]>> sample) {
    return this;
  }

  /** The columns of what the model makes. */
  OutputColumns columns(Settings settings, RowModel model);

  /**
   * A column that is made of the others, where one is asked for.
   *
   * @param columns of what the model makes
   * @param written those of input and output
   */
  default Optional<MidiColumn> midi(
      Settings settings, RowModel model, OutputColumns columns, StructType written) {
    return Optional.empty();
  }
}
