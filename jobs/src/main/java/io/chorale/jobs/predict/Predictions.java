package io.chorale.jobs.predict;

import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.data.Schema;
import io.chorale.task.RowModel;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.StructType;

/** What a task predicts for rows: the command {@code predict}. */
record Predictions() implements RowsUse {
  private static final Words WORDS = new Words("predict", "predictions", "Predicting");

  @Override
  public Words words() {
    return WORDS;
  }

  @Override
  public RowSettings told(Settings settings) {
    return settings.predict();
  }

  @Override
  public Set<String> unread() {
    return Set.of("embed");
  }

  @Override
  public Optional<String> writes(Settings settings, Schema schema) {
    return task(settings, schema).writes();
  }

  @Override
  public RowModel model(Settings settings, Schema schema, Optional<Tokenizer> written) {
    Task task = task(settings, schema);
    return written.map(task::writing).orElse(task);
  }

  private static Task task(Settings settings, Schema schema) {
    return Task.of(settings, schema, "run " + settings.run().path());
  }

  @Override
  public OutputColumns columns(Settings settings, RowModel model) {
    String prefix = settings.predict().prefix();
    return new OutputColumns(model.outputs(), prefix, prefix + "reason", WORDS, "prefix");
  }

  @Override
  public Optional<MidiColumn> midi(
      Settings settings, RowModel model, OutputColumns columns, StructType written) {
    // The column that texts go on from.
    Optional<String> prompt =
        Optional.of(settings.corpus().textField()).filter(any -> model.continuesText());
    return settings.predict().midi()
        ? Optional.of(new MidiColumn(columns, written, prompt))
        : Optional.empty();
  }
}
