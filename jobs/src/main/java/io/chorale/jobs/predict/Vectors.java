package io.chorale.jobs.predict;

import io.chorale.config.EmbedSettings;
import io.chorale.config.EmbedSettings.Mapping;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.task.Output;
import io.chorale.task.RowModel;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * The vectors that a task's model has of rows: the command {@code embed}.
 *
 * @param map of the vectors, as far as it has been learnt
 */
record Vectors(VectorMap map) implements RowsUse {
  private static final Words WORDS = new Words("embed", "vectors", "Embedding");

  @Override
  public Words words() {
    return WORDS;
  }

  @Override
  public RowSettings told(Settings settings) {
    return settings.embed();
  }

  @Override
  public Set<String> unread() {
    return Set.of("predict", "generate");
  }

  @Override
  public RowModel model(Settings settings, Task task, Optional<Tokenizer> written) {
    RowModel vectors = task.vectors().orElseThrow(() -> noRows(settings));
    check(settings, vectors);
    return map.none() ? vectors : new MappedVectors(vectors, map);
  }

  private static SettingsException noRows(Settings settings) {
    return new SettingsException(
        "Cannot embed rows with run %s: its task.kind is %s, whose model reads no rows, expected language-model, masked-language-model, classification, regression, tagging or translation. Choose another run.path."
            .formatted(settings.run().path(), SettingsFile.value(settings, "task.kind")));
  }

  private static void check(Settings settings, RowModel vectors) {
    EmbedSettings embed = settings.embed();
    int width = ((Output.Vector) vectors.outputs().get(0).type()).size();
    boolean removes = embed.map() == Mapping.REMOVE;
    int set = removes ? embed.directions() : embed.size();
    int most = removes ? width - 1 : width;
    if (embed.map() != Mapping.NONE && set > most) {
      throw new SettingsException(
          "Cannot embed rows with run %s: embed.%s is %d, expected at most %d, since its vectors have %d numbers. Lower it."
              .formatted(settings.run().path(), removes ? "directions" : "size", set, most, width));
    }
  }

  @Override
  public RowsUse learnt(
      Settings settings, OutputDirectory output, IntFunction<List<float[]>> sample) {
    EmbedSettings embed = settings.embed();
    return embed.map() == Mapping.NONE
        ? this
        : new Vectors(output.map(() -> MapFit.of(embed, sample.apply(embed.sampleRows()))));
  }

  /** The vector is called as the settings say. */
  @Override
  public OutputColumns columns(Settings settings, RowModel model) {
    String name = settings.embed().column();
    List<Output> named =
        model.outputs().stream().map(output -> new Output(name, output.type())).toList();
    return new OutputColumns(named, "", name + "_reason", WORDS, "column");
  }
}
