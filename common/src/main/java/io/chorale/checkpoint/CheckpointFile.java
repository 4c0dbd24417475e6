package io.chorale.checkpoint;

import io.chorale.config.ChoraleException;
import io.chorale.io.ArrayContent;
import io.chorale.io.Checksums;
import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import io.chorale.io.ManifestName;
import io.chorale.io.OwnDirectory;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.Path;

/**
 * A file of a checkpoint, which holds one part of it: {@code worker-00003-89abcdef.safetensors}.
 *
 * <p>Its name ends in the checksum of its content. Other content has another name, so no file is
 * ever replaced by what another driver makes of the same round, or another attempt of a worker on
 * another processor; the same content has the same name, however often it is written.
 *
 * @param name of the part and the checksum
 * @param crc32c of all its bytes, eight hexadecimal digits
 */
public record CheckpointFile(String name, long bytes, String crc32c) implements Serializable {
  /** The part that holds the shared parameters. */
  public static final String MODEL = "model";

  /** The part that holds the outer optimizer's state. */
  public static final String OUTER = "outer";

  static final String ADVICE = "restore it, or delete its directory to go on from the round before";

  private static final String SUFFIX = ".safetensors";

  private static final Pattern NAME =
      Pattern.compile("(model|outer|worker-[0-9]{5,9})-([0-9a-f]{8})\\.safetensors");

  /** The part that holds a worker's state. */
  public static String worker(int worker) {
    return String.format(Locale.ROOT, "worker-%05d", worker);
  }

  /**
   * Writes a part.
   *
   * @param directory where the checkpoint of the round is to be
   * @param format for readers of the file, in its metadata
   */
  public static CheckpointFile write(
      Storage storage, Path directory, String part, String format, List<ArrayContent> content) {
    // Of a run: its checkpoints, each in a directory of its own.
    return write(storage, directory.getParent().getParent(), directory, part, format, content);
  }

  /**
   * Writes a part.
   *
   * @param run that the directory belongs to
   */
  static CheckpointFile write(
      Storage storage,
      Path run,
      Path directory,
      String part,
      String format,
      List<ArrayContent> content) {
    new OwnDirectory(storage, run).checkWritable(directory);
    Map<String, String> metadata = Map.of("format", format);
    SafeTensors.Written[] written = new SafeTensors.Written[1];
    storage.publishNamed(
        new Path(directory, part + SUFFIX),
        out -> written[0] = SafeTensors.write(out, metadata, content),
        () -> new Path(directory, name(part, written[0])));
    return new CheckpointFile(name(part, written[0]), written[0].bytes(), written[0].crc32c());
  }

  private static String name(String part, SafeTensors.Written written) {
    return part + "-" + written.crc32c() + SUFFIX;
  }

  /** Whether files of checkpoints have such names. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The part that it holds; empty where its name is no such name, or that of other content. */
  String part() {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches() && matcher.group(2).equals(crc32c) ? matcher.group(1) : "";
  }

  /**
   * The file itself, after a look at all of it.
   *
   * @param directory of its checkpoint
   * @throws ChoraleException where its length or checksum is another
   */
  public Path verified(Storage storage, Path directory) {
    Path file = sized(storage, directory);
    check(file, Checksums.crc32c(storage, file));
    return file;
  }

  /**
   * The vectors that it must hold; the file is read once.
   *
   * @param directory of its checkpoint
   * @param lengths of all of them, by name
   * @throws ChoraleException as {@link #verified}, and where it holds others
   */
  public Map<String, FloatVector> readFloats(
      Storage storage, Path directory, Map<String, Long> lengths) {
    Map<String, FloatVector> vectors = new LinkedHashMap<>();
    lengths.forEach((name, length) -> vectors.put(name, new FloatVector(length)));
    fill(storage, directory, vectors);
    return vectors;
  }

  /**
   * Fills stores with the vectors that it must hold; the file is read once.
   *
   * @param directory of its checkpoint
   * @param stores of all of them, by name
   * @throws ChoraleException as {@link #verified}, and where it holds others; the stores hold
   *     anything then
   */
  public <S extends FloatStore> void fill(Storage storage, Path directory, Map<String, S> stores) {
    Path file = sized(storage, directory);
    CRC32C checksum = new CRC32C();
    try {
      SafeTensors.readFloats(
          storage,
          file,
          checksum,
          lengths -> {
            checkLengths(file, lengths, stores);
            return stores;
          });
    } catch (ChoraleException e) {
      // Of a damaged file the checksum says more.
      verified(storage, directory);
      throw e;
    }
    check(file, Checksums.hex(checksum));
  }

  private static void checkLengths(
      Path file, Map<String, Long> found, Map<String, ? extends FloatStore> stores) {
    if (!found.keySet().equals(stores.keySet())) {
      throw damaged(file, "it holds " + found.keySet(), stores.keySet().toString());
    }
    found.forEach(
        (vector, length) -> {
          long expected = stores.get(vector).length();
          if (length != expected) {
            throw damaged(
                file,
                vector + " has " + length + " values",
                expected + " by the settings of the run");
          }
        });
  }

  private Path sized(Storage storage, Path directory) {
    Path file = ManifestName.in(directory, name);
    long found = storage.status(file).getLen();
    if (found != bytes) {
      throw damaged(file, "it has " + found + " bytes", bytes + " by its manifest");
    }
    return file;
  }

  private void check(Path file, String checksum) {
    if (!checksum.equals(crc32c)) {
      throw damaged(file, "its checksum is " + checksum, crc32c + " by its manifest");
    }
  }

  private static ChoraleException damaged(Path file, String found, String expected) {
    return new ChoraleException(
        "Cannot restore checkpoint file %s: %s, expected %s. The file is damaged: %s."
            .formatted(file, found, expected, ADVICE));
  }
}
