package io.chorale.registry;

import io.chorale.io.OwnDirectory;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import io.chorale.io.StoreProbe;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Signs of life of the holders of leases: {@code lease/000000007-0.json} and {@code -1.json} in
 * turn, so that while one is replaced the other one is whole. They say nothing but that the holder
 * lives: who holds, and what that allows, is in the log.
 */
final class Beats {
  /** How far the clocks of two machines may be apart. */
  static final Duration APART = Duration.ofMinutes(5);

  private static final int LIMIT = 1 << 16;
  private static final SealedJson JSON = new SealedJson("chorale-registry-beat", 1, "delete it");

  private final RegisteredModel model;
  private final Storage storage;
  private final Path directory;

  /**
   * A sign of life.
   *
   * @param token of the lease
   * @param number of the sign, from 1
   * @param until when the holder holds, in ISO 8601 by its clock
   */
  record Beat(long token, long number, String until) {}

  Beats(RegisteredModel model) {
    this.model = model;
    this.storage = model.storage();
    this.directory = new Path(model.path(), "lease");
  }

  void write(Beat beat) {
    storage.publish(file(beat.token(), beat.number()), JSON.write(beat));
  }

  private Path file(long token, long number) {
    return new Path(directory, prefix(token) + number % 2 + ".json");
  }

  private static String prefix(long token) {
    return String.format(Locale.ROOT, "%09d-", token);
  }

  /**
   * Whether a lease holds.
   *
   * <p>By the clock of the store where that keeps times: how long ago, by it, the last sign of life
   * was written. So the clocks of machines do not matter, and the holder, which counts from before
   * it wrote, stops first. Where the store keeps no times, by the holder's clock and this
   * machine's, which may be {@link #APART}.
   */
  boolean alive(Lease lease) {
    Optional<Beat> beat = newest(lease.token());
    Path file =
        beat.map(found -> file(found.token(), found.number()))
            .orElseGet(() -> new CommitLog(storage, model.path()).file(lease.token()));
    StoreProbe probe = new StoreProbe(storage, model.path());
    Optional<Instant> written = probe.written(file);
    Optional<Instant> now = written.isEmpty() ? written : probe.time();
    if (now.isPresent()) {
      return now.get().isBefore(written.get().plusSeconds(lease.seconds()));
    }
    Instant until =
        beat.map(found -> Instant.parse(found.until()))
            .orElseGet(() -> Instant.parse(lease.taken()).plusSeconds(lease.seconds()));
    return model.now().isBefore(until.plus(APART));
  }

  private Optional<Beat> newest(long token) {
    List<Beat> found = new ArrayList<>();
    for (int turn = 0; turn < 2; turn++) {
      Path file = file(token, turn);
      if (storage.exists(file)) {
        found.add(JSON.read(storage.readFully(file, LIMIT), file.toString(), Beat.class));
      }
    }
    return found.stream().max((one, other) -> Long.compare(one.number(), other.number()));
  }

  /** Deletes those of leases that are over, by their tokens. */
  void deleteBefore(long token) {
    if (!storage.exists(directory)) {
      return;
    }
    String kept = prefix(token);
    OwnDirectory own = new OwnDirectory(storage, model.path());
    own.deleteLeftovers(directory);
    for (FileStatus found : storage.list(directory)) {
      String name = found.getPath().getName();
      if (name.compareTo(kept) < 0 && name.matches("[0-9]{9,18}-[01]\\.json")) {
        own.delete(found.getPath());
      }
    }
  }
}
