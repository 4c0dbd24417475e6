package io.chorale.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.io.Faults;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.Storage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldLeaseTest {
  private static final int SECONDS = 600;

  @TempDir java.nio.file.Path directory;
  private Storage storage;
  private RegistryDrill drill;

  /** A clock that stands still until it is moved. */
  private static final class Hand extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void move(Duration by) {
      now = now.plus(by);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private RegistryDrill on(String store) {
    ObjectStoreFileSystem.clear(store.equals("late") ? 3 : 0);
    storage = new Storage(ObjectStoreFileSystem.configuration());
    String root = store.equals("file") ? directory.toUri().toString() : "objects://bucket/top";
    drill = new RegistryDrill(storage, new Path(root));
    return drill;
  }

  private RegisteredModel model(Clock clock) {
    return new Registry(storage, new Path(drill.root(), "registry"), clock).model("tiny");
  }

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "objects", "late"})
  void ofTwoStartsAtOnceOneWorks(String store) {
    on(store).startsAtOnce();
  }

  /** The store keeps no times: clocks are compared, and may be five minutes apart. */
  @Test
  void clocksMayBeFiveMinutesApart() {
    on("objects").add(1);
    Hand own = new Hand();
    Hand ahead = new Hand();
    ahead.move(Duration.ofMinutes(5).minusMillis(1));
    HeldLease held = HeldLease.takeQuietly(model(own), SECONDS);
    for (int beat = 0; beat < 5; beat++) {
      Duration almost = Duration.ofSeconds(SECONDS).minusMillis(1);
      own.move(almost);
      ahead.move(almost);
      assertThrows(HeldLease.Taken.class, () -> HeldLease.takeQuietly(model(ahead), SECONDS));
      held.renew();
    }
    // The holder stops at its time, before the other one may begin.
    own.move(Duration.ofSeconds(SECONDS));
    assertThrows(HeldLease.Lost.class, held::check);
    ahead.move(Duration.ofSeconds(SECONDS));
    assertThrows(HeldLease.Taken.class, () -> HeldLease.takeQuietly(model(ahead), SECONDS));
    ahead.move(Duration.ofMillis(1));
    HeldLease next = HeldLease.takeQuietly(model(ahead), SECONDS);
    assertTrue(next.token() > held.token());
  }

  /** The store keeps times: whatever the clocks of machines say, its own decides. */
  @Test
  void theClockOfTheStoreDecidesWhereItHasOne() {
    on("file").add(1);
    Hand wrong = new Hand();
    HeldLease held = HeldLease.takeQuietly(model(Clock.systemUTC()), SECONDS);
    for (Duration by : new Duration[] {Duration.ofDays(-1000), Duration.ofDays(2000)}) {
      wrong.move(by);
      assertThrows(HeldLease.Taken.class, () -> HeldLease.takeQuietly(model(wrong), SECONDS));
    }
    held.check();
    held.close();
    HeldLease.takeQuietly(model(wrong), SECONDS).check();
  }

  /** As one that was stopped between its check and its commit. */
  @Test
  void aHolderThatWakesUpLateCommitsNothing() {
    on("objects").add(2);
    Hand stopped = new Hand();
    Hand running = new Hand();
    RegisteredModel late = model(stopped);
    HeldLease held = HeldLease.takeQuietly(late, SECONDS);
    Commit seen = late.newest();
    running.move(Duration.ofSeconds(SECONDS).plus(Beats.APART));
    HeldLease next = HeldLease.takeQuietly(model(running), SECONDS);
    // Its clock stood still with it: to it the lease holds, but its base is stale.
    assertThrows(
        StaleBase.class, () -> late.under(held).promote(seen, 1, State.PRODUCTION, "late"));
    // And when it looks again its token is old.
    String told =
        assertThrows(
                HeldLease.Lost.class,
                () -> late.under(held).add(Addition.of(run(), CheckpointChoice.LAST)))
            .getMessage();
    assertTrue(told.contains("has taken it (commit %d)".formatted(next.token())), told);
    assertThrows(HeldLease.Lost.class, held::renew);
    held.close();
    assertEquals(next.token(), late.newest().state().lease().orElseThrow().token());
    Commit made = model(running).under(next).promote(late.newest(), 2, State.PRODUCTION, "");
    assertEquals(next.token(), made.token());
    stopped.move(Duration.ofDays(1));
    assertEquals(2, late.open(State.PRODUCTION).facts().number());
  }

  /** Nobody took it over, and still its time is over. */
  @Test
  void aHolderPastItsTimeCommitsNothing() {
    on("file").add(1);
    Hand own = new Hand();
    RegisteredModel model = model(own);
    HeldLease held = HeldLease.takeQuietly(model, SECONDS);
    own.move(Duration.ofSeconds(SECONDS));
    String told =
        assertThrows(
                HeldLease.Lost.class,
                () -> model.under(held).promote(model.newest(), 1, State.PRODUCTION, ""))
            .getMessage();
    assertTrue(told.contains("it ran out at 2026-01-01T00:10:00Z without a sign of life"), told);
    assertThrows(HeldLease.Lost.class, held::renew);
  }

  @Test
  void othersMayRollBackWhileItIsHeld() {
    on("file").add(2);
    RegisteredModel model = drill.model();
    try (HeldLease held = HeldLease.take(model, SECONDS)) {
      model.promote(model.newest(), 1, State.PRODUCTION, "by hand");
      RegisteredModel.Opened added =
          model.under(held).add(Addition.of(run(), CheckpointChoice.LAST));
      assertEquals(3, added.facts().number());
      assertEquals(held.token(), model.newest().token());
      held.renew();
      held.renew();
      held.renew();
    }
    assertTrue(model.newest().state().lease().isEmpty());
    model.retain(new Retention(0, 0));
    assertTrue(storage.list(new Path(model.path(), "lease")).isEmpty());
  }

  private Path run() {
    return new Path(drill.root(), "run");
  }
}
