package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.OwnDirectory;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Names what was added to a dataset. All that a run adds lies in a directory of its own, {@code
 * additions/0001-1a2b3c4d}: the number of the addition, from 1, and the key of what it is made of.
 * Beside it lies {@code additions/0001.json}, the manifest that the addition has led to.
 */
public final class Additions {
  /** The directory of all of them in the dataset. */
  public static final String DIRECTORY = "additions";

  private static final Pattern NAME = Pattern.compile(DIRECTORY + "/[0-9]{4,9}-[0-9a-f]{8}");

  private Additions() {}

  /** The path of an addition in the dataset, up to its key: {@code additions/0001}. */
  public static String prefix(int number) {
    return String.format(Locale.ROOT, "%s/%04d", DIRECTORY, number);
  }

  /** The path of the manifest that an addition has led to, in the dataset. */
  public static String manifest(int number) {
    return prefix(number) + ".json";
  }

  /** The number of the addition that has brought a shard, by its path; 0 where none has. */
  public static int number(String shard) {
    return shard.startsWith(DIRECTORY + "/")
        ? Integer.parseInt(
            shard.substring(DIRECTORY.length() + 1, shard.indexOf('-', DIRECTORY.length())))
        : 0;
  }

  /** Whether these can be all additions of a dataset, in their order. */
  static boolean areInOrder(List<String> paths) {
    for (int i = 0; i < paths.size(); i++) {
      if (!NAME.matcher(paths.get(i)).matches() || !paths.get(i).startsWith(prefix(i + 1) + "-")) {
        return false;
      }
    }
    return true;
  }

  /**
   * Finishes what runs have left that died after they had written the manifest of an addition, and
   * before it was that of the dataset. Deletes what others have left whose number is taken.
   *
   * @return the dataset as it is now
   */
  public static Dataset finish(Storage storage, Path path) {
    Dataset dataset = Dataset.open(storage, path);
    for (Path record = next(dataset); storage.exists(record); record = next(dataset)) {
      byte[] manifest = storage.readFully(record, DatasetManifest.MAX_BYTES);
      int number = dataset.manifest().additions().size() + 1;
      int found = DatasetManifest.parse(manifest, record.toString()).additions().size();
      if (found != number) {
        throw new ChoraleException(
            "Cannot add to dataset %s: %s is the manifest of %d additions, expected %d. Restore it, or tokenize all of the corpus with --overwrite."
                .formatted(dataset.directory(), record, found, number));
      }
      storage.publish(new Path(dataset.directory(), DatasetManifest.FILE), manifest);
      dataset = Dataset.open(storage, path);
    }
    deleteAbandoned(storage, dataset);
    return dataset;
  }

  /**
   * The manifest of a dataset as it was.
   *
   * @param number of additions that it had; the newest one it has now is the dataset itself
   * @return nothing where that is not kept: of what the first version of an addition's writer made
   */
  public static Optional<DatasetManifest> after(Storage storage, Dataset dataset, int number) {
    return number == dataset.manifest().additions().size()
        ? Optional.of(dataset.manifest())
        : bytes(storage, dataset, number)
            .map(bytes -> DatasetManifest.parse(bytes, manifest(number)));
  }

  /** The bytes of the manifest of a dataset as it was after so many additions, where it is kept. */
  public static Optional<byte[]> bytes(Storage storage, Dataset dataset, int number) {
    Path record = new Path(dataset.directory(), manifest(number));
    return number >= 0 && storage.exists(record)
        ? Optional.of(storage.readFully(record, DatasetManifest.MAX_BYTES))
        : Optional.empty();
  }

  /**
   * Keeps the manifest that a dataset had before its first addition, beside those of all others.
   */
  public static void keepFirst(Storage storage, Dataset dataset) {
    if (dataset.manifest().additions().isEmpty()) {
      byte[] manifest = DatasetManifest.read(storage, dataset.directory());
      // Else another run has added to it meanwhile, and has kept it.
      if (Checksums.sha256(manifest).equals(dataset.fingerprint())) {
        storage.publish(new Path(dataset.directory(), manifest(0)), manifest);
      }
    }
  }

  /** The record of the addition that is to come. */
  private static Path next(Dataset dataset) {
    return new Path(dataset.directory(), manifest(dataset.manifest().additions().size() + 1));
  }

  /** Deletes the directories of additions whose number another one has taken. */
  private static void deleteAbandoned(Storage storage, Dataset dataset) {
    OwnDirectory own = new OwnDirectory(storage, dataset.directory());
    own.deleteLeftovers(dataset.directory());
    Path all = new Path(dataset.directory(), DIRECTORY);
    if (!storage.exists(all)) {
      return;
    }
    own.deleteLeftovers(all);
    List<String> there = dataset.manifest().additions();
    for (FileStatus found : storage.list(all)) {
      String path = DIRECTORY + "/" + found.getPath().getName();
      boolean taken =
          IntStream.rangeClosed(1, there.size())
              .anyMatch(number -> path.startsWith(prefix(number) + "-"));
      if (taken && NAME.matcher(path).matches() && !there.contains(path)) {
        own.delete(found.getPath());
      }
    }
  }

  /** The directories in which the runs that have made a dataset wrote, in their order. */
  static List<Path> runs(Path dataset, List<String> additions) {
    List<Path> runs = new ArrayList<>(List.of(dataset));
    additions.forEach(path -> runs.add(new Path(dataset, path)));
    return runs;
  }
}
