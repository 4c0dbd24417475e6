package io.chorale.checkpoint;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The checkpoints of a run: {@code checkpoints/round-00000012/} with {@code model.safetensors}, the
 * outer optimizer's state, one file of state for each worker, and {@code manifest.json}.
 *
 * <p>Each file appears by one rename, the manifest last; a directory without a manifest is what a
 * round left that did not end, and counts for nothing.
 */
public final class CheckpointStore {
  /** The shared parameters. */
  public static final String MODEL = "model.safetensors";

  /** The outer optimizer's state. */
  public static final String OUTER = "outer.safetensors";

  private static final String MANIFEST = "manifest.json";
  private static final int MANIFEST_LIMIT = 1 << 26;
  private static final Pattern NAME = Pattern.compile("round-([0-9]{8,18})");
  private static final String ADVICE =
      "restore it, or delete its directory to go on from the round before";
  private static final SealedJson JSON = new SealedJson("chorale-checkpoint", 1, ADVICE);

  private final Storage storage;
  private final Path directory;

  /**
   * @param run the run's directory
   */
  public CheckpointStore(Storage storage, Path run) {
    this.storage = storage;
    this.directory = new Path(run, "checkpoints");
  }

  /** Where the checkpoint of a round is, or will be. */
  public Path path(long round) {
    return new Path(directory, String.format(Locale.ROOT, "round-%08d", round));
  }

  /** The name of a worker's state in a checkpoint. */
  public static String workerFile(int worker) {
    return String.format(Locale.ROOT, "worker-%05d.safetensors", worker);
  }

  /**
   * The newest committed checkpoint.
   *
   * @throws ChoraleException where its manifest cannot be read, or is of a newer Chorale
   */
  public Optional<CheckpointManifest> latest() {
    List<Long> rounds = committed();
    return rounds.isEmpty() ? Optional.empty() : Optional.of(read(rounds.get(rounds.size() - 1)));
  }

  /** Writes the shared parameters and the outer state of a round that is to be committed. */
  public List<CheckpointManifest.StoredFile> save(
      long round,
      ParameterLayout layout,
      FloatVector parameters,
      Map<String, FloatVector> outerState) {
    List<CheckpointManifest.StoredFile> files = new ArrayList<>();
    Path at = path(round);
    files.add(stored(MODEL, ModelFile.write(storage, new Path(at, MODEL), layout, parameters)));
    if (!outerState.isEmpty()) {
      files.add(
          stored(OUTER, SafeTensors.write(storage, new Path(at, OUTER), Map.of(), outerState)));
    }
    return files;
  }

  /** Publishes the manifest: from now on the checkpoint is there. */
  public void commit(CheckpointManifest manifest) {
    storage.publish(new Path(path(manifest.round()), MANIFEST), JSON.write(manifest));
  }

  /** The shared parameters of a committed checkpoint, checked against its manifest. */
  public FloatVector parameters(CheckpointManifest manifest, ParameterLayout layout) {
    return ModelFile.read(storage, checked(manifest, MODEL), layout);
  }

  /** The outer optimizer's state of a committed checkpoint, checked against its manifest. */
  public Map<String, FloatVector> outerState(CheckpointManifest manifest) {
    return SafeTensors.readFloats(storage, checked(manifest, OUTER));
  }

  /** Deletes all checkpoints but the newest ones. */
  public void prune(int keep) {
    List<Long> rounds = committed();
    for (long round : rounds.subList(0, Math.max(0, rounds.size() - keep))) {
      // Without its manifest it is no checkpoint, should the deletion end half way.
      storage.deleteRecursively(new Path(path(round), MANIFEST));
      storage.deleteRecursively(path(round));
    }
  }

  /** Deletes what rounds left that did not end; what users keep beside them stays. */
  public void discardUncommitted() {
    if (!storage.exists(directory)) {
      return;
    }
    List<Long> committed = committed();
    for (FileStatus found : storage.list(directory)) {
      Matcher name = NAME.matcher(found.getPath().getName());
      if (name.matches() && !committed.contains(Long.parseLong(name.group(1)))) {
        storage.deleteRecursively(found.getPath());
      }
    }
  }

  /**
   * Checks a file against its entry in a manifest.
   *
   * @throws ChoraleException where its length or checksum is another
   */
  public static void verify(Storage storage, Path file, CheckpointManifest.StoredFile expected) {
    long bytes = storage.status(file).getLen();
    if (bytes != expected.bytes()) {
      throw damaged(file, "it has " + bytes + " bytes", expected.bytes() + " by its manifest");
    }
    String crc32c = Checksums.crc32c(storage, file);
    if (!crc32c.equals(expected.crc32c())) {
      throw damaged(file, "its checksum is " + crc32c, expected.crc32c() + " by its manifest");
    }
  }

  private Path checked(CheckpointManifest manifest, String name) {
    Path file = new Path(path(manifest.round()), name);
    verify(storage, file, manifest.file(name));
    return file;
  }

  private static CheckpointManifest.StoredFile stored(String name, SafeTensors.Written written) {
    return new CheckpointManifest.StoredFile(name, written.bytes(), written.crc32c());
  }

  /** Rounds that have a manifest, in order. */
  private List<Long> committed() {
    List<Long> rounds = new ArrayList<>();
    if (storage.exists(directory)) {
      for (FileStatus found : storage.list(directory)) {
        Matcher name = NAME.matcher(found.getPath().getName());
        if (name.matches() && storage.exists(new Path(found.getPath(), MANIFEST))) {
          rounds.add(Long.parseLong(name.group(1)));
        }
      }
    }
    return rounds.stream().sorted().toList();
  }

  private CheckpointManifest read(long round) {
    Path file = new Path(path(round), MANIFEST);
    CheckpointManifest manifest =
        JSON.read(
            storage.readFully(file, MANIFEST_LIMIT), file.toString(), CheckpointManifest.class);
    if (manifest.round() != round) {
      throw JSON.damaged(file.toString(), "it is the manifest of round " + manifest.round());
    }
    return manifest;
  }

  private static ChoraleException damaged(Path file, String found, String expected) {
    return new ChoraleException(
        "Cannot restore checkpoint file %s: %s, expected %s. The file is damaged: %s."
            .formatted(file, found, expected, ADVICE));
  }
}
