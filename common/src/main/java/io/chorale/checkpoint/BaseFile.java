package io.chorale.checkpoint;

import io.chorale.config.ChoraleException;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import io.chorale.io.OwnDirectory;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The file of a run with the parameters that a training of adapters only reads: {@code
 * base-89abcdef.safetensors}. It is written once, before the first round; its name, which ends in
 * its checksum, is in the provenance of every checkpoint.
 */
public final class BaseFile {
  private static final String PART = "base";
  private static final Pattern NAME = Pattern.compile("base-([0-9a-f]{8})\\.safetensors");

  private final Storage storage;
  private final Path run;
  private final String name;
  private final String crc32c;

  /**
   * The file of that name in a run.
   *
   * @throws ChoraleException where it is no such name
   */
  public BaseFile(Storage storage, Path run, String name) {
    this.storage = storage;
    this.run = run;
    this.name = name;
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new ChoraleException(
          "Cannot open run %s: a checkpoint names the file \"%s\" of its base, expected base-CHECKSUM.safetensors. They are damaged: train anew."
              .formatted(run, name));
    }
    this.crc32c = matcher.group(1);
  }

  /**
   * The file that a checkpoint with adapters needs.
   *
   * @throws ChoraleException where the checkpoint names none
   */
  public static BaseFile of(Storage storage, Path run, CheckpointManifest checkpoint) {
    return new BaseFile(storage, run, checkpoint.provenance().getOrDefault(Provenance.BASE, ""));
  }

  /**
   * Writes the file, and removes one of other content, which no checkpoint can need yet.
   *
   * @param model parameters of the model without adapters, laid out by {@code layout}
   * @param fixed matrices of adapters that stay as they are, laid out by {@code ofFixed}
   */
  public static BaseFile write(
      Storage storage,
      Path run,
      ParameterLayout layout,
      FloatVector model,
      ParameterLayout ofFixed,
      FloatVector fixed) {
    List<ArrayContent> content = new ArrayList<>(ModelFile.content(layout, model));
    content.addAll(ModelFile.content(ofFixed, fixed));
    CheckpointFile written =
        CheckpointFile.write(storage, run, run, PART, "chorale-base-1", content);
    OwnDirectory own = new OwnDirectory(storage, run);
    storage.list(run).stream()
        .map(FileStatus::getPath)
        .filter(found -> NAME.matcher(found.getName()).matches())
        .filter(found -> !found.getName().equals(written.name()))
        .forEach(own::delete);
    return new BaseFile(storage, run, written.name());
  }

  /** Its name, which ends in the checksum of its bytes. */
  public String name() {
    return name;
  }

  /** The run that it belongs to. */
  public Path run() {
    return run;
  }

  /**
   * Reads all of it, each byte once.
   *
   * @param stores of its arrays, by name
   * @throws ChoraleException where it is missing or damaged, or has other arrays
   */
  public void fill(Map<String, FloatStore> stores) {
    file().fill(storage, run, stores);
  }

  /** Reads the parameters of a layout, which may be some of its. */
  public FloatVector read(ParameterLayout layout) {
    return ModelFile.read(storage, file().verified(storage, run), layout);
  }

  private CheckpointFile file() {
    Path file = new Path(run, name);
    if (!storage.exists(file)) {
      throw new ChoraleException(
          "Cannot open run %s: %s is not there, which its adapters belong to. Restore it, or train anew."
              .formatted(run, name));
    }
    return new CheckpointFile(name, storage.status(file).getLen(), crc32c);
  }
}
