package io.chorale.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code chorale.jar} holds, and what it says about it. */
class JarIT {
  private static final String LICENSES = "META-INF/licenses/";
  private static final Pattern LIBRARY =
      Pattern.compile("(?:.*/)?(?:lib)?([^/]+?)\\.(?:so|dylib|jnilib|dll)(?:\\.[0-9]+)*");

  private JarFile jar;
  private List<String> files;

  @BeforeEach
  void open() throws IOException {
    jar = new JarFile(new File("target/chorale.jar"));
    files = jar.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
    assertTrue(files.contains("io/chorale/jobs/Main.class"));
  }

  @AfterEach
  void close() throws IOException {
    jar.close();
  }

  private String text(String name) throws IOException {
    ZipEntry entry = jar.getEntry(name);
    assertNotNull(entry, name);
    return new String(jar.getInputStream(entry).readAllBytes(), UTF_8);
  }

  /** What stands behind a word in the list of what the jar holds. */
  private List<String> lines(String word) throws IOException {
    List<String> found =
        text(LICENSES + "THIRD-PARTY.txt")
            .lines()
            .filter(line -> line.startsWith("  " + word))
            .map(line -> line.substring(2 + word.length()))
            .toList();
    assertTrue(found.size() > 10, found.toString());
    return found;
  }

  private static Set<String> matches(String pattern, List<String> lines) {
    return lines.stream()
        .flatMap(line -> Pattern.compile(pattern).matcher(line).results())
        .map(result -> result.group(1))
        .collect(Collectors.toSet());
  }

  @Test
  void everythingInItIsListed() throws IOException {
    Set<String> places = matches("([a-z0-9/]+/|[a-z0-9-]+\\.bin)(?:[ ,]|$)", lines("where"));
    assertEquals(
        List.of(),
        files.stream()
            .filter(file -> !file.startsWith("META-INF/") && !file.startsWith("io/chorale/"))
            .filter(file -> places.stream().noneMatch(file::startsWith))
            .toList());
    Set<String> libraries = matches("(?:[(]|, )lib([A-Za-z0-9_]+)(?=[,)])", lines("where"));
    Set<String> found =
        files.stream()
            .map(LIBRARY::matcher)
            .filter(library -> library.matches())
            .map(library -> library.group(1))
            .collect(Collectors.toSet());
    assertTrue(found.containsAll(Set.of("torch_cpu", "openblas", "tokenizers")), found.toString());
    found.removeAll(libraries);
    assertEquals(Set.of(), found, "libraries that are not listed");
  }

  @Test
  void everyLicenceThatIsNamedIsThere() throws IOException {
    List<String> licences = lines("licence");
    for (String name : matches(" ([a-z-]+\\.txt)", licences)) {
      assertTrue(text(LICENSES + name).length() > 500, name);
    }
    for (String name : matches("(META-INF/[A-Za-z-]+)", licences)) {
      text(name);
    }
    assertEquals(Files.readString(Path.of("..", "LICENSE")), text("META-INF/LICENSE"));
    String notice = text("META-INF/NOTICE");
    assertTrue(notice.contains("Jackson JSON processor"), notice);
  }

  @Test
  void holdsNothingThatIsNotNeeded() {
    for (String pattern :
        List.of(
            ".*\\.tiktoken",
            ".*/include/.*",
            ".*/pkgconfig/.*",
            ".*/lib(jniopenblas_full|jnitorch_gloo).*",
            "com/sun/jna/(aix|freebsd|openbsd|sunos|win32)-.*",
            "native/lib/win-.*",
            "org/apache/(spark|hadoop|commons|iceberg)/.*",
            "io/delta/.*",
            "io/netty/.*")) {
      assertFalse(files.stream().anyMatch(file -> file.matches(pattern)), pattern);
    }
  }
}
