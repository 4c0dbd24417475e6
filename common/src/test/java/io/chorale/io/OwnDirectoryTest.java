package io.chorale.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnDirectoryTest {
  private final Storage storage = new Storage(new Configuration());

  @TempDir java.nio.file.Path temporary;
  private java.nio.file.Path outside;
  private java.nio.file.Path inside;
  private OwnDirectory own;

  @BeforeEach
  void layOut() throws IOException {
    outside = Files.createDirectories(temporary.resolve("outside/deep"));
    Files.writeString(outside.resolve("precious"), "x");
    Files.writeString(outside.resolve(".x.0123abcd.tmp"), "x");
    // It may itself be reached through a link.
    Files.createDirectories(temporary.resolve("disk/own"));
    Files.createSymbolicLink(temporary.resolve("home"), temporary.resolve("disk"));
    inside = temporary.resolve("home/own");
    own = new OwnDirectory(storage, path(inside));
  }

  private static Path path(java.nio.file.Path path) {
    return new Path(path.toString());
  }

  @Test
  void deletesWhatIsItsOwn() throws IOException {
    Files.createDirectories(inside.resolve("a/b"));
    Files.writeString(inside.resolve("a/b/file"), "x");
    Files.createSymbolicLink(inside.resolve("a/b/link"), outside);
    own.checkWritable(path(inside.resolve("a/b/file")));
    own.delete(path(inside.resolve("a")));
    assertFalse(Files.exists(inside.resolve("a")));
    assertUnharmed();
  }

  @Test
  void leavesLinksAndWhatTheyLeadToAlone() throws IOException {
    java.nio.file.Path link = Files.createSymbolicLink(inside.resolve("round"), outside);
    java.nio.file.Path hidden =
        Files.createSymbolicLink(inside.resolve(".x.0123abcd.old"), outside);
    own.delete(path(link));
    own.delete(path(link.resolve("precious")));
    own.deleteLeftovers(path(link));
    own.deleteLeftovers(path(inside));
    assertTrue(Files.isSymbolicLink(link));
    assertTrue(Files.isSymbolicLink(hidden));
    assertUnharmed();
  }

  @Test
  void nothingIsWrittenThroughALink() throws IOException {
    Files.createSymbolicLink(inside.resolve("round"), outside);
    ChoraleException refused =
        assertThrows(
            ChoraleException.class, () -> own.checkWritable(path(inside.resolve("round/model"))));
    assertTrue(refused.getMessage().contains("a symbolic link leads out"), refused.getMessage());
    Files.createSymbolicLink(inside.resolve("nowhere"), temporary.resolve("missing"));
    assertThrows(
        ChoraleException.class, () -> own.checkWritable(path(inside.resolve("nowhere/model"))));
    assertFalse(Files.exists(temporary.resolve("missing"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void whatLiesElsewhereIsNotAskedFor() {
    assertThrows(IllegalArgumentException.class, () -> own.delete(path(outside)));
    assertUnharmed();
  }

  private void assertUnharmed() {
    assertEquals(
        2, storage.list(path(outside)).size(), () -> storage.list(path(outside)).toString());
  }
}
