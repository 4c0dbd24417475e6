package io.chorale.jobs.source;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The states that a table keeps, by the ids under which a reader can ask for them. */
interface SnapshotLog {
  /**
   * A state that was the table's own at some time.
   *
   * @param since when it became that
   */
  record State(String id, Instant since) {}

  /** All that were, the first one first. */
  List<State> states();

  /** Ids by the names that they have: branches and tags. */
  Map<String, String> names();

  /** Whether there is a state with that id, on whatever branch. */
  boolean has(String id);

  /** The id of the newest state; nothing where the table never had one. */
  Optional<String> newest();

  /** Stored bytes of a state, about. */
  long bytes(String id);

  /** How a dataset tells that it was made of a state. */
  String told(String id);
}
