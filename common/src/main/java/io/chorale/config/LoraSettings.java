package io.chorale.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The settings of low-rank adapters; {@code reference.yaml} explains each key. */
public record LoraSettings(
    int rank, double alpha, double dropout, List<Target> targets, Factors factors, String from) {

  /** The linear layers of a block that may have an adapter. */
  public enum Target {
    /** Queries, keys and values with one matrix A. */
    QKV,
    QUERY,
    KEY,
    VALUE,
    OUTPUT,
    /** The gate of a gated feed-forward layer. */
    GATE,
    UP,
    DOWN;

    /** The name as settings write it. */
    public String key() {
      return Binding.name(this);
    }
  }

  /** Which of the two matrices are trained. */
  public enum Factors {
    BOTH,
    B
  }

  private static final int HIGHEST = 1 << 14;

  public LoraSettings {
    Check.between("lora.rank", rank, 0, HIGHEST);
    Check.positive("lora.alpha", alpha);
    Check.share("lora.dropout", dropout);
    targets = List.copyOf(targets);
    Set<Target> different = Set.copyOf(targets);
    Check.that(
        different.size() == targets.size(), "lora.targets", "different from each other", targets);
    for (Target part : EnumSet.of(Target.QUERY, Target.KEY, Target.VALUE)) {
      Check.that(
          !different.contains(Target.QKV) || !different.contains(part),
          "lora.targets",
          "qkv, or query, key and value, which are parts of it",
          keys(targets));
    }
  }

  /** Whether adapters are trained, and not the model itself. */
  public boolean given() {
    return rank > 0;
  }

  /** The factor of the product of both matrices: alpha by the rank. */
  public double scale() {
    return alpha / rank;
  }

  /**
   * The layers that have an adapter: all of a block where none is named.
   *
   * @param gated whether feed-forward layers are
   */
  public List<Target> targets(boolean gated) {
    if (!targets.isEmpty()) {
      return targets;
    }
    EnumSet<Target> all = EnumSet.range(Target.QUERY, Target.DOWN);
    if (!gated) {
      all.remove(Target.GATE);
    }
    return List.copyOf(all);
  }

  /**
   * To be called before a training.
   *
   * @param gated whether feed-forward layers are
   * @throws SettingsException where there is no model that adapters could change, or not all of its
   *     targets
   */
  public void check(TrainSettings train, ModelSettings model, boolean gated) {
    Check.that(
        !given() || !train.from().isEmpty() || !model.from().isEmpty(),
        "lora.rank",
        "0 where neither model.from nor train.from is set, since adapters change a model that has"
            + " learned",
        rank);
    Check.that(
        gated || !targets.contains(Target.GATE),
        "lora.targets",
        "without gate where attention.activation is not swiglu",
        keys(targets));
  }

  private static List<String> keys(List<Target> targets) {
    return targets.stream().map(Target::key).toList();
  }
}
