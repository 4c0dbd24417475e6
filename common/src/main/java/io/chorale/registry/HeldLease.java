package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.registry.Commit.Did;
import io.chorale.registry.Commit.Event;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease that this process has, kept alive until it is closed.
 *
 * <p>It is taken by a commit, only where no other one holds; of two who take it one has the stale
 * base. The holder tells three times in its length that it lives. One that could not, because it
 * was stopped or cut off, knows by its own clock that its time is over and commits nothing more;
 * should it find out too late, another holder's commit has made its base stale and its token old.
 */
public final class HeldLease implements AutoCloseable {
  /** How long a lease holds without a sign of life. */
  public static final int SECONDS = 600;

  private static final Logger LOG = LoggerFactory.getLogger(HeldLease.class);
  private static final int BEATS = 3;

  private final RegisteredModel model;
  private final Beats beats;
  private final Lease lease;
  private final ScheduledExecutorService beating;
  private long beat;
  private Instant until;

  /** Somebody else works on the model. */
  public static final class Taken extends ChoraleException {
    private static final long serialVersionUID = 1L;

    Taken(String message) {
      super(message);
    }
  }

  /** The lease is no longer this process's: nothing more may be committed under it. */
  public static final class Lost extends ChoraleException {
    private static final long serialVersionUID = 1L;

    Lost(String message) {
      super(message);
    }
  }

  private HeldLease(RegisteredModel model, Lease lease, Instant until) {
    this.model = model;
    this.beats = new Beats(model);
    this.lease = lease;
    this.until = until;
    this.beating =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "chorale-lease");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Takes the lease of a model.
   *
   * @param seconds how long it holds without a sign of life
   * @throws Taken saying who holds it
   */
  public static HeldLease take(RegisteredModel model, int seconds) {
    HeldLease held = takeQuietly(model, seconds);
    long period = Math.max(1, TimeUnit.SECONDS.toMillis(seconds) / BEATS);
    held.beating.scheduleAtFixedRate(held::beat, period, period, TimeUnit.MILLISECONDS);
    return held;
  }

  /** As {@link #take}, for one that gives no sign of life. */
  static HeldLease takeQuietly(RegisteredModel model, int seconds) {
    String owner = owner(model, Long.toString(ProcessHandle.current().pid()));
    while (true) {
      Commit base = model.newest();
      base.state().lease().ifPresent(other -> refuseWhileAlive(model, other));
      Instant now = model.now();
      Lease lease = new Lease(base.number() + 1, owner, now.toString(), seconds);
      try {
        model.commit(
            base,
            state ->
                new RegisteredModel.Draft(
                    new Event(Did.LEASED, List.of(), "", owner), state.leased(lease)));
        return new HeldLease(model, lease, now.plusSeconds(seconds));
      } catch (StaleBase e) {
        // Whatever it was, it may have been the lease.
      }
    }
  }

  private static void refuseWhileAlive(RegisteredModel model, Lease other) {
    if (!died(model, other) && new Beats(model).alive(other)) {
      throw new Taken(
          ("Cannot work on model %s in %s: %s holds its lease since %s (commit %d), expected nobody."
                  + " Wait until it has ended; if it has died, until %d seconds after its last sign"
                  + " of life.")
              .formatted(
                  model.name(),
                  model.registry().path(),
                  other.owner(),
                  other.taken(),
                  other.token(),
                  other.seconds()));
    }
  }

  /**
   * Whether the holder was a process of this machine that is no more: then nobody has to wait. Were
   * it a machine of the same name, the lease would be taken over too early, and its holder's
   * commits refused.
   */
  private static boolean died(RegisteredModel model, Lease other) {
    String here = owner(model, "");
    String pid = other.owner().startsWith(here) ? other.owner().substring(here.length()) : "";
    return pid.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }

  private static String owner(RegisteredModel model, String pid) {
    return model.registry().by() + ", process " + pid;
  }

  /** The number that is higher for a later lease; every commit under the lease holds it. */
  public long token() {
    return lease.token();
  }

  /**
   * To be called between the steps of long work.
   *
   * @throws Lost where another process may have taken the lease
   */
  public void check() {
    check(model.newest().state());
  }

  synchronized void check(State state) {
    Optional<Lease> now = state.lease();
    if (now.isEmpty() || now.get().token() != lease.token()) {
      throw lost(
          now.map(other -> "%s has taken it (commit %d)".formatted(other.owner(), other.token()))
              .orElse("it has been given back"));
    }
    if (!model.now().isBefore(until)) {
      throw lost("it ran out at %s without a sign of life".formatted(until));
    }
  }

  private Lost lost(String found) {
    return new Lost(
        "Cannot commit to model %s under the lease of %s (commit %d): %s, expected it to hold. What was not committed is lost; start again."
            .formatted(model.name(), lease.owner(), lease.token(), found));
  }

  private void beat() {
    try {
      renew();
    } catch (Lost e) {
      LOG.warn("{}", e.getMessage());
      beating.shutdown();
    } catch (ChoraleException e) {
      LOG.warn("Could not tell that the lease is held: {}", e.getMessage());
    }
  }

  /**
   * Tells that the holder lives.
   *
   * @throws Lost where it is too late for that
   */
  synchronized void renew() {
    check();
    Instant from = model.now();
    Instant then = from.plusSeconds(lease.seconds());
    beat++;
    beats.write(new Beats.Beat(lease.token(), beat, then.toString()));
    until = then;
  }

  /**
   * Gives the lease back, where it is still this process's; else it is over anyway. Whoever was
   * interrupted gives it back, too: others wait for it.
   */
  @Override
  public void close() {
    beating.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      Commit released =
          model
              .under(this)
              .commit(
                  state ->
                      new RegisteredModel.Draft(
                          new Event(Did.RELEASED, List.of(), "", lease.owner()), state.released()));
      beats.deleteBefore(released.number());
    } catch (Lost e) {
      LOG.warn("{}", e.getMessage());
    } catch (ChoraleException e) {
      LOG.warn("Could not give the lease back, it runs out by itself: {}", e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
