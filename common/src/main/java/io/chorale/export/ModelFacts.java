package io.chorale.export;

import io.chorale.config.AttentionHeads;
import io.chorale.config.AttentionSettings;
import io.chorale.config.Settings;
import io.chorale.config.TaskSettings;
import io.chorale.model.ParameterLayout;
import io.chorale.model.ParameterLayout.Entry;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The sizes of a model, and its parameters by their names.
 *
 * @param layout of its parameters
 * @param vocabulary V; 0 where it reads no tokens
 * @param end id of the token that ends a text, where there is one
 * @param part what the names of a part's parameters begin with, which are looked for without it
 */
record ModelFacts(
    Settings settings,
    ParameterLayout layout,
    long vocabulary,
    Optional<Integer> end,
    String part) {
  /** The part that reads. */
  static final String ENCODER = "encoder.";

  /** The part that writes. */
  static final String DECODER = "decoder.";

  /** Of a model whose blocks are an encoder, or no part. */
  ModelFacts(Settings settings, ParameterLayout layout, long vocabulary, Optional<Integer> end) {
    this(settings, layout, vocabulary, end, ENCODER);
  }

  /** The same, for a part. */
  ModelFacts of(String other) {
    return new ModelFacts(settings, layout, vocabulary, end, other);
  }

  AttentionSettings attention() {
    return settings.attention();
  }

  int layers() {
    return settings.model().layers();
  }

  /** C. */
  long width() {
    return settings.model().width();
  }

  /** The heads of a transformer. */
  AttentionHeads heads() {
    return settings.attention().heads(settings.model().width());
  }

  /** Most tokens, or steps of a series, that a prediction is made from. */
  int context() {
    return settings.task().kind() == TaskSettings.Kind.FORECAST
        ? settings.forecast().lookBack()
        : settings.train().context();
  }

  /** Units of the feed-forward layer of a transformer. */
  long feedForward() {
    return parameter("layers.0.mlp.down.weight").shape()[1];
  }

  boolean tied() {
    return settings.model().tiedHead();
  }

  /** The parameter of that name, as a language model has it. */
  Entry parameter(String name) {
    return find(name).orElseThrow(() -> new IllegalArgumentException("no parameter " + name));
  }

  /** The parameter of that name, where the model has one. */
  Optional<Entry> find(String name) {
    return layout.entries().stream()
        .filter(entry -> entry.name().equals(name) || entry.name().equals(part + name))
        .findFirst();
  }

  /** The matrix of the head over a vocabulary: its own or, where it is tied, the embedding's. */
  Entry headMatrix() {
    return parameter(tied() ? "embedding.weight" : "head.weight");
  }

  /** A bias, or zeros where the model has none: for models that always have one. */
  MappedArray biasOrZeros(String ours, String theirs, long length) {
    return find(ours)
        .map(found -> MappedArray.of(theirs, found))
        .orElseGet(() -> MappedArray.zeros(theirs, length));
  }

  /** The numbers of the layers. */
  List<Integer> layerNumbers() {
    return IntStream.range(0, layers()).boxed().toList();
  }
}
