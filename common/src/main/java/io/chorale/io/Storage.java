package io.chorale.io;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * Files on any Hadoop file system. What is published appears whole or not at all: it is written
 * under a hidden name beside its place and then renamed.
 *
 * <p>Local files are read and written without Hadoop's {@code .crc} side files, which other tools
 * do not expect; the formats of Chorale carry checksums of their own.
 *
 * <p>Every failure is a {@link ChoraleException} that names the path and the cause. Serializable
 * with its configuration, so that a Spark task may hold one. Thread-safe.
 */
public final class Storage implements Serializable {
  private static final long serialVersionUID = 1L;

  private transient Configuration configuration;

  /** What is written to a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes all bytes; does not need to close the stream. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** Uses the file systems as configured: in Spark, {@code sparkContext.hadoopConfiguration()}. */
  public Storage(Configuration configuration) {
    this.configuration = new Configuration(configuration);
  }

  /** The file system of a path; the local one without checksum files. */
  public FileSystem fileSystem(Path path) {
    try {
      FileSystem found = path.getFileSystem(configuration);
      return found instanceof LocalFileSystem local ? local.getRaw() : found;
    } catch (IOException | IllegalArgumentException e) {
      throw failure("open the file system of", path, e);
    }
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
    try {
      return new Path(value);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(key + " must be a path (got: " + value + ")", e);
    }
  }

  /** The path with its scheme, and absolute. */
  public Path qualify(Path path) {
    return fileSystem(path).makeQualified(path);
  }

  /** Whether there is a file or directory. */
  public boolean exists(Path path) {
    try {
      return fileSystem(path).exists(path);
    } catch (IOException e) {
      throw failure("look for", path, e);
    }
  }

  /** Length, kind and times of a file or directory; fails where there is none. */
  public FileStatus status(Path path) {
    try {
      return fileSystem(path).getFileStatus(path);
    } catch (IOException e) {
      throw failure("look at", path, e);
    }
  }

  /** What lies directly in a directory, hidden names too, sorted by name. */
  public List<FileStatus> list(Path directory) {
    try {
      FileStatus[] found = fileSystem(directory).listStatus(directory);
      Arrays.sort(found, Comparator.comparing(status -> status.getPath().getName()));
      return List.of(found);
    } catch (IOException e) {
      throw failure("list directory", directory, e);
    }
  }

  /** Opens a file for reading; the caller closes it. */
  public FSDataInputStream open(Path file) {
    try {
      return fileSystem(file).open(file);
    } catch (IOException e) {
      throw failure("read", file, e);
    }
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
    try (FSDataInputStream in = open(file)) {
      byte[] bytes = new byte[(int) length];
      in.readFully(0, bytes);
      return bytes;
    } catch (IOException e) {
      throw failure("read", file, e);
    }
  }

  /** Creates a directory with its parents; nothing where it is there. */
  public void createDirectories(Path directory) {
    try {
      if (!fileSystem(directory).mkdirs(directory)) {
        throw new IOException("the file system refused");
      }
    } catch (IOException e) {
      throw failure("create directory", directory, e);
    }
  }

  /** Deletes a file, or a directory with all it holds; nothing where there is none. */
  public void deleteRecursively(Path path) {
    try {
      fileSystem(path).delete(path, true);
    } catch (IOException e) {
      throw failure("delete", path, e);
    }
  }

  /**
   * Writes a file so that readers see all of it or (before that, or after a failure) what was there
   * before. Missing parent directories are made; an existing file is replaced.
   */
  public void publish(Path file, Content content) {
    FileSystem system = fileSystem(file);
    Path hidden = hidden(file, "tmp");
    try {
      try (FSDataOutputStream out = system.create(hidden, false)) {
        content.writeTo(out);
        if (out.hasCapability(StreamCapabilities.HSYNC)) {
          out.hsync();
        }
      }
      Rename.replace(system, hidden, file, configuration);
    } catch (IOException e) {
      discard(system, hidden, e);
      throw failure("write", file, e);
    } catch (FSError e) {
      // So Hadoop reports a full local disk.
      discard(system, hidden, e);
      throw failure(
          "write", file, e.getCause() instanceof IOException cause ? cause : new IOException(e));
    } catch (RuntimeException | Error e) {
      discard(system, hidden, e);
      throw e;
    }
  }

  /** As {@link #publish(Path, Content)}. */
  public void publish(Path file, byte[] content) {
    publish(file, out -> out.write(content));
  }

  /**
   * A hidden, unused name beside a directory that is to be published; who writes below it either
   * publishes it or deletes it.
   */
  public Path staging(Path directory) {
    return hidden(qualify(directory), "partial");
  }

  /**
   * Refuses a directory that is there already, before any work is done.
   *
   * @param overwrite whether it may be replaced; even then only where it is empty or holds the
   *     marker, so that a mistyped path costs nothing
   * @param thing what is to be written, for the message: "dataset"
   * @param marker the file by which such a directory is known: "dataset.json"
   */
  public void checkTarget(Path directory, boolean overwrite, String thing, String marker) {
    if (!exists(directory)) {
      return;
    }
    if (!overwrite) {
      throw new SettingsException(
          "Cannot write %s %s: it exists, expected a new path. Choose another one, or give --overwrite."
              .formatted(thing, directory));
    }
    boolean ours =
        status(directory).isDirectory()
            && (list(directory).isEmpty() || exists(new Path(directory, marker)));
    if (!ours) {
      throw new SettingsException(
          ("Cannot overwrite %s: it is no %s (it holds no %s), expected one or an empty directory."
                  + " Choose another path, or delete it yourself.")
              .formatted(directory, thing, marker));
    }
  }

  /**
   * Moves a complete directory to its place. One that is there before is refused unless told to
   * overwrite; then it is set aside first and deleted only after the new one is in place.
   */
  public void publishDirectory(Path staged, Path directory, boolean overwrite) {
    FileSystem system = fileSystem(directory);
    try {
      Path old = null;
      if (system.exists(directory)) {
        if (!overwrite) {
          throw new IOException("it exists");
        }
        old = hidden(system.makeQualified(directory), "old");
        Rename.toNew(system, directory, old);
      }
      try {
        Path parent = system.makeQualified(directory).getParent();
        if (parent != null) {
          system.mkdirs(parent);
        }
        Rename.toNew(system, staged, directory);
      } catch (IOException e) {
        if (old != null) {
          Rename.toNew(system, old, directory);
        }
        throw e;
      }
      if (old != null) {
        system.delete(old, true);
      }
    } catch (IOException e) {
      throw failure("publish directory", directory, e);
    }
  }

  /** A failure of a file system in the words of the user. */
  public static ChoraleException failure(String verb, Path path, Exception cause) {
    String found = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String advice = "Check the path, its permissions and the free space.";
    if (cause instanceof FileNotFoundException) {
      found = "there is no such file or directory";
      advice = "Check the path.";
    } else if (found.contains("No space left") || found.contains("quota")) {
      advice = "Free space there, then run again.";
    }
    return new ChoraleException(
        "Cannot %s %s: %s. %s".formatted(verb, path, strip(found), advice), cause);
  }

  private static String strip(String sentence) {
    String text = sentence.strip();
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private static Path hidden(Path path, String kind) {
    String unique = UUID.randomUUID().toString().substring(0, 8);
    return new Path(path.getParent(), "." + path.getName() + "." + unique + "." + kind);
  }

  private static void discard(FileSystem system, Path hidden, Throwable why) {
    try {
      system.delete(hidden, true);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    configuration.write(out);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    configuration = new Configuration(false);
    configuration.readFields(in);
  }
}
