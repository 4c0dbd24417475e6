package io.chorale.io;

import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A directory of this machine for files that one process needs for a while, readable by its user
 * alone. A locked file beside it says that the process lives: what those that were killed have left
 * is deleted when the next one begins.
 */
public final class TemporaryDirectory implements AutoCloseable {
  private static final String PREFIX = "chorale-";
  private static final String LOCK = ".lock";
  private static final int ATTEMPTS = 5;

  /** Others may begin a name likewise. */
  private static final Pattern OURS = Pattern.compile(PREFIX + "[0-9]+" + Pattern.quote(LOCK));

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /**
   * The locked files of this process. To open one of them again and close it would free its lock,
   * as POSIX has it.
   */
  private static final Set<Path> OWN = new HashSet<>();

  private final Path path;
  private final Path lock;
  private final FileChannel held;

  private TemporaryDirectory(Path path, Path lock, FileChannel held) {
    this.path = path;
    this.lock = lock;
    this.held = held;
  }

  /**
   * Makes one in {@code java.io.tmpdir}.
   *
   * @param instead what the user may set instead, a sentence; empty for nothing
   * @throws ChoraleException where none can be made, with the system's reason
   */
  public static TemporaryDirectory create(String instead) {
    return create(Path.of(System.getProperty("java.io.tmpdir")), instead);
  }

  static TemporaryDirectory create(Path parent, String instead) {
    synchronized (OWN) {
      sweep(parent);
      try {
        while (true) {
          Optional<TemporaryDirectory> made = attempt(parent);
          if (made.isPresent()) {
            return made.get();
          }
        }
      } catch (IOException e) {
        throw new ChoraleException(
            "Cannot make a directory for temporary files in %s: %s, expected one that can be written. Set java.io.tmpdir in JDK_JAVA_OPTIONS%s."
                .formatted(parent, Storage.reason(e), instead.isEmpty() ? "" : ", or " + instead),
            e);
      }
    }
  }

  /** Makes one; nothing where another process has swept the locked file before it was locked. */
  private static Optional<TemporaryDirectory> attempt(Path parent) throws IOException {
    Path lock = Files.createTempFile(parent, PREFIX, LOCK);
    OWN.add(lock);
    FileChannel held = null;
    try {
      held = FileChannel.open(lock, StandardOpenOption.WRITE);
      held.lock();
      if (Files.exists(lock)) {
        Path path = Files.createDirectory(directory(lock), OWNER_ALONE);
        return Optional.of(new TemporaryDirectory(path, lock, held));
      }
      free(lock, held);
      return Optional.empty();
    } catch (IOException e) {
      free(lock, held);
      throw e;
    }
  }

  private static Path directory(Path lock) {
    String name = lock.getFileName().toString();
    return lock.resolveSibling(name.substring(0, name.length() - LOCK.length()));
  }

  private static void free(Path lock, FileChannel held) throws IOException {
    OWN.remove(lock);
    Files.deleteIfExists(lock);
    if (held != null) {
      held.close();
    }
  }

  public Path path() {
    return path;
  }

  /** Deletes it, as far as nobody writes there any more. */
  @Override
  public void close() {
    synchronized (OWN) {
      delete(path);
      try {
        free(lock, held);
      } catch (IOException e) {
        // The next process deletes it.
      }
    }
  }

  /** Deletes what killed processes have left, as far as this user may. */
  private static void sweep(Path parent) {
    try (DirectoryStream<Path> locks = Files.newDirectoryStream(parent, PREFIX + "*" + LOCK)) {
      for (Path lock : locks) {
        if (OURS.matcher(lock.getFileName().toString()).matches() && !OWN.contains(lock)) {
          sweepOne(lock);
        }
      }
    } catch (IOException e) {
      // Whether files can be written there shows next.
    }
  }

  private static void sweepOne(Path lock) {
    try (FileChannel other = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      if (other.tryLock() != null) {
        delete(directory(lock));
        Files.deleteIfExists(lock);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // It is another user's, or another one has just deleted it.
    }
  }

  private static void delete(Path path) {
    for (int attempt = 0; attempt < ATTEMPTS && Files.exists(path); attempt++) {
      try {
        Files.walkFileTree(path, new Deletion());
      } catch (DirectoryNotEmptyException | NoSuchFileException e) {
        // Somebody is deleting there too, or has not ended quite yet.
        continue;
      } catch (IOException e) {
        return;
      }
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException failure)
        throws IOException {
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
