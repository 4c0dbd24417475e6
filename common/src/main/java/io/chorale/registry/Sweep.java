package io.chorale.registry;

import io.chorale.io.OwnDirectory;
import io.chorale.io.Storage;
import io.chorale.registry.Commit.Did;
import io.chorale.registry.Commit.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Deletes files that no commit names: of versions that were removed, and what killed writers have
 * left. Which files those are is decided by a commit, never by their age alone.
 */
final class Sweep {
  /** Longer nobody writes a version. */
  private static final Duration LONGEST = Duration.ofHours(24);

  private final RegisteredModel model;
  private final Storage storage;
  private final OwnDirectory own;

  Sweep(RegisteredModel model) {
    this.model = model;
    this.storage = model.storage();
    this.own = new OwnDirectory(storage, model.path());
  }

  /** Removes what the rule no longer keeps, and leftovers; gives the numbers that were removed. */
  List<Long> retain(Retention rule) {
    List<Long> due = rule.due(model.newest().state(), model.now());
    if (!due.isEmpty()) {
      deleteRemoved(
          model.commit(
              state -> {
                due.clear();
                due.addAll(rule.due(state, model.now()));
                return new RegisteredModel.Draft(
                    new Event(Did.REMOVED, due, "", "retention: " + rule), state.removed(due));
              }));
    }
    leftovers();
    return List.copyOf(due);
  }

  /** Takes the numbers back that nobody has finished in a day, and deletes what nothing names. */
  private void leftovers() {
    Commit newest = model.newest();
    if (!late(newest.state()).isEmpty()) {
      newest =
          model.commit(
              state -> {
                List<Long> numbers = late(state);
                return new RegisteredModel.Draft(
                    new Event(Did.GAVE_UP, numbers, "", ""), state.abandoned(numbers));
              });
    }
    deleteUnnamed(newest);
    own.deleteLeftovers(model.path());
    own.deleteLeftovers(new Path(model.path(), CommitLog.DIRECTORY));
    long over = newest.state().lease().map(Lease::token).orElse(newest.number());
    new Beats(model).deleteBefore(over);
  }

  private List<Long> late(State state) {
    Instant limit = model.now().minus(LONGEST);
    return state.open().stream()
        .filter(opened -> Instant.parse(opened.since()).isBefore(limit))
        .map(State.Opened::number)
        .toList();
  }

  /** Deletes the directories of numbers that were given out and are none of a version now. */
  void deleteUnnamed(Commit newest) {
    State state = newest.state();
    Path versions = new Path(model.path(), RegisteredModel.VERSIONS);
    for (FileStatus found :
        storage.exists(versions) ? storage.list(versions) : List.<FileStatus>of()) {
      String name = found.getPath().getName();
      if (!Names.isNumber(name) || name.length() > 18) {
        continue;
      }
      long number = Long.parseLong(name);
      // One that is not given out yet in this state may be by now.
      boolean givenOut = number < state.next() && model.directory(number).getName().equals(name);
      if (givenOut && !state.isOpen(number) && state.find(number).isEmpty()) {
        delete(number);
      }
    }
  }

  /** Deletes versions that a commit has removed; by their names, which a store may list late. */
  void deleteRemoved(Commit commit) {
    commit.event().versions().forEach(this::delete);
  }

  private void delete(long number) {
    // Without this it is no version, should the deletion end half way.
    own.delete(new Path(model.directory(number), Version.FILE));
    own.delete(model.directory(number));
  }
}
