package io.chorale.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What storage refuses, and what it refuses once. */
class RetryTest {
  @TempDir java.nio.file.Path directory;

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }

  private record Place(Storage storage, Path file) {}

  private Place place(String scheme) {
    return scheme.equals("faulty")
        ? new Place(
            new Storage(FaultyFileSystem.configuration()), new Path("faulty://" + directory + "/f"))
        : new Place(
            new Storage(ObjectStoreFileSystem.configuration()), new Path("objects://bucket/f"));
  }

  private List<String> files(String scheme) throws IOException {
    if (scheme.equals("objects")) {
      return ObjectStoreFileSystem.keys().stream().map(key -> new Path(key).getName()).toList();
    }
    try (Stream<java.nio.file.Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "faulty create",
        "faulty write",
        "faulty close",
        "objects create",
        "objects write",
        "objects close"
      })
  void whatIsRefusedOnceIsWrittenAll(String where) throws IOException {
    String scheme = where.split(" ")[0];
    Place place = place(scheme);
    AtomicInteger refused = Faults.refuse(where.split(" ")[1], "f", 1, "connection reset");
    place.storage().publish(place.file(), "one".getBytes(UTF_8));
    assertEquals(1, refused.get());
    refused.set(0);
    assertTrue(place.storage().publishNew(new Path(place.file() + "2"), "new".getBytes(UTF_8)));
    assertEquals(1, refused.get());
    assertEquals("one", new String(place.storage().readFully(place.file(), 9), UTF_8));
    assertEquals(List.of("f", "f2"), files(scheme));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void deletingIsTriedAgain(String scheme) throws IOException {
    Place place = place(scheme);
    place.storage().publish(place.file(), new byte[1]);
    AtomicInteger refused = Faults.refuse("delete", "f", 1, "connection reset");
    place.storage().deleteRecursively(place.file());
    assertEquals(1, refused.get());
    assertEquals(List.of(), files(scheme));
  }

  @ParameterizedTest
  @CsvSource({"faulty,read", "objects,read", "faulty,list", "objects,list"})
  void readingIsTriedAgain(String scheme, String operation) {
    Place place = place(scheme);
    Path directory = new Path(place.file().getParent(), "d");
    Path file = new Path(directory, "f");
    place.storage().publish(file, "one".getBytes(UTF_8));
    AtomicInteger refused =
        Faults.refuse(operation, operation.equals("list") ? "d" : "f", 1, "connection reset");
    assertEquals(1, place.storage().list(directory).size());
    assertTrue(place.storage().exists(file));
    assertEquals("one", new String(place.storage().readFully(file, 9), UTF_8));
    assertEquals(1, refused.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aReadThatFailsHalfWayBeginsAnew(String scheme) {
    Place place = place(scheme);
    place.storage().publish(place.file(), "whole".getBytes(UTF_8));
    AtomicInteger calls = new AtomicInteger();
    String read =
        place
            .storage()
            .read(
                place.file(),
                in -> {
                  String half = new String(in.readNBytes(3), UTF_8);
                  if (calls.incrementAndGet() == 1) {
                    throw new IOException("connection reset");
                  }
                  return half + new String(in.readAllBytes(), UTF_8);
                });
    assertEquals("whole", read);
    assertEquals(2, calls.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aFullDiskIsNotTriedAgainAndKeepsWhatWasThere(String scheme) throws IOException {
    Place place = place(scheme);
    place.storage().publish(place.file(), "old".getBytes(UTF_8));
    AtomicInteger refused = Faults.refuse("write", "f", 99, "No space left on device");
    ChoraleException failure =
        assertThrows(
            ChoraleException.class, () -> place.storage().publish(place.file(), new byte[9]));
    assertEquals(
        "Cannot write %s: No space left on device. Free space there, then run again."
            .formatted(place.file()),
        failure.getMessage());
    assertEquals(1, refused.get());
    assertEquals("old", new String(place.storage().readFully(place.file(), 9), UTF_8));
    assertEquals(List.of("f"), files(scheme));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void whatIsRefusedForGoodEndsWithTheReason(String scheme) throws IOException {
    Place place = place(scheme);
    AtomicInteger refused = Faults.refuse("close", "f", 99, "connection reset");
    ChoraleException failure =
        assertThrows(
            ChoraleException.class, () -> place.storage().publish(place.file(), new byte[9]));
    assertTrue(failure.getMessage().contains("connection reset"), failure.getMessage());
    assertEquals(4, refused.get());
    assertEquals(List.of(), files(scheme));
  }

  static Stream<IOException> hopeless() {
    return Stream.of(
        new AccessControlException("user=a"),
        new FileNotFoundException("/x (Permission denied)"),
        new java.nio.file.AccessDeniedException("/x"),
        new InterruptedIOException("killed"),
        new IOException("The DiskSpace quota of /x is exceeded"),
        new IOException("Read-only file system"));
  }

  @ParameterizedTest
  @MethodSource("hopeless")
  void whatNothingMendsIsNotTriedAgain(IOException why) {
    AtomicInteger attempts = new AtomicInteger();
    assertThrows(why.getClass(), () -> Retry.run("write", new Path("/x"), failing(attempts, why)));
    assertEquals(1, attempts.get());
  }

  @Test
  void aTimeoutIsTriedAgain() {
    AtomicInteger attempts = new AtomicInteger();
    IOException why = new SocketTimeoutException("read timed out");
    assertThrows(
        IOException.class, () -> Retry.run("write", new Path("/x"), failing(attempts, why)));
    assertEquals(4, attempts.get());
  }

  private static Retry.Action failing(AtomicInteger attempts, IOException why) {
    return () -> {
      attempts.incrementAndGet();
      throw why;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void aNewFileNeverReplacesAnother(String scheme) throws IOException {
    Place place = place(scheme);
    assertTrue(place.storage().publishNew(place.file(), "mine".getBytes(UTF_8)));
    assertTrue(place.storage().publishNew(place.file(), "mine".getBytes(UTF_8)));
    assertFalse(place.storage().publishNew(place.file(), "other".getBytes(UTF_8)));
    assertFalse(place.storage().publishNew(place.file(), "time".getBytes(UTF_8)));
    assertEquals("mine", new String(place.storage().readFully(place.file(), 9), UTF_8));
    assertEquals(List.of("f"), files(scheme));
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void ofTwoWritersOfANewFileOneWins(String scheme) throws IOException {
    Place place = place(scheme);
    boolean[] other = new boolean[1];
    // The other one writes between this one's look and its own rename, or the end of its stream.
    String last = scheme.equals("faulty") ? "rename" : "close";
    Faults.follow(
        (operation, path) -> {
          if (operation.equals(last)) {
            Faults.end();
            other[0] = place.storage().publishNew(place.file(), "other".getBytes(UTF_8));
          }
        });
    assertFalse(place.storage().publishNew(place.file(), "mine".getBytes(UTF_8)));
    assertTrue(other[0]);
    assertEquals("other", new String(place.storage().readFully(place.file(), 9), UTF_8));
    assertEquals(List.of("f"), files(scheme));
  }
}
