package io.chorale.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.AttentionSettings.Positions;
import java.util.List;

/**
 * A transformer of Hugging Face's library that computes what one of ours does: the names and shapes
 * of its arrays, and its settings.
 */
interface HubLayout {
  /**
   * The layout of a model that the library has.
   *
   * @param source the type of the published model that it began from; empty for none
   */
  static HubLayout of(ModelFacts facts, String source) {
    if (facts.attention().positions() == Positions.LEARNED) {
      return new Gpt2Layout(facts);
    }
    return facts.attention().activation().gated()
        ? LlamaLayout.of(facts, source)
        : new NeoxLayout(facts);
  }

  /** The library's name of the architecture: {@code llama}. */
  String modelType();

  /** The beginning of the names of its classes: {@code Llama}. */
  String className();

  /** The arrays without the head, under the names that they have in a model with one. */
  List<MappedArray> arrays();

  /** The name of the head's matrix over a vocabulary. */
  String head();

  /** The settings that are its own. */
  void configure(ObjectNode config);
}
