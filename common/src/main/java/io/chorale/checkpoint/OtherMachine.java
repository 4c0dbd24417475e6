package io.chorale.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds where a round was computed by something else than the rounds before, or by its workers
 * unlike: libraries choose their kernels by instructions and sizes of caches, so that sums are
 * rounded otherwise on another processor.
 */
public final class OtherMachine {
  /** The facts that decide which kernels compute. */
  private static final List<String> DECIDING =
      List.of("libtorch", "openblas", "dnnl", "cpu-capability", "cpu", "device", "products");

  private OtherMachine() {}

  /**
   * A warning for the user; nothing where all is as it was.
   *
   * @param before what the last committed round was computed with; empty at the start. A fact that
   *     a past version did not write is unknown
   * @param now what each worker of this round was
   */
  public static Optional<String> warning(
      Map<String, String> before, List<Map<String, String>> now) {
    List<String> changes = new ArrayList<>();
    for (String fact : DECIDING) {
      List<String> all = now.stream().map(worker -> kind(worker.get(fact))).distinct().toList();
      String was = before.isEmpty() ? all.get(0) : kind(before.get(fact));
      if (all.size() > 1 || !Objects.equals(all.get(0), was)) {
        changes.add("%s %s, before %s".formatted(fact, String.join(" and ", all), was));
      }
    }
    return changes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Warning: this round was computed otherwise than the one before (%s). Bytes are those of a run without interruption only where all of it is computed by processors of one model."
                .formatted(String.join("; ", changes)));
  }

  /** It does not matter which GPU of a machine it is, nor which kernels the shapes needed. */
  private static String kind(String value) {
    return value == null
        ? "unknown"
        : value.replaceFirst("^gpu [0-9]+$", "gpu").replaceFirst("^onednn: .*$", "onednn");
  }
}
