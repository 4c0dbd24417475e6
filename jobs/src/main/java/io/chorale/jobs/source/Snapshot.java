package io.chorale.jobs.source;

import io.chorale.config.SettingsException;
import io.chorale.corpus.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The state of a table that is read, whatever is written to it meanwhile.
 *
 * @param id under which a reader asks for it
 * @param told by a dataset that was made of it
 * @param bytes stored, about
 */
record Snapshot(String id, String told, long bytes) {
  /** States that a message names. */
  private static final int SHOWN = 5;

  /**
   * The state that a setting asks for.
   *
   * @param version an id, the name of a branch or tag, a time, or empty for the newest one
   * @param table as messages name it
   * @return nothing where a table has no state yet
   * @throws SettingsException where there is no such state
   */
  static Optional<Snapshot> of(SnapshotLog log, String version, String table) {
    Optional<String> id =
        version.isEmpty()
            ? log.newest()
            : Optional.of(find(log, version).orElseThrow(() -> unknown(log, version, table)));
    return id.map(found -> new Snapshot(found, log.told(found), log.bytes(found)));
  }

  private static Optional<String> find(SnapshotLog log, String version) {
    if (log.names().containsKey(version)) {
      return Optional.of(log.names().get(version));
    }
    if (log.has(version)) {
      return Optional.of(version);
    }
    // A number is an id, and none that counts seconds.
    return version.matches("-?[0-9]+")
        ? Optional.empty()
        : Field.Moment.parse(version).flatMap(time -> at(log, time));
  }

  /** The last state before a time, or the one that began with it. */
  private static Optional<String> at(SnapshotLog log, Field.Moment time) {
    String found = null;
    for (SnapshotLog.State state : log.states()) {
      if (state.since().toEpochMilli() > time.millis()) {
        break;
      }
      found = state.id();
    }
    return Optional.ofNullable(found);
  }

  private static SettingsException unknown(SnapshotLog log, String version, String table) {
    List<String> known = new ArrayList<>(log.names().keySet());
    List<SnapshotLog.State> states = log.states();
    for (int i = states.size() - 1; i >= Math.max(0, states.size() - SHOWN); i--) {
      known.add("%s (since %s)".formatted(states.get(i).id(), states.get(i).since()));
    }
    return new SettingsException(
        "Cannot read %s: corpus.version %s is no snapshot of it, and no branch, tag or time with one, expected such as %s. Set corpus.version."
            .formatted(table, version, String.join(", ", known)));
  }
}
