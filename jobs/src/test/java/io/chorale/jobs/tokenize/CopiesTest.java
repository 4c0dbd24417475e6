package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Faults;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Of copies in a corpus one stays, and personal data is masked. */
class CopiesTest {
  private static final int TEXTS = 50;

  @RegisterExtension final FaultyFiles storage = new FaultyFiles();

  @TempDir Path directory;

  private final Random random = new Random(3);

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int word = 0; word < 40; word++) {
      for (int letter = 0; letter < 6; letter++) {
        text.append((char) ('a' + random.nextInt(26)));
      }
      text.append(' ');
    }
    return text.toString();
  }

  private CommandRun tokenize(String master, String data, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("corpus.paths=faulty://" + directory.resolve("train.txt"));
    settings.add("corpus.max-rejected=0");
    settings.add("tokenizer.kind=characters");
    settings.add("data.path=faulty://" + directory.resolve(data));
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  private TreeMap<String, byte[]> files(String data) throws IOException {
    return FaultyFiles.of(directory.resolve(data));
  }

  @Test
  void exactAndNearCopiesGoAndHeldOutDocumentsStay() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      lines.add(text() + "end");
    }
    List<String> training = new ArrayList<>(lines);
    training.addAll(lines.subList(0, 10));
    lines.subList(10, 20).forEach(line -> training.add(line + "ing"));
    Files.write(directory.resolve("train.txt"), training);
    Files.write(
        directory.resolve("valid.txt"), List.of(lines.get(20), lines.get(21).replace("end", "to")));
    String heldOut = "corpus.validation-paths=faulty://" + directory.resolve("valid.txt");
    String work = "data.work=faulty://" + directory.resolve("work");

    CommandRun exact = tokenize("local[2]", "exact", heldOut, work, "duplicates.remove=exact");
    assertEquals(0, exact.exitCode(), exact.err());
    assertTrue(exact.out().contains("61 documents; rejected: 11 duplicate;"), exact.out());

    CommandRun near = tokenize("local[1]", "near", heldOut, work, "duplicates.remove=near");
    assertEquals(0, near.exitCode(), near.err());
    assertTrue(
        near.out().contains("50 documents; rejected: 11 duplicate, 11 near-duplicate;"),
        near.out());
    String page = new String(files("near").get("dataset.html"));
    assertTrue(page.contains("11 documents have the text of another one, 11 one that is"), page);
    assertTrue(page.contains("1 copies, 0 of them near ones; one begins so"), page);
    assertTrue(page.contains(lines.get(0).substring(0, 60)), page);
    String rejected = new String(files("near").get("rejected/part-00000.jsonl"));
    List<String> causes = rejected.lines().filter(line -> line.contains("valid.txt at ")).toList();
    assertEquals(2, causes.size(), rejected);
    assertTrue(causes.get(0).contains("\"reason\":\"duplicate\",\"cause\":\"kept: "), rejected);
    assertTrue(causes.get(0).contains("valid.txt at 0\""), rejected);
    assertTrue(causes.get(1).contains("\"reason\":\"near-duplicate\""), rejected);

    // Killed while clusters are connected.
    boolean[] killed = new boolean[1];
    Faults.follow(
        (operation, path) -> {
          killed[0] |= operation.equals("create") && path.toString().contains("/components-1/");
          if (killed[0]) {
            throw new InterruptedIOException("killed");
          }
        });
    CommandRun lost = tokenize("local[2]", "again", heldOut, "duplicates.remove=near");
    assertEquals(1, lost.exitCode(), lost.err());
    Set<String> written = ConcurrentHashMap.newKeySet();
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create")) {
            written.add(path.toString().replaceAll(".*/steps-[0-9a-f]+/([a-z0-9-]+)/.*", "$1"));
          }
        });
    CommandRun again = tokenize("local[4]", "again", heldOut, "duplicates.remove=near");
    assertTrue(written.containsAll(List.of("components-1", "near")), written.toString());
    assertFalse(written.contains("exact") || written.contains("edges"), written.toString());
    assertEquals(0, again.exitCode(), again.err());
    FaultyFiles.assertSame(directory.resolve("near"), directory.resolve("again"));
    try (Stream<Path> found = Files.list(directory)) {
      assertTrue(found.noneMatch(file -> file.getFileName().toString().startsWith(".")));
    }
  }

  @Test
  void personalDataIsMaskedAndCounted() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      lines.add("write to jane.%d@example.org or ask 8.8.8.8 for it".formatted(i));
    }
    Files.write(directory.resolve("train.txt"), lines);
    CommandRun run = tokenize("local[2]", "data", "privacy.mask=[email, ip]");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("50 documents; rejected: none"), run.out());
    assertTrue(run.out().contains("masked      50 email"), run.out());
    assertTrue(run.out().contains("masked      50 ip"), run.out());
    assertFalse(new String(files("data").get("tokenizer.json")).contains("\"@\""));

    CommandRun refused = tokenize("local[2]", "other", "privacy.mask=emial");
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("the nearest is email"), refused.err());
    assertFalse(Files.exists(directory.resolve("other")));
  }
}
