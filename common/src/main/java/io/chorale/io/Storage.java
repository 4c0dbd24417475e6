package io.chorale.io;

import io.chorale.config.ChoraleException;
import io.chorale.config.Secrets;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.StringUtils;
import org.apache.hadoop.util.VersionInfo;

/**
 * Files on any Hadoop file system, and the protocol by which they are committed. Readers see whole
 * files and whole directories, and a process that is killed at any moment leaves nothing that a
 * reader could take for either.
 *
 * <p><b>File systems</b> (local disks, HDFS, whatever renames atomically): a file is written under
 * a hidden name beside its place and renamed. Where there is one already, local disks and HDFS
 * replace it in that step; others ({@code abfs}) delete it first, so that a reader may for a moment
 * find none, and a process that is killed at that moment leaves none. A directory that is published
 * as a whole ({@link StagedDirectory}) is written under a hidden name, too, its marker last.
 *
 * <p><b>Object stores</b> (S3 and its like), where a rename is a copy and a delete of one object
 * after the other and directories do not exist: a file is written to its place, where the store
 * shows it, whole, when its stream is closed; after a failure the stream is aborted, never closed.
 * A directory is written in its place and is there when its marker is, which is written last.
 *
 * <p><b>Both</b>: no step appends to a file, and none needs a rename of more than one file to be
 * atomic. A marker is never silently replaced ({@link #publishNew}). Before it is written, whoever
 * writes it checks that all is there that it names: so of two processes that write the same thing
 * one wins, and the other ends with a message; there are no locks that could outlive their owner.
 * What is hidden and not finished is removed by the next run ({@link
 * OwnDirectory#deleteLeftovers}). What storage refuses is tried again a few times, unless nothing
 * can mend it (a full disk, a missing permission).
 *
 * <p>The schemes of object stores are {@value #OBJECT_STORES} in Hadoop's configuration (in
 * Spark's: {@code spark.hadoop.}{@value #OBJECT_STORES}), separated by commas; by default {@value
 * #OBJECT_STORES_DEFAULT}. {@code abfs} is not among them: it shows a file while it is written, and
 * renames it atomically to a name that is free.
 *
 * <p>Local files are read and written without Hadoop's {@code .crc} side files, which other tools
 * do not expect; the formats of Chorale carry checksums of their own.
 *
 * <p>Every failure is a {@link ChoraleException} that names the path and the cause. Serializable
 * with its configuration, so that a Spark task may hold one. Thread-safe.
 */
