package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The commits of a model: {@code commits/000000001.json} and so on, each put only where nothing is
 * yet, without a gap, and all of them kept. Finding the newest costs one list of them all and one
 * look beyond it, since a store may list what is new a little late.
 */
final class CommitLog {
  static final String DIRECTORY = "commits";

  private static final int LIMIT = 1 << 26;
  private static final Pattern NAME = Pattern.compile("([0-9]{9,18})\\.json");

  private final Storage storage;
  private final Path directory;

  CommitLog(Storage storage, Path model) {
    this.storage = storage;
    this.directory = new Path(model, DIRECTORY);
  }

  Path file(long number) {
    return new Path(directory, String.format(Locale.ROOT, "%09d.json", number));
  }

  /** The newest commit; {@link Commit#NONE} where there is none. */
  Commit newest() {
    List<FileStatus> listed = storage.exists(directory) ? storage.list(directory) : List.of();
    OptionalLong last =
        listed.stream()
            .map(status -> NAME.matcher(status.getPath().getName()))
            .filter(Matcher::matches)
            .mapToLong(name -> Long.parseLong(name.group(1)))
            .max();
    long newest = last.orElse(0);
    while (storage.exists(file(newest + 1))) {
      newest++;
    }
    return newest == 0 ? Commit.NONE : read(newest);
  }

  /**
   * A commit.
   *
   * @throws ChoraleException where it is damaged, or not there
   */
  Commit read(long number) {
    Path file = file(number);
    return Commit.read(storage.readFully(file, LIMIT), file.toString(), number);
  }

  /** The commits, newest first, read as they are asked for. */
  Stream<Commit> fromNewest() {
    Commit newest = newest();
    return Stream.concat(
        newest.number() == 0 ? Stream.empty() : Stream.of(newest),
        LongStream.iterate(newest.number() - 1, number -> number > 0, number -> number - 1)
            .mapToObj(this::read));
  }

  /** Puts a commit behind its base; false where another one is there. */
  boolean put(Commit commit) {
    return storage.publishNew(file(commit.number()), commit.write());
  }
}
