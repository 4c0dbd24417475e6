package io.chorale.jobs.predict;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.task.RowModel;
import io.chorale.task.Task;
import io.chorale.task.WordMeans;
import java.io.Serializable;
import java.util.Set;

/** What vectors of rows are made with, on any machine. */
sealed interface VectorModel extends Serializable {
  /** The model that makes them. */
  RowModel of(Settings settings, Schema schema);

  /** Sections of the settings that decide nothing about them. */
  Set<String> unread();

  /** What it is, for messages: {@code run runs/sst2}. */
  String name(Settings settings);

  /** The states of a task's model. */
  record States() implements VectorModel {
    @Override
    public RowModel of(Settings settings, Schema schema) {
      return Task.of(settings, schema, name(settings))
          .vectors()
          .orElseThrow(
              () ->
                  new SettingsException(
                      "Cannot embed rows with %s: its task.kind is %s, whose model reads no rows, expected language-model, masked-language-model, contrastive, classification, regression, tagging or translation. Choose another run.path."
                          .formatted(name(settings), SettingsFile.value(settings, "task.kind"))));
    }

    @Override
    public Set<String> unread() {
      return Set.of();
    }

    @Override
    public String name(Settings settings) {
      return "run " + settings.run().path();
    }
  }

  /**
   * The vectors of words.
   *
   * @param buckets of n-grams
   * @param size numbers of a vector
   */
  record WordsOf(int words, int buckets, int size) implements VectorModel {
    @Override
    public RowModel of(Settings settings, Schema schema) {
      return new WordMeans(words, buckets, size);
    }

    /** All that makes and trains a model. */
    @Override
    public Set<String> unread() {
      return Settings.SHAPING;
    }

    @Override
    public String name(Settings settings) {
      return "word vectors " + settings.embed().from();
    }
  }
}
