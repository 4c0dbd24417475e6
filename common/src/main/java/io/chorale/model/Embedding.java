package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.data.Ids;
import org.bytedeco.pytorch.Tensor;

/** A table with a vector for each id. */
public final class Embedding {
  private final Slot table; // [V, E]

  private Embedding(Slot table) {
    this.table = table;
  }

  /**
   * A table as wide as the backbone's input.
   *
   * @param name of the parameter, without {@code .weight}
   * @param entries V
   */
  public static Embedding of(Slots slots, String name, Settings settings, int entries) {
    Surroundings around = Surroundings.of(settings);
    return new Embedding(
        slots.add(name + ".weight", around.embedding(), entries, around.inputWidth()));
  }

  /** The table's parameter, for a head that shares it. */
  Slot table() {
    return table;
  }

  /** What a backbone reads for a column of ids. */
  public Sequence forward(Weights w, Ids ids) {
    Lengths lengths = Lengths.of(ids.lengths(), ids.length());
    return forward(w, w.device().ids(ids.values()).view(lengths.batch(), ids.length()), lengths);
  }

  /** As {@link #forward(Weights, Ids)}, for ids that are a tensor: int64 [B, T]. */
  public Sequence forward(Weights w, Tensor ids, Lengths lengths) {
    return new Sequence.Embedded(ids, w.get(table), lengths);
  }
}
