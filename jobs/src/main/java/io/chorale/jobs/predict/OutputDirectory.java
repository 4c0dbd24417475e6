package io.chorale.jobs.predict;

import io.chorale.config.ChoraleException;
import io.chorale.config.RowSettings.Format;
import io.chorale.config.SettingsException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The directory of what is made of rows, predictions or vectors: parts in the order of the input,
 * and beside them, hidden from readers of data, what a run must know to go on where another one was
 * killed.
 *
 * <p>Spark writes the parts of a batch into a directory of their own, where each appears as a whole
 * when its task ends. When all are there, they move to their places.
 */
final class OutputDirectory {
  private static final String SUCCESS = "_SUCCESS";
  private static final int LARGEST = 1 << 24;

  /** As Spark names what a task writes. */
  private static final Pattern WRITTEN = Pattern.compile("part-([0-9]{5,})-.*");

  private static final Pattern OWN = Pattern.compile("part-[0-9-]+[.](parquet|jsonl|csv)");

  private final Storage storage;
  private final Path path;
  private final String extension;
  private final Words words;
  private final String state;
  private final String file;
  private final SealedJson contents;
  private final SealedJson batches;

  /**
   * What is made.
   *
   * @param made SHA-256 of what decides it: model, settings, and what is read
   * @param columns of the input, as Spark writes a schema in JSON; empty where that was not kept
   * @param model where it was taken from, for people; empty where that was not kept
   */
  record Contents(String made, String columns, String model) {}

  /**
   * Rows that go through the model together.
   *
   * @param rows of the input
   * @param rowsOfPart rows of each part of the output but the last
   * @param finished whether all parts are in their places
   * @param refused how many rows nothing was made of, by reason; known when it is finished
   */
  record Batch(long rows, long rowsOfPart, boolean finished, Map<String, Long> refused) {
    Batch {
      refused = new TreeMap<>(refused);
    }

    /** Parts of the output. */
    int parts() {
      return (int) ((rows + rowsOfPart - 1) / rowsOfPart);
    }
  }

  OutputDirectory(Storage storage, Path path, Format format, Words words) {
    this.storage = storage;
    this.path = storage.qualify(path);
    this.extension = "." + format.name().toLowerCase(Locale.ROOT);
    this.words = words;
    this.state = "_" + words.noun();
    this.file = "%s/%s.json".formatted(state, words.noun());
    String advice = "delete the directory of the " + words.noun();
    String name = "chorale-" + words.noun();
    contents =
        new SealedJson(
            name,
            1,
            3,
            List.of(found -> found.put("columns", ""), found -> found.put("model", "")),
            advice);
    batches = new SealedJson(name + "-batch", 1, advice);
  }

  /**
   * Makes it the directory of these results.
   *
   * @param made SHA-256 of what decides them
   * @param columns of the files that are there now
   * @param model where it is taken from, for people
   * @param overwrite whether results that are there are deleted
   * @return the columns of the input: as they were when this directory was made, since rows of a
   *     stream may be there already
   * @throws SettingsException where it holds anything else, or the files do not fit these columns
   */
  StructType open(String made, StructType columns, String model, boolean overwrite) {
    Path known = new Path(path, file);
    if (storage.exists(path)) {
      if (!storage.exists(known)) {
        checkEmpty();
      } else if (overwrite) {
        checkOwn();
        storage.deleteRecursively(path);
      } else {
        Contents found = read(contents, known, Contents.class);
        if (!found.made().equals(made)) {
          throw new SettingsException(
              "Cannot write %s %s: it holds those of another model, of other files or with other settings, expected a new path or a run to go on with. Choose another %s, or give --overwrite."
                  .formatted(words.noun(), path, words.key("output")));
        }
        if (!found.columns().isEmpty()) {
          StructType before = (StructType) DataType.fromJson(found.columns());
          checkFit(columns, before);
          return before;
        }
      }
    }
    storage.publish(known, contents.write(new Contents(made, columns.json(), model)));
    return columns;
  }

  /** Columns may be missing, and numbers be whole: of a stream, files may have been taken away. */
  private void checkFit(StructType columns, StructType before) {
    for (StructField column : columns.fields()) {
      Optional<DataType> expected =
          Arrays.stream(before.fields())
              .filter(known -> known.name().equals(column.name()))
              .map(StructField::dataType)
              .findFirst();
      if (expected.filter(type -> fits(column.dataType(), type)).isEmpty()) {
        throw new SettingsException(
            "Cannot go on with %s %s: the files have a column %s (%s) now, expected the columns that they had when it was begun: %s. Take the files away that have it and %s them into another %s, or give --overwrite."
                .formatted(
                    words.noun(),
                    path,
                    column.name(),
                    column.dataType().sql(),
                    before.toDDL(),
                    words.verb(),
                    words.key("output")));
      }
    }
  }

  private static boolean fits(DataType type, DataType expected) {
    return type.equals(expected)
        || expected.equals(DataTypes.StringType)
        || type.equals(DataTypes.LongType) && expected.equals(DataTypes.DoubleType);
  }

