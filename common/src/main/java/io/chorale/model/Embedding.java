package io.chorale.model;

import io.chorale.config.Settings;
import io.chorale.data.Ids;
import io.chorale.data.Values;
import org.bytedeco.pytorch.Tensor;

/** A table with a vector for each id. */
public final class Embedding implements Input {
  private final Slot table; // [V, E]
  private final boolean drops;

  private Embedding(Slot table, boolean drops) {
    this.table = table;
    this.drops = drops;
  }

  /**
   * A table as wide as the backbone's input.
   *
   * @param name of the parameter, without {@code .weight}
   * @param entries V
   */
  public static Embedding of(Slots slots, String name, Settings settings, int entries) {
    Surroundings around = Surroundings.of(settings);
    Slot table = slots.add(name + ".weight", around.embedding(), entries, around.inputWidth());
    return new Embedding(table, around.inputDropped() && settings.model().dropout() > 0);
  }

  /** The table's parameter. */
  public Slot table() {
    return table;
  }

  /** What a backbone reads for a column of ids. */
  public Sequence forward(Weights w, Ids ids) {
    return forward(w, ids, Lengths.of(ids.lengths(), ids.length()));
  }

  /** As {@link #forward(Weights, Ids)}, for rows of which the lengths say more. */
  public Sequence forward(Weights w, Ids ids, Lengths lengths) {
    return forward(w, w.device().ids(ids.values()).view(lengths.batch(), ids.length()), lengths);
  }

  @Override
  public Sequence forward(Weights w, Values ids, Pass pass) {
    Sequence x = forward(w, (Ids) ids);
    return drops ? x.dropped(pass.dropout()) : x;
  }

  @Override
  public long keptByStep(long batch, long length) {
    // Where there is dropout: the vectors, its mask and their product, gradients of both, and one
    // of the table.
    long width = table.shape()[1];
    return drops ? (5 * batch * length + table.shape()[0]) * width : 0;
  }

  @Override
  public long madeByPass(long batch, long length) {
    return 0;
  }

  /** As {@link #forward(Weights, Ids)}, for ids that are a tensor: int64 [B, T]. */
  public Sequence forward(Weights w, Tensor ids, Lengths lengths) {
    return new Sequence.Embedded(ids, w.get(table), lengths);
  }
}
