package io.chorale.checkpoint;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.ManifestName;
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
 * <p>The manifest is written last; a directory without one is what a round left that did not end,
 * and counts for nothing. {@link Storage} says how files appear, and what happens where two drivers
 * write the same round.
 */
public final class CheckpointStore {
  /** The shared parameters. */
  public static final String MODEL = "model.safetensors";

  /** The outer optimizer's state. */
  public static final String OUTER = "outer.safetensors";

  private static final String MANIFEST = "manifest.json";
  private static final int MANIFEST_LIMIT = 1 << 26;
  private static final Pattern FILE = Pattern.compile("[a-z0-9-]+\\.safetensors");
  private static final Pattern NAME = Pattern.compile("round-([0-9]{8,18})");
  private static final String ADVICE =
      "restore it, or delete its directory to go on from the round before";
  private static final SealedJson JSON = new SealedJson("chorale-checkpoint", 1, ADVICE);

  private final Storage storage;
  private final Path directory;

  /** Another driver works on the same run: its files are not this one's to delete. */
  public static final class Taken extends ChoraleException {
    private static final long serialVersionUID = 1L;

    Taken(String message) {
      super(message);
    }
  }

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
    long newest = rounds.isEmpty() ? 0 : rounds.get(rounds.size() - 1);
    // A store may list what is new a little late.
    while (isCommitted(newest + 1)) {
      newest++;
    }
    return newest == 0 ? Optional.empty() : Optional.of(read(newest));
  }

  /** Whether a round was committed. */
  private boolean isCommitted(long round) {
    return storage.exists(manifest(round));
  }

  private Path manifest(long round) {
    return new Path(path(round), MANIFEST);
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

  /**
   * Publishes the manifest: from now on the checkpoint is there, and its directory holds nothing
   * but what the manifest names.
   *
   * @throws Taken where another driver has committed this round, or deleted files of it
   */
  public void commit(CheckpointManifest manifest) {
    long round = manifest.round();
    checkComplete(manifest);
    for (FileStatus found : storage.list(path(round))) {
      String name = found.getPath().getName();
      if (!manifest.names(name) && !name.equals(MANIFEST)) {
        storage.deleteRecursively(found.getPath());
      }
    }
    if (!storage.publishNew(manifest(round), JSON.write(manifest))) {
      throw taken(round, "it has been committed by another driver");
    }
    try {
      // A driver that has just started may have taken the files for abandoned ones.
      checkComplete(manifest);
    } catch (Taken e) {
      storage.deleteRecursively(manifest(round));
      throw e;
    }
  }

  private void checkComplete(CheckpointManifest manifest) {
    Path at = path(manifest.round());
    for (CheckpointManifest.StoredFile file : manifest.files()) {
      Path stored = new Path(at, file.name());
      if (!storage.exists(stored) || storage.status(stored).getLen() != file.bytes()) {
        throw taken(manifest.round(), file.name() + " has been deleted or replaced");
      }
    }
  }

  private Taken taken(long round, String found) {
    return new Taken(
        ("Cannot commit round %d in %s: %s, expected one driver for a run. Stop the other training of"
                + " this run.path, or let it go on alone; what it has committed stays.")
            .formatted(round, directory, found));
  }

  /** The shared parameters of a committed checkpoint, checked against its manifest. */
  public FloatVector parameters(CheckpointManifest manifest, ParameterLayout layout) {
    return ModelFile.read(storage, checked(manifest, MODEL), layout);
  }

  /** The outer optimizer's state of a committed checkpoint, checked against its manifest. */
  public Map<String, FloatVector> outerState(CheckpointManifest manifest) {
    return SafeTensors.readFloats(storage, checked(manifest, OUTER));
  }

  /** Deletes all checkpoints but the newest ones, and what is left of rounds before those. */
  public void prune(int keep) {
    List<Long> rounds = committed();
    if (rounds.isEmpty()) {
      return;
    }
    long oldest = rounds.get(Math.max(0, rounds.size() - keep));
    for (FileStatus found : storage.list(directory)) {
      Matcher name = NAME.matcher(found.getPath().getName());
      if (name.matches() && Long.parseLong(name.group(1)) < oldest) {
        // Without its manifest it is no checkpoint, should the deletion end half way.
        storage.deleteRecursively(new Path(found.getPath(), MANIFEST));
        storage.deleteRecursively(found.getPath());
      }
    }
  }

  /** Deletes what rounds and processes left that did not end; what users keep there stays. */
  public void discardUncommitted() {
    storage.deleteLeftovers(directory);
    if (!storage.exists(directory)) {
      return;
    }
    for (FileStatus found : storage.list(directory)) {
      Matcher name = NAME.matcher(found.getPath().getName());
      if (name.matches()) {
        discardUncommitted(Long.parseLong(name.group(1)));
        storage.deleteLeftovers(found.getPath());
      }
    }
  }

  /** Deletes what a round left that did not end. */
  public void discardUncommitted(long round) {
    if (!isCommitted(round)) {
      storage.deleteRecursively(path(round));
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
    Path file = ManifestName.in(path(manifest.round()), name);
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
        if (name.matches() && isCommitted(Long.parseLong(name.group(1)))) {
          rounds.add(Long.parseLong(name.group(1)));
        }
      }
    }
    return rounds.stream().sorted().toList();
  }

  private CheckpointManifest read(long round) {
    Path file = manifest(round);
    CheckpointManifest manifest =
        JSON.read(
            storage.readFully(file, MANIFEST_LIMIT), file.toString(), CheckpointManifest.class);
    if (manifest.round() != round) {
      throw JSON.damaged(file.toString(), "it is the manifest of round " + manifest.round());
    }
    check(manifest, file);
    return manifest;
  }

  /** That it makes sense, and that none of its names leads elsewhere. */
  private static void check(CheckpointManifest manifest, Path file) {
    for (CheckpointManifest.StoredFile stored : manifest.files()) {
      if (!FILE.matcher(stored.name()).matches() || stored.bytes() < 0) {
        throw JSON.damaged(file.toString(), "it names the file " + stored);
      }
    }
    boolean complete = manifest.names(MODEL) && manifest.workers() > 0;
    for (int worker = 0; complete && worker < manifest.workers(); worker++) {
      complete = manifest.names(workerFile(worker));
    }
    if (!complete || manifest.steps() < 1 || manifest.tokens() < 1) {
      throw JSON.damaged(
          file.toString(),
          "it names %d files for %d workers after %d steps and %d tokens"
              .formatted(
                  manifest.files().size(),
                  manifest.workers(),
                  manifest.steps(),
                  manifest.tokens()));
    }
  }

  private static ChoraleException damaged(Path file, String found, String expected) {
    return new ChoraleException(
        "Cannot restore checkpoint file %s: %s, expected %s. The file is damaged: %s."
            .formatted(file, found, expected, ADVICE));
  }
}
