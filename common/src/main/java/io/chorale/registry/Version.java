package io.chorale.registry;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.io.SealedJson;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of a version, as its {@code version.json} says: written when all its files are
 * there, and never changed.
 *
 * @param model its name
 * @param created in ISO 8601
 * @param by user and machine
 * @param parent the version that it was made from; 0 where there is none
 * @param origin the run, and the round of its checkpoint
 * @param task {@code task.kind}
 * @param datasets fingerprints of the dataset, and the states of tables that it was made of
 * @param measured what was measured of the model; its {@code values} are empty where nothing was
 * @param provenance of the checkpoint
 * @param files all others of the version
 */
public record Version(
    String model,
    long number,
    String created,
    String by,
    long parent,
    Origin origin,
    String task,
    SortedMap<String, String> datasets,
    Measured measured,
    SortedMap<String, String> provenance,
    List<VersionFile> files) {
  /** The file itself. */
  static final String FILE = RunDirectory.VERSION;

  /** The model card. */
  public static final String CARD = "card.md";

  /** What a gate has found, where somebody gave it one. */
  public static final String SCORECARD = "scorecard.json";

  static final SealedJson JSON =
      new SealedJson("chorale-version", 1, "restore it from a copy, or remove the version");

  /**
   * Where the model comes from.
   *
   * @param run the directory, as it was then
   */
  public record Origin(String run, long round) {}

  /**
   * What was measured of the model while it was trained.
   *
   * @param split what of the dataset; empty where nothing was measured
   * @param goal the measure by which one model is better than another
   * @param higher whether more of it is better
   * @param values by the names of the measures
   */
  public record Measured(
      String split, String goal, boolean higher, SortedMap<String, Double> values) {
    public Measured {
      values = new TreeMap<>(values);
    }
  }

  public Version {
    datasets = new TreeMap<>(datasets);
    provenance = new TreeMap<>(provenance);
    files = List.copyOf(files);
  }

  /** The same with these files. */
  Version with(List<VersionFile> all) {
    return new Version(
        model, number, created, by, parent, origin, task, datasets, measured, provenance, all);
  }

  /** What names it for ever. */
  public ModelReference reference() {
    return new ModelReference(model, Long.toString(number));
  }

  /** The measure by which one model is better than another, where it was measured. */
  public Optional<Double> score() {
    return Optional.ofNullable(measured.values().get(measured.goal()));
  }

  /** Bytes of all files. */
  public long bytes() {
    return files.stream().mapToLong(VersionFile::bytes).sum();
  }

  /** Whether it has such a file. */
  public boolean has(String file) {
    return files.stream().anyMatch(found -> found.name().equals(file));
  }
}
