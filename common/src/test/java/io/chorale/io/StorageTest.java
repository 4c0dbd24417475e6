package io.chorale.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  private final Storage storage = new Storage(new Configuration());
  @TempDir java.nio.file.Path directory;

  @Test
  void publishesAFileAndNothingElse() throws IOException {
    Path file = path("deep/er/file.bin");
    storage.publish(file, "one".getBytes(UTF_8));
    assertEquals("one", text(file));
    storage.publish(file, "two".getBytes(UTF_8));
    assertEquals("two", text(file));
    assertEquals(List.of("file.bin"), names("deep/er"));
  }

  @Test
  void whatIsNoFileIsNeverWaitedFor() throws Exception {
    java.nio.file.Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    Files.createSymbolicLink(directory.resolve("zero"), java.nio.file.Path.of("/dev/zero"));
    Files.createSymbolicLink(directory.resolve("link"), fifo);
    for (String name : List.of("fifo", "zero", "link")) {
      for (Executable read :
          List.<Executable>of(
              () -> storage.open(path(name)),
              () -> storage.read(path(name), FSDataInputStream::read),
              () -> storage.readFully(path(name), 10),
              () -> RegularFiles.check(storage.fileSystem(path(name)), path(name)),
              () -> RegularFiles.check(directory.resolve(name).toFile()))) {
        String message = assertThrows(SettingsException.class, read).getMessage();
        assertTrue(message.contains(name + ": it is a FIFO, a device or a socket"), message);
      }
    }
  }

  @Test
  void aLinkToNothingSaysWhereItLeads() throws IOException {
    Files.createSymbolicLink(directory.resolve("dead"), java.nio.file.Path.of("/no/such"));
    for (Executable read :
        List.<Executable>of(
            () -> storage.status(path("dead")),
            () -> storage.open(path("dead")),
            () -> storage.listWhole(path(".")))) {
      String message = assertThrows(ChoraleException.class, read).getMessage();
      assertTrue(message.contains("it is a link to /no/such, where there is nothing"), message);
    }
    Files.move(directory.resolve("dead"), directory.resolve(".dead"));
    assertEquals(
        List.of(),
        storage.listWhole(path(".")).stream()
            .filter(file -> !file.getPath().getName().startsWith("."))
            .toList());
  }

  @Test
  void aFileSystemWithoutItsJarIsNamed() {
    for (String path : List.of("s3a://bucket/x", "abfs://container@account/x")) {
      String message =
          assertThrows(SettingsException.class, () -> storage.exists(new Path(path))).getMessage();
      assertTrue(message.startsWith("Cannot use " + path + ": its file system "), message);
      assertTrue(message.contains("expected Hadoop's module for it"), message);
    }
  }

  @Test
  void aFailedWriteLeavesWhatWasThere() throws IOException {
    Path file = path("file.bin");
    storage.publish(file, "old".getBytes(UTF_8));
    ChoraleException failure =
        assertThrows(
            ChoraleException.class,
            () ->
                storage.publish(
                    file,
                    out -> {
                      out.write(new byte[1000]);
                      throw new IOException("No space left on device");
                    }));
    assertEquals(
        "Cannot write %s: No space left on device. Free space there, then run again."
            .formatted(file),
        failure.getMessage());
    assertEquals("old", text(file));
    assertEquals(List.of("file.bin"), names("."));
    // Where the operating system refuses bytes, Hadoop throws an error.
    assertTrue(
        assertThrows(
                ChoraleException.class,
                () ->
                    storage.publishOnce(
                        file,
                        out -> {
                          out.close();
                          out.write(new byte[1 << 20]);
                        }))
            .getMessage()
            .startsWith("Cannot write " + file + ": Stream Closed."));
    assertEquals(List.of("file.bin"), names("."));
    assertThrows(
        IllegalStateException.class,
        () ->
            storage.publish(
                file,
                out -> {
                  throw new IllegalStateException();
                }));
    assertEquals(List.of("file.bin"), names("."));
  }

  @Test
  void namesWhatIsMissing() {
    ChoraleException failure =
        assertThrows(ChoraleException.class, () -> storage.readFully(path("none"), 10));
    assertEquals(
        "Cannot look at %s: there is no such file or directory. Check the path."
            .formatted(path("none")),
        failure.getMessage());
  }

  @Test
  void refusesToReadMoreThanTheLimit() {
    storage.publish(path("file"), new byte[11]);
    ChoraleException failure =
        assertThrows(ChoraleException.class, () -> storage.readFully(path("file"), 10));
    assertTrue(failure.getMessage().contains("11 bytes, expected at most 10"));
    assertEquals(11, storage.readFully(path("file"), 11).length);
  }

  @Test
  void deletesAndLists() {
    storage.publish(path("d/b"), new byte[1]);
    storage.publish(path("d/a/x"), new byte[1]);
    assertEquals(
        List.of("a", "b"),
        storage.list(path("d")).stream().map(status -> status.getPath().getName()).toList());
    storage.deleteRecursively(path("d"));
    assertFalse(storage.exists(path("d")));
    storage.deleteRecursively(path("d"));
  }

  @Test
  void aFileSystemThatKeepsWhatItShouldDeleteIsNotBelieved() {
    Configuration configuration = new Configuration();
    configuration.set("fs.keeping.impl", KeepingFileSystem.class.getName());
    Storage keeping = new Storage(configuration);
    Path file = new Path("keeping://" + directory + "/file");
    keeping.deleteRecursively(file);
    keeping.publish(file, new byte[1]);
    assertEquals(
        "Cannot delete %s: the file system refused. Check the path, its permissions and the free space."
            .formatted(file),
        assertThrows(ChoraleException.class, () -> keeping.deleteRecursively(file)).getMessage());
  }

  /** Deletes nothing, and says so in the quietest way. */
  public static final class KeepingFileSystem extends OtherFileSystem {
    @Override
    public String getScheme() {
      return "keeping";
    }

    @Override
    public URI getUri() {
      return URI.create("keeping:///");
    }

    @Override
    public boolean delete(Path path, boolean recursive) {
      return false;
    }
  }

  @Test
  void travelsWithItsConfiguration() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set("fs.other.impl", OtherFileSystem.class.getName());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new Storage(configuration));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      Storage travelled = (Storage) in.readObject();
      Path file = new Path("other://" + directory + "/file");
      travelled.publish(file, "one".getBytes(UTF_8));
      travelled.publish(file, "two".getBytes(UTF_8));
      assertArrayEquals("two".getBytes(UTF_8), travelled.readFully(file, 10));
      assertEquals(List.of("file"), names("."));
    }
  }

  /** A file system that no one else knows, over local files. */
  public static class OtherFileSystem extends FilterFileSystem {
    public OtherFileSystem() {
      super(new RawLocalFileSystem());
    }

    @Override
    public void initialize(URI name, Configuration configuration) throws IOException {
      fs.initialize(URI.create("file:///"), configuration);
      setConf(configuration);
    }

    @Override
    public String getScheme() {
      return "other";
    }

    @Override
    public URI getUri() {
      return URI.create("other:///");
    }

    @Override
    protected void checkPath(Path path) {
      // The local file system below would refuse the scheme.
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      return super.getFileStatus(local(path));
    }

    @Override
    public FSDataInputStream open(Path path, int buffer) throws IOException {
      return super.open(local(path), buffer);
    }

    @Override
    public FSDataOutputStream create(
        Path path,
        FsPermission permission,
        boolean overwrite,
        int buffer,
        short replication,
        long block,
        Progressable progress)
        throws IOException {
      return super.create(local(path), permission, overwrite, buffer, replication, block, progress);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
      return super.delete(local(path), recursive);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
      // As on HDFS, a rename does not replace.
      return !exists(to) && super.rename(local(from), local(to));
    }

    private static Path local(Path path) {
      return new Path("file", null, path.toUri().getPath());
    }
  }

  private Path path(String name) {
    return new Path(directory.resolve(name).toUri());
  }

  private String text(Path file) {
    return new String(storage.readFully(file, 1000), UTF_8);
  }

  private List<String> names(String below) throws IOException {
    try (Stream<java.nio.file.Path> files = Files.list(directory.resolve(below))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theSystemsReasonIsTold() throws IOException {
    Path file = new Path("/disk/f");
    Map<IOException, String> reasons =
        Map.of(
            new FileNotFoundException("/disk/f (Read-only file system)"), "Read-only file system",
            new FileNotFoundException("/disk/f (Too many open files)"), "Too many open files",
            new FileNotFoundException("/disk/f (1) (No such file or directory)"),
                "there is no such file or directory",
            new FileNotFoundException("File /disk/f (1) does not exist"),
                "there is no such file or directory",
            new NoSuchFileException("/disk/f"), "there is no such file or directory",
            new AccessDeniedException("/disk/f"), "permission denied",
            new FileSystemException("/disk/f", null, "Read-only file system"),
                "Read-only file system",
            new IOException("connection reset."), "connection reset");
    reasons.forEach(
        (cause, reason) ->
            assertTrue(
                Storage.failure("write", file, cause)
                    .getMessage()
                    .startsWith("Cannot write /disk/f: " + reason + ". Check the path"),
                Storage.failure("write", file, cause).getMessage()));

    Files.writeString(directory.resolve("f"), "x");
    Path below = new Path(directory.resolve("f/d/e").toString());
    for (Executable making :
        List.<Executable>of(
            () -> storage.createDirectories(below), () -> storage.publish(below, new byte[1]))) {
      String message = assertThrows(ChoraleException.class, making).getMessage();
      assertTrue(message.contains(": Not a directory. "), message);
    }
  }
}