  private void checkEmpty() {
    if (!storage.status(path).isDirectory()) {
      throw new SettingsException(
          "Cannot write %s %s: it is a file, expected a directory or nothing. Choose another %s."
              .formatted(words.noun(), path, words.key("output")));
    }
    for (FileStatus found : storage.list(path)) {
      if (!found.getPath().getName().equals(state)) {
        throw new SettingsException(
            "Cannot write %s %s: it holds %s and no %s, expected a new path or %s. Choose another %s."
                .formatted(
                    words.noun(),
                    path,
                    found.getPath().getName(),
                    file,
                    words.noun(),
                    words.key("output")));
      }
    }
  }

  private void checkOwn() {
    for (FileStatus found : storage.list(path)) {
      String name = found.getPath().getName();
      if (!name.equals(state) && !name.equals(SUCCESS) && !OWN.matcher(name).matches()) {
        throw new SettingsException(
            "Cannot overwrite %s %s: it also holds %s, expected nothing else. Move that away, or choose another %s."
                .formatted(words.noun(), path, name, words.key("output")));
      }
    }
  }

  private <T> T read(SealedJson json, Path known, Class<T> type) {
    return json.read(storage.readFully(known, LARGEST), known.toString(), type);
  }

  /** Where a stream keeps which files it has read. */
  Path checkpoint() {
    return new Path(path, state + "/checkpoint");
  }

  /** The map of vectors that was learnt for these results; learns and keeps it where none was. */
  VectorMap map(Supplier<VectorMap> learn) {
    Path known = new Path(path, state + "/map.safetensors");
    if (!storage.exists(known)) {
      learn.get().write(storage, known);
    }
    return VectorMap.read(storage, known);
  }

  /** What is known of a batch, where it was begun. */
  Optional<Batch> batch(String name) {
    Path known = batchFile(name);
    return storage.exists(known)
        ? Optional.of(read(batches, known, Batch.class))
        : Optional.empty();
  }

  private Path batchFile(String name) {
    return new Path(path, state + "/" + name + ".json");
  }

  /** Says what is known of a batch. */
  void put(String name, Batch batch) {
    storage.publish(batchFile(name), batches.write(batch));
  }

  /** Where Spark is to write the parts of a batch. */
  Path work(String name) {
    return new Path(path, state + "/" + name);
  }

  /** Clears away what killed tasks have left; whether each part is still to be written. */
  boolean[] missing(String name, Batch batch) {
    storage.deleteRecursively(new Path(work(name), "_temporary"));
    Map<Integer, Path> written = written(name);
    boolean[] missing = new boolean[batch.parts()];
    for (int part = 0; part < missing.length; part++) {
      missing[part] = !written.containsKey(part) && !storage.exists(place(name, part));
    }
    return missing;
  }

  /**
   * The parts that Spark has written. Of what several runs wrote of a part, one is as another, but
   * for the empty file that Spark's first task writes where there is nothing for it to do.
   */
  private Map<Integer, Path> written(String name) {
    Map<Integer, FileStatus> parts = new TreeMap<>();
    if (storage.exists(work(name))) {
      for (FileStatus file : storage.list(work(name))) {
        Matcher matcher = WRITTEN.matcher(file.getPath().getName());
        if (matcher.matches()) {
          parts.merge(
              Integer.parseInt(matcher.group(1)),
              file,
              (one, other) -> one.getLen() >= other.getLen() ? one : other);
        }
      }
    }
    Map<Integer, Path> paths = new TreeMap<>();
    parts.forEach((part, file) -> paths.put(part, file.getPath()));
    return paths;
  }

  private Path place(String name, int part) {
    return new Path(path, "%s-%05d%s".formatted(name, part, extension));
  }

  /** The files of all batches, in the order of their rows. */
  List<Path> parts() {
    return storage.list(path).stream()
        .map(FileStatus::getPath)
        .filter(file -> OWN.matcher(file.getName()).matches())
        .sorted(Comparator.comparing(Path::getName))
        .toList();
  }

  /** The names of the files of a batch, as a glob. */
  String files(String name) {
    return "%s-*%s".formatted(name, extension);
  }

  /** Moves the parts of a batch to their places. */
  void move(String name, Batch batch) {
    Map<Integer, Path> written = written(name);
    for (int part = 0; part < batch.parts(); part++) {
      Path place = place(name, part);
      Path from = written.get(part);
      if (from != null && !storage.exists(place)) {
        rename(from, place);
      }
    }
    storage.deleteRecursively(work(name));
  }

  private void rename(Path from, Path to) {
    try {
      if (!storage.fileSystem(to).rename(from, to)) {
        throw new ChoraleException(
            "Cannot move %s %s to %s: the file system refuses, expected them to be written once. Run the command again."
                .formatted(words.noun(), from, to));
      }
    } catch (IOException e) {
      throw Storage.failure("move %s to".formatted(words.noun()), to, e);
    }
  }

  /** Says that all rows that there are have gone through the model. */
  void succeed() {
    storage.publish(new Path(path, SUCCESS), new byte[0]);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
