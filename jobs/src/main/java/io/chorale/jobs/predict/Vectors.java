package io.chorale.jobs.predict;

import io.chorale.config.EmbedSettings;
import io.chorale.config.EmbedSettings.Mapping;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Schema;
import io.chorale.task.Output;
import io.chorale.task.RowModel;
import io.chorale.token.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;

/**
 * Vectors of rows: the command {@code embed}.
 *
 * @param made what they are made with
 * @param map of the vectors, as far as it has been learnt
 */
record Vectors(VectorModel made, VectorMap map) implements RowsUse {
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
    Set<String> unread = new TreeSet<>(made.unread());
    unread.addAll(Set.of("predict", "generate"));
    return unread;
  }

  @Override
  public RowModel model(Settings settings, Schema schema, Optional<Tokenizer> written) {
    RowModel vectors = made.of(settings, schema);
    check(settings, vectors);
    return map.none() ? vectors : new MappedVectors(vectors, map);
  }

  private void check(Settings settings, RowModel vectors) {
    EmbedSettings embed = settings.embed();
    int width = ((Output.Vector) vectors.outputs().get(0).type()).size();
    boolean removes = embed.map() == Mapping.REMOVE;
    int set = removes ? embed.directions() : embed.size();
    int most = removes ? width - 1 : width;
    if (embed.map() != Mapping.NONE && set > most) {
      throw new SettingsException(
          "Cannot embed rows with %s: embed.%s is %d, expected at most %d, since its vectors have %d numbers. Lower it."
              .formatted(made.name(settings), removes ? "directions" : "size", set, most, width));
    }
  }

  @Override
  public RowsUse learnt(
      Settings settings, OutputDirectory output, IntFunction<List<float[]>> sample) {
    EmbedSettings embed = settings.embed();
    return embed.map() == Mapping.NONE
        ? this
        : new Vectors(made, output.map(() -> MapFit.of(embed, sample.apply(embed.sampleRows()))));
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
