package io.chorale.jobs.retrain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * What a gate has found of a candidate, kept beside it in the registry as {@code scorecard.json}.
 *
 * @param measure the name of the task's measure
 * @param higher whether more of it is better
 * @param split of the dataset that was measured on
 * @param current the version in production; 0 where there was none
 * @param slices of the held-out rows, {@link #ALL} first
 * @param promotes whether the candidate may come into use
 * @param worse whether it is worse than the model in production, on some slice or on all
 * @param reasons for that, a sentence each
 * @param drift of what it was trained on; not there where nothing was old
 * @param answers to the first rows of a {@link Probe}, shortened: for a person to look at
 */
record Scorecard(
    String measure,
    boolean higher,
    String split,
    long current,
    List<Slice> slices,
    boolean promotes,
    boolean worse,
    List<String> reasons,
    Drift drift,
    List<String> answers) {
  /** All held-out rows of the dataset. */
  static final String ALL = "all";

  /** Those that the dataset had before anything was added. */
  static final String FIXED = "fixed";

  /** Those that are new in this cycle. */
  static final String NEW = "new";

  private static final int SHOWN = 4;
  private static final int LIMIT = 1 << 26;

  private static final SealedJson JSON =
      new SealedJson("chorale-scorecard", 1, "restore it from a copy of the registry");

  Scorecard {
    slices = List.copyOf(slices);
    reasons = List.copyOf(reasons);
    answers = answers.stream().limit(SHOWN).map(ProbeJudge::shown).toList();
  }

  /**
   * Held-out rows.
   *
   * @param batches of them, which the bootstrap draws
   * @param current the measure of the model in production; not there where there is none
   * @param candidate the measure of the other one
   * @param better by how much the candidate is better; below 0 where it is worse
   * @param low the least of that which the noise leaves, at 95 %
   * @param high the most
   */
  record Slice(
      String name,
      int batches,
      Double current,
      double candidate,
      Double better,
      Double low,
      Double high) {}

  /** The same with what else is known. */
  Scorecard with(Optional<Drift> found, List<String> given) {
    return new Scorecard(
        measure,
        higher,
        split,
        current,
        slices,
        promotes,
        worse,
        reasons,
        found.orElse(null),
        given);
  }

  /** The candidate's measure of the fixed slice, where it has any rows. */
  Optional<Double> fixed() {
    return slices.stream()
        .filter(slice -> slice.name().equals(FIXED))
        .map(Slice::candidate)
        .findFirst();
  }

  /** The reasons that a file gives; what else it has may not be there. */
  static List<String> reasons(Storage storage, Path file) {
    ObjectNode found = JSON.read(storage.readFully(file, LIMIT), file.toString(), ObjectNode.class);
    List<String> reasons = new ArrayList<>();
    found.path("reasons").forEach(reason -> reasons.add(reason.asText()));
    return reasons;
  }

  byte[] toBytes() {
    return JSON.write(this);
  }
}