public final class Storage implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The key in Hadoop's configuration that names the schemes of object stores. */
  public static final String OBJECT_STORES = "chorale.object-stores";

  static final String OBJECT_STORES_DEFAULT = "s3a,s3,s3n,gs,oss,cosn,obs,oci,bos,ks3,tos";

  private final SentConfiguration configuration;

  /** What is written to a file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all bytes; does not close the stream. Called again, for the same bytes, where storage
     * has refused them.
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /** Uses the file systems as configured: in Spark, {@code sparkContext.hadoopConfiguration()}. */
  public Storage(Configuration configuration) {
    this.configuration = new SentConfiguration(new Configuration(configuration));
  }

  /** The file system of a path; the local one without checksum files. */
  public FileSystem fileSystem(Path path) {
    try {
      FileSystem found = path.getFileSystem(configuration.get());
      return found instanceof LocalFileSystem local ? local.getRaw() : found;
    } catch (UnsupportedFileSystemException e) {
      throw new SettingsException(
          "Cannot use %s: Hadoop knows no file system %s, expected one that it has the jar and the settings for. Check the path."
              .formatted(path, path.toUri().getScheme()),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw failure("open the file system of", path, e);
    } catch (RuntimeException | LinkageError | ServiceConfigurationError e) {
      throw missingModule(path, e);
    }
  }

  /** Hadoop knows the scheme, but the classes for it are not there. */
  private static SettingsException missingModule(Path path, Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new SettingsException(
        ("Cannot use %s: its file system %s cannot be loaded (%s), expected Hadoop's module for it on"
                + " the class path, in version %s and with what it needs (for s3a: hadoop-aws). Put"
                + " its jars beside Spark's, or name them with --packages or spark.jars.packages.")
            .formatted(path, path.toUri().getScheme(), root, VersionInfo.getVersion()),
        cause);
  }

  /**
   * The path that a setting holds.
   *
   * @param key of the setting, for messages
   * @throws SettingsException where the setting is empty, or no path
   */
  public static Path path(String key, String value) {
    if (value.isEmpty()) {
      throw new SettingsException(key + " must be set (got nothing)");
    }
    Secrets.refuse(key, value);
    try {
      return new Path(value);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(key + " must be a path (got: " + value + ")", e);
    }
  }

  /** The path with its scheme, and absolute; without a slash at its end, which a URI may have. */
  public Path qualify(Path path) {
    URI qualified = fileSystem(path).makeQualified(path).toUri();
    return new Path(qualified.getScheme(), qualified.getAuthority(), qualified.getPath());
  }

  /** Whether a path is that directory or leads into it, by their names. */
  public boolean isIn(Path directory, Path path) {
    Path outer = qualify(directory);
    for (Path at = qualify(path); at != null; at = at.getParent()) {
      if (at.equals(outer)) {
        return true;
      }
    }
    return false;
  }

  /** Whether there is a file or directory. */
  public boolean exists(Path path) {
    return ask("look for", path, () -> fileSystem(path).exists(path));
  }

  /** Why nothing is found at a path, for messages: {@code there is no such file or directory}. */
  public static String absence(Path path) {
    return StorageFailure.absence(path);
  }

  /** Why a file could not be used, in one line, for messages: {@code permission denied}. */
  public static String reason(IOException failure) {
    return StorageFailure.found(failure);
  }

  /** Length, kind and times of a file or directory; fails where there is none. */
  public FileStatus status(Path path) {
    return ask("look at", path, () -> fileSystem(path).getFileStatus(path));
  }

  /** What lies directly in a directory, hidden names too, sorted by name. */
  public List<FileStatus> list(Path directory) {
    FileStatus[] found =
        ask("list directory", directory, () -> fileSystem(directory).listStatus(directory));
    Arrays.sort(found, Comparator.comparing(status -> status.getPath().getName()));
    return List.of(found);
  }

  /** What is made of a file. */
  @FunctionalInterface
  public interface Reader<T> {
    /**
     * Reads; does not close the stream. Called again, from the first byte on, where storage has
     * failed half way.
     */
    T read(FSDataInputStream in) throws IOException;
  }

  /** Reads a file, as much of it as the reader asks for. */
  public <T> T read(Path file, Reader<T> reader) {
    return ask(
        "read",
        file,
        () -> {
          try (FSDataInputStream in = opened(file)) {
            return reader.read(in);
          }
        });
  }

  /**
   * Opens a file for reading; the caller closes it.
   *
   * @throws SettingsException where there is a FIFO, a device or a socket
   */
  public FSDataInputStream open(Path file) {
    return ask("read", file, () -> opened(file));
  }

  private FSDataInputStream opened(Path file) throws IOException {
    FileSystem system = fileSystem(file);
    RegularFiles.check(system, file);
    return system.open(file);
  }

  /**
   * What lies directly in a directory, in any order.
   *
   * @throws SettingsException where a link leads to nothing, unless its name begins with {@code _}
   *     or {@code .}
   */
  public List<FileStatus> listWhole(Path directory) {
    FileSystem system = fileSystem(directory);
    return ask(
        "list directory",
        directory,
        () -> {
          RegularFiles.checkLinks(system, directory);
          return List.of(system.listStatus(directory));
        });
  }

  /**
   * A whole file.
   *
   * @param limit the most bytes that are accepted, so that a wrong path cannot fill the memory
   */
  public byte[] readFully(Path file, int limit) {
    long length = status(file).getLen();
    if (length > limit) {
      throw new ChoraleException(
          "Cannot read %s: it has %d bytes, expected at most %d. Check the path."
              .formatted(file, length, limit));
    }
    byte[] bytes = new byte[(int) length];
    return read(
        file,
        in -> {
          in.readFully(0, bytes);
          return bytes;
        });
  }

  /** Creates a directory with its parents; nothing where it is there. */
  public void createDirectories(Path directory) {
    attempt(
        "create directory", directory, () -> Directories.make(fileSystem(directory), directory));
  }

  /**
   * Deletes a file, or a directory with all it holds; nothing where there is none. Of links that
   * lie in it only these are deleted. {@link OwnDirectory} deletes where a link may lie on the way.
   */
  public void deleteRecursively(Path path) {
    FileSystem system = fileSystem(path);
    attempt(
        "delete",
        path,
        () -> {
          if (!system.delete(path, true) && system.exists(path)) {
            throw new IOException("the file system refused");
          }
        });
  }

  /**
   * Writes a file so that readers see all of it or (before that, or after a failure) what was there
   * before. Missing parent directories are made; an existing file is replaced.
   */
  public void publish(Path file, Content content) {
    attempt("write", file, () -> writer(file).write(file, content, true));
  }

  /** As {@link #publish(Path, Content)}. */
  public void publish(Path file, byte[] content) {
    publish(file, out -> out.write(content));
  }

  /**
   * As {@link #publish(Path, Content)}, of a file that is named after what it holds.
   *
   * @param like a path beside it, to begin with
   * @param named its path, asked for when the content has been written
   */
  public void publishNamed(Path like, Content content, Supplier<Path> named) {
    attempt("write", like, () -> writer(like).writeNamed(like, content, named));
  }

  /** As {@link #publish(Path, Content)}, for a content that cannot be written a second time. */
  public void publishOnce(Path file, Content content) {
    try {
      writer(file).write(file, content, true);
    } catch (IOException | FSError e) {
      throw failure("write", file, Retry.plain(e));
    }
  }

  /**
   * Writes a file that must not be there yet.
   *
   * @return whether it holds these bytes now; false where it is there with others, which stay
   */
  public boolean publishNew(Path file, byte[] content) {
    try {
      Retry.run("write", file, () -> writer(file).write(file, out -> out.write(content), false));
      return true;
    } catch (IOException e) {
      if (!exists(file)) {
        throw failure("write", file, e);
      }
      // An attempt of this process may have succeeded without being told so.
      return holds(file, content);
    }
  }

  /** Whether a file is there and holds exactly these bytes. */
  public boolean holds(Path file, byte[] content) {
    return exists(file)
        && status(file).getLen() == content.length
        && Arrays.equals(readFully(file, content.length), content);
  }

  /**
   * A directory that is to be published as a whole; refuses one that is there, before any work is
   * done.
   *
   * @param thing what is to be written, for messages: "dataset"
   * @param marker the file by which such a directory is known: "dataset.json"
   * @param contents what else may lie in it
   * @param overwrite whether one that is there is replaced; even then only where it holds the
   *     marker and nothing that does not belong to it, so that a mistyped path costs nothing; an
   *     empty directory is always replaced
   * @throws SettingsException where something is there that must not be replaced
   */
  public StagedDirectory stage(
      Path directory, String thing, String marker, Set<String> contents, boolean overwrite) {
    return StagedDirectory.of(this, qualify(directory), thing, marker, contents, overwrite);
  }

  /**
   * A directory that is there and is to grow by what one run adds.
   *
   * @param thing what grows, for messages: "dataset"
   * @param marker the file by which such a directory is known: "dataset.json"
   * @param prefix of what is added: its path in the directory, up to a key
   */
  public StagedDirectory grow(Path directory, String thing, String marker, String prefix) {
    return new GrownDirectory(this, qualify(directory), thing, marker, prefix);
  }

  /** Whether a path is on an object store. */
  boolean onObjectStore(Path path) {
    String schemes = configuration.get().get(OBJECT_STORES, OBJECT_STORES_DEFAULT);
    return StringUtils.getTrimmedStringCollection(schemes)
        .contains(fileSystem(path).getUri().getScheme());
  }

  Rename rename(Path path) {
    return new Rename(fileSystem(path), configuration.get());
  }

  FileWriter writer(Path file) throws InterruptedIOException {
    if (Thread.interrupted()) {
      // The process ends, or the task is being killed: nobody waits for this file.
      throw new InterruptedIOException("the thread was interrupted");
    }
    FileSystem system = fileSystem(file);
    return onObjectStore(file)
        ? new FileWriter.ByClose(system)
        : new FileWriter.ByRename(system, rename(file));
  }

  private static void attempt(String verb, Path path, Retry.Action action) {
    try {
      Retry.run(verb, path, action);
    } catch (IOException e) {
      throw failure(verb, path, e);
    }
  }

  private static <T> T ask(String verb, Path path, Retry.Question<T> question) {
    try {
      return Retry.ask(verb, path, question);
    } catch (IOException e) {
      throw failure(verb, path, e);
    }
  }

  /** A failure of a file system in the words of the user. */
  public static ChoraleException failure(String verb, Path path, Exception cause) {
    return StorageFailure.of(verb, path, cause);
  }
}
