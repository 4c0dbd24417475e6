package io.chorale.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Storage;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry on a local disk, and processes of their own that work on it and die. */
class RegistryProcessesTest {
  private static final int KILLS = 6;

  @TempDir java.nio.file.Path directory;
  private RegistryDrill drill;

  @BeforeEach
  void make() {
    drill =
        new RegistryDrill(new Storage(new Configuration()), new Path(directory.toUri().toString()));
  }

  @Test
  void ofTwentyProcessesOnePromotes() {
    drill.promotionsOfProcesses();
  }

  @Test
  void aStoppedHolderThatWakesUpCommitsNothing() {
    drill.stoppedHolder();
  }

  /** Ten minutes lie between the clocks of the two. */
  @Test
  void theSecondStartIsToldWhoWorksWhateverTheClocksSay() {
    drill.add(1);
    try (RegistryProcess behind = RegistryProcess.start(drill, Duration.ofMinutes(-5));
        RegistryProcess ahead = RegistryProcess.start(drill, Duration.ofMinutes(5))) {
      assertEquals("held " + (drill.model().newest().number() + 1), behind.ask("lease 60"));
      String told = ahead.ask("lease 60");
      assertTrue(told.startsWith("Taken Cannot work on model tiny"), told);
      assertTrue(told.contains(", process " + behind.pid() + " holds its lease since"), told);
      assertEquals("added 2", behind.ask("add"));
      assertEquals("released", behind.ask("release"));
      assertTrue(ahead.ask("lease 60").startsWith("held "));
      assertEquals("added 3", ahead.ask("add"));
      told = behind.ask("add");
      assertTrue(told.startsWith("Lost "), told);
    }
  }

  @Test
  void whoeverIsKilledWheneverLeavesNothingHalfWritten() {
    drill.add(1);
    AtomicBoolean ended = new AtomicBoolean();
    CompletableFuture<Long> reader =
        CompletableFuture.supplyAsync(
            () -> {
              long opened = 0;
              while (!ended.get()) {
                RegisteredModel.Opened found = drill.model().open(State.CANDIDATE);
                found.facts().files().forEach(file -> check(found, file));
                opened++;
              }
              return opened;
            });
    Random random = new Random(1);
    try {
      for (int kill = 0; kill < KILLS; kill++) {
        try (RegistryProcess writer = RegistryProcess.start(drill, Duration.ZERO)) {
          writer.order("add-endlessly");
          assertTrue(writer.answer().startsWith("added "));
          RegistryDrill.pause(random.nextInt(200));
          writer.signal("KILL");
        }
      }
    } finally {
      ended.set(true);
    }
    assertTrue(reader.join() > 0);

    State state = drill.model().newest().state();
    assertTrue(state.versions().size() > KILLS);
    for (State.Entry entry : state.versions()) {
      RegisteredModel.Opened found = drill.model().open(Long.toString(entry.number()));
      found.facts().files().forEach(file -> check(found, file));
    }
    TreeSet<Long> given = new TreeSet<>();
    state.versions().forEach(entry -> given.add(entry.number()));
    state.open().forEach(open -> given.add(open.number()));
    assertTrue(given.containsAll(written()), written() + " of " + given);

    RegisteredModel later = drill.model(Clock.offset(Clock.systemUTC(), Duration.ofHours(25)));
    later.retain(new Retention(0, 0));
    List<Long> kept = later.newest().state().versions().stream().map(State.Entry::number).toList();
    assertEquals(kept, List.copyOf(written()));
    assertEquals(List.of(), later.newest().state().open());
    assertFalse(
        drill.storage().list(new Path(later.path(), CommitLog.DIRECTORY)).stream()
            .anyMatch(file -> file.getPath().getName().startsWith(".")));
  }

  private void check(RegisteredModel.Opened version, VersionFile file) {
    file.check(drill.storage(), version.path(), true);
  }

  /** The numbers of the directories that there are. */
  private TreeSet<Long> written() {
    TreeSet<Long> numbers = new TreeSet<>();
    Path versions = new Path(drill.model().path(), RegisteredModel.VERSIONS);
    drill
        .storage()
        .list(versions)
        .forEach(found -> numbers.add(Long.parseLong(found.getPath().getName())));
    return numbers;
  }
}
