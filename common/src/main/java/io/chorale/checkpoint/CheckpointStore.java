package io.chorale.checkpoint;

import io.chorale.config.ChoraleException;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.OwnDirectory;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The checkpoints of a run: {@code checkpoints/round-00000012/} with {@code
 * model-89abcdef.safetensors}, the outer optimizer's state, one file of state for each worker, and
 * {@code manifest.json}. Names end in the checksum of the content.
 *
 * <p>The manifest is written last; a directory without one is what a round left that did not end,
 * and counts for nothing. {@link Storage} says how files appear. Of two drivers that write the same
 * round the first to publish its manifest wins, and nothing of what that names is ever replaced.
 */
public final class CheckpointStore {
  /** The file that lists the others of a checkpoint. */
  public static final String MANIFEST = "manifest.json";

  private static final int MANIFEST_LIMIT = 1 << 26;
  private static final Pattern NAME = Pattern.compile("round-([0-9]{8,18})");
  private static final SealedJson JSON =
      new SealedJson("chorale-checkpoint", 2, CheckpointFile.ADVICE);

  private final Storage storage;
  private final OwnDirectory run;
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
    this.run = new OwnDirectory(storage, run);
    this.directory = new Path(run, "checkpoints");
  }

  /** Where the checkpoint of a round is, or will be. */
  public Path path(long round) {
    return new Path(directory, String.format(Locale.ROOT, "round-%08d", round));
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

  /** The checkpoint of a round; empty where there is none, or none any more. */
  public Optional<CheckpointManifest> find(long round) {
    return isCommitted(round) ? Optional.of(read(round)) : Optional.empty();
  }

  /** Whether a round was committed. */
  private boolean isCommitted(long round) {
    return storage.exists(manifest(round));
  }

  private Path manifest(long round) {
    return new Path(path(round), MANIFEST);
  }

  /** Writes the shared parameters and the outer state of a round that is to be committed. */
  public List<CheckpointFile> save(
      long round,
      ParameterLayout layout,
      FloatVector parameters,
      Map<String, FloatVector> outerState) {
    List<CheckpointFile> files = new ArrayList<>();
    Path at = path(round);
    List<ArrayContent> model = ModelFile.content(layout, parameters);
    files.add(CheckpointFile.write(storage, at, CheckpointFile.MODEL, ModelFile.FORMAT, model));
    if (!outerState.isEmpty()) {
      files.add(
          CheckpointFile.write(
              storage, at, CheckpointFile.OUTER, "chorale-outer-1", ArrayContent.of(outerState)));
    }
    return files;
  }

  /**
   * Publishes the manifest: from now on the checkpoint is there. Then its directory is rid of what
   * the manifest does not name: files of other attempts, and of another driver.
   *
   * @throws Taken where another driver has committed this round, or deleted files of it
   */
  public void commit(CheckpointManifest manifest) {
    long round = manifest.round();
    run.checkWritable(path(round));
    Optional<String> missing = missing(manifest);
    if (missing.isPresent()) {
      throw lost(round, missing.get());
    }
    if (!storage.publishNew(manifest(round), JSON.write(manifest))) {
      throw lost(round, "it has been committed by another driver");
    }
    // A driver that has just started may have taken the files for abandoned ones.
    missing = missing(manifest);
    if (missing.isPresent()) {
      run.delete(manifest(round));
      throw taken(round, missing.get());
    }
    discardUnnamed(manifest, name -> true);
  }

  private void discardUnnamed(CheckpointManifest manifest, Predicate<String> mayGo) {
    Set<String> named =
        manifest.files().stream().map(CheckpointFile::name).collect(Collectors.toSet());
    named.add(MANIFEST);
    for (FileStatus found : storage.list(path(manifest.round()))) {
      String name = found.getPath().getName();
      if (!named.contains(name) && mayGo.test(name)) {
        run.delete(found.getPath());
      }
    }
  }

  private Optional<String> missing(CheckpointManifest manifest) {
    Path directory = path(manifest.round());
    List<FileStatus> files = storage.exists(directory) ? storage.list(directory) : List.of();
    Map<String, Long> listed =
        files.stream()
            .collect(Collectors.toMap(found -> found.getPath().getName(), FileStatus::getLen));
    for (CheckpointFile file : manifest.files()) {
      Long bytes = listed.get(file.name());
      Path stored = new Path(directory, file.name());
      if (bytes == null && storage.exists(stored)) {
        // A store may list what is new a little late.
        bytes = storage.status(stored).getLen();
      }
      if (bytes == null || bytes != file.bytes()) {
        return Optional.of(file.name() + " has been deleted or replaced");
      }
    }
    return Optional.empty();
  }

  /** Leaves nothing of this driver's in what the other one has committed. */
  private Taken lost(long round, String found) {
    if (isCommitted(round)) {
      discardUncommitted(round);
    }
    return taken(round, found);
  }

  private Taken taken(long round, String found) {
    return new Taken(
        ("Cannot commit round %d in %s: %s, expected one driver for a run, and a run.path that is the same"
                + " directory on all machines. Stop the other training of this run.path if there is"
                + " one, what it has committed stays; else choose a run.path that all machines share.")
            .formatted(round, directory, found));
  }

  /** The shared parameters of a committed checkpoint, checked against its manifest. */
  public FloatVector parameters(CheckpointManifest manifest, ParameterLayout layout) {
    Path file =
        manifest.parts().get(CheckpointFile.MODEL).verified(storage, path(manifest.round()));
    return ModelFile.read(storage, file, layout);
  }

  /**
   * The outer optimizer's state of a committed checkpoint, checked against its manifest.
   *
   * @param names of the optimizer's vectors
   * @param length of each of them, P
   */
  public Map<String, FloatVector> outerState(
      CheckpointManifest manifest, Collection<String> names, long length) {
    if (names.isEmpty()) {
      return Map.of();
    }
    CheckpointFile file = manifest.parts().get(CheckpointFile.OUTER);
    if (file == null) {
      throw damaged(manifest, "it names no state of the outer optimizer");
    }
    Map<String, Long> lengths =
        names.stream().collect(Collectors.toMap(name -> name, name -> length));
    return file.readFloats(storage, path(manifest.round()), lengths);
  }

  /** The failure for a manifest that cannot be what was committed. */
  ChoraleException damaged(CheckpointManifest manifest, String found) {
    return JSON.damaged(manifest(manifest.round()).toString(), found);
  }

  /**
   * Deletes all checkpoints but the newest ones, and what is left of rounds before those.
   *
   * @param keep how many of the newest ones stay
   * @param spared rounds that stay, too, however old they are
   */
  public void prune(int keep, Set<Long> spared) {
    List<Long> rounds = committed();
    if (rounds.isEmpty()) {
      return;
    }
    long oldest = rounds.get(Math.max(0, rounds.size() - keep));
    for (long round : rounds()) {
      if (round < oldest && !spared.contains(round)) {
        // Without its manifest it is no checkpoint, should the deletion end half way.
        run.delete(manifest(round));
        run.delete(path(round));
      }
    }
  }

  /**
   * Deletes what rounds and processes left that did not end; what users keep there stays.
   *
   * @throws ChoraleException where the next round would be written elsewhere, through a link
   */
  public void discardUncommitted() {
    Optional<CheckpointManifest> latest = latest();
    run.checkWritable(path(1 + latest.map(CheckpointManifest::round).orElse(0L)));
    run.deleteLeftovers(directory);
    for (long round : rounds()) {
      if (!isCommitted(round)) {
        run.delete(path(round));
      }
      run.deleteLeftovers(path(round));
    }
    latest.ifPresent(manifest -> discardUnnamed(manifest, CheckpointFile::isName));
  }

  /** Deletes what a round left that did not end, or that another driver committed. */
  public void discardUncommitted(long round) {
    if (isCommitted(round)) {
      discardUnnamed(read(round), CheckpointFile::isName);
    } else {
      run.delete(path(round));
    }
  }

  /** Rounds that have a checkpoint, in order. */
  public List<Long> committed() {
    return rounds().stream().filter(this::isCommitted).toList();
  }

  /** Rounds that have a directory, in order; a name with more zeros than theirs is not one. */
  private List<Long> rounds() {
    List<Long> rounds = new ArrayList<>();
    for (FileStatus found :
        storage.exists(directory) ? storage.list(directory) : List.<FileStatus>of()) {
      Matcher name = NAME.matcher(found.getPath().getName());
      if (name.matches()) {
        long round = Long.parseLong(name.group(1));
        if (round > 0 && path(round).getName().equals(name.group())) {
          rounds.add(round);
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
    for (CheckpointFile stored : manifest.files()) {
      if (stored == null || stored.part().isEmpty() || stored.bytes() < 0) {
        throw JSON.damaged(file.toString(), "it names the file " + stored);
      }
    }
    Set<String> parts = manifest.parts().keySet();
    boolean complete = parts.contains(CheckpointFile.MODEL) && manifest.workers() > 0;
    for (int worker = 0; complete && worker < manifest.workers(); worker++) {
      complete = parts.contains(CheckpointFile.worker(worker));
    }
    if (!complete || parts.size() < manifest.files().size()) {
      throw JSON.damaged(
          file.toString(),
          "it names %d files for %d workers"
              .formatted(manifest.files().size(), manifest.workers()));
    }
    if (manifest.steps() < manifest.round() || manifest.tokens() < manifest.steps()) {
      throw JSON.damaged(
          file.toString(),
          "it tells of %d rounds with %d steps and %d tokens"
              .formatted(manifest.round(), manifest.steps(), manifest.tokens()));
    }
    if (!manifest.metrics().isObject()) {
      throw JSON.damaged(file.toString(), "its metrics are " + manifest.metrics().getNodeType());
    }
  }
}
