package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A tokenization that was cut off goes on where it was, on another cluster, too. */
class TokenizeResumeTest {
  private static final List<String> FILES = List.of("a.txt", "b.txt", "c.jsonl");

  @RegisterExtension final FaultyFiles storage = new FaultyFiles();

  @TempDir Path directory;

  @BeforeEach
  void begin() throws IOException {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Random random = new Random(5);
    // Each file is a part.
    for (String file : FILES) {
      StringBuilder lines = new StringBuilder();
      while (lines.length() < 900_000) {
        String text = "line %d of %d".formatted(random.nextInt(100_000), random.nextLong());
        lines.append(file.endsWith("l") ? "{\"text\": \"%s\"}".formatted(text) : text);
        lines.append('\n');
      }
      lines.append(file.endsWith("l") ? "no json\n" : "");
      Files.writeString(corpus.resolve(file), lines);
    }
  }

  private CommandRun tokenize(String master, String data, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("corpus.paths=[faulty://" + directory.resolve("corpus") + "]");
    settings.add("corpus.max-rejected=0.1");
    settings.add("tokenizer.kind=characters");
    settings.add("data.path=faulty://" + directory.resolve(data));
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  /** Which files of the corpus are opened, and which shards are written, from now on. */
  private static Set<String> watched() {
    Set<String> seen = new ConcurrentSkipListSet<>();
    Faults.follow(
        (operation, path) -> {
          if (FILES.contains(path.getName()) && FaultyFiles.isOpened()) {
            seen.add(path.getName());
          } else if (operation.equals("create") && path.toString().contains("/train/")) {
            seen.add(path.getName().replaceAll("[.](shard-[0-9]+)[.].*", "$1"));
          }
        });
    return seen;
  }

  private TreeMap<String, byte[]> files(String data) throws IOException {
    return FaultyFiles.of(directory.resolve(data));
  }

  private void assertSame(String expected, String actual) throws IOException {
    FaultyFiles.assertSame(directory.resolve(expected), directory.resolve(actual));
    assertTrue(Files.exists(directory.resolve(actual).resolve("rejected/part-00000.jsonl")));
  }

  private List<String> hidden() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("."))
          .toList();
    }
  }

  @Test
  void partsAndShardsThatAreFinishedAreNotMadeAgain() throws Exception {
    assertEquals(0, tokenize("local[2]", "whole").exitCode());
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("close") && path.toString().contains("shard-00003")) {
            throw new IOException("No space left on device");
          }
        });
    CommandRun failed = tokenize("local[1]", "data");
    assertEquals(1, failed.exitCode(), failed.err());
    assertTrue(failed.err().contains("What is finished stays in"), failed.err());
    assertEquals(2, hidden().size(), hidden().toString());

    Set<String> seen = watched();
    CommandRun next = tokenize("local[3]", "data");
    assertEquals(0, next.exitCode(), next.err());
    assertTrue(next.err().contains("Going on with what an earlier run"), next.err());
    assertTrue(seen.stream().noneMatch(FILES::contains), seen.toString());
    assertTrue(seen.stream().anyMatch(name -> name.contains("shard-00003")), seen.toString());
    assertTrue(seen.stream().noneMatch(name -> name.contains("shard-00002")), seen.toString());
    assertSame("whole", "data");
    assertEquals(List.of(), hidden());
  }

  @Test
  void onlyWhatIsMissingIsReadAndOtherShardsNeedNoReading() throws Exception {
    assertEquals(0, tokenize("local[2]", "whole", "data.shards=4").exitCode());
    boolean[] killed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          killed[0] |= path.toString().matches(".*/encoded-.*part-00002.*");
          if (killed[0]) {
            throw new InterruptedIOException("killed");
          }
        });
    assertEquals(1, tokenize("local[1]", "data").exitCode());

    Set<String> seen = watched();
    CommandRun next = tokenize("local[3]", "data", "data.validation=0.9999999");
    assertEquals(1, next.exitCode(), next.err());
    assertTrue(next.err().contains("none of its documents falls into the training"), next.err());
    assertEquals(Set.of("c.jsonl"), seen);

    Set<String> again = watched();
    assertEquals(0, tokenize("local[2]", "data", "data.shards=4").exitCode());
    assertEquals(4, again.size(), again.toString());
    assertSame("whole", "data");
  }

  @Test
  void aFileThatChangesUnderTheJobIsNamedAndTheNextRunBeginsAnew() throws Exception {
    boolean[] changed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          if (path.getName().equals("b.txt") && FaultyFiles.isOpened() && !changed[0]) {
            changed[0] = true;
            Files.writeString(
                Path.of(path.toUri().getPath()), "one more\n", StandardOpenOption.APPEND);
          }
        });
    CommandRun failed = tokenize("local[1]", "data");
    assertEquals(1, failed.exitCode(), failed.err());
    assertTrue(failed.err().contains("b.txt: it had 9"), failed.err());
    assertTrue(failed.err().contains("expected it to stay. Run again."), failed.err());

    Set<String> seen = watched();
    assertEquals(0, tokenize("local[2]", "data").exitCode());
    assertTrue(seen.containsAll(new TreeSet<>(FILES)), seen.toString());
    assertEquals(0, tokenize("local[1]", "whole").exitCode());
    assertSame("whole", "data");
    assertEquals(List.of(), hidden());
  }
}
