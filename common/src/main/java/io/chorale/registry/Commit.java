package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.io.SealedJson;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * An entry of a model's log: what happened, and all that there is since.
 *
 * @param number 1, 2, 3 and so on; 0 is the state before the first one
 * @param id random: no two commits are the same bytes
 * @param base the id of the commit before
 * @param time in ISO 8601, by the clock of who made it
 * @param by user and machine
 * @param token of the lease that it was made under; 0 where under none
 */
public record Commit(
    long number,
    String id,
    String base,
    String time,
    String by,
    long token,
    Event event,
    State state) {
  /** Before the first one. */
  static final Commit NONE =
      new Commit(0, "", "", "", "", 0, new Event(Did.BEGAN, List.of(), "", ""), State.EMPTY);

  private static final SealedJson JSON =
      new SealedJson("chorale-registry-commit", 1, "restore it from a copy of the registry");

  /** What a commit does. */
  public enum Did {
    /** A number was given to whoever is about to write a version. */
    BEGAN,
    ADDED,
    PROMOTED,
    ROLLED_BACK,
    /** An alias was removed. */
    UNNAMED,
    REMOVED,
    /** Numbers were taken back that nobody has finished. */
    GAVE_UP,
    LEASED,
    RELEASED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /**
   * What happened.
   *
   * @param versions that it happened to
   * @param alias that it happened to; empty where to none
   * @param why as whoever did it says; may be empty
   */
  public record Event(Did did, List<Long> versions, String alias, String why) {
    public Event {
      versions = List.copyOf(versions);
    }

    /** Such as {@code promoted 3 to production}. */
    @Override
    public String toString() {
      String numbers =
          versions.isEmpty()
              ? ""
              : " " + versions.stream().map(String::valueOf).collect(Collectors.joining(", "));
      return did + numbers + (alias.isEmpty() ? "" : " (" + alias + ")");
    }
  }

  byte[] write() {
    return JSON.write(this);
  }

  /**
   * @throws ChoraleException where the bytes are no commit of that number
   */
  static Commit read(byte[] bytes, String name, long number) {
    Commit commit = JSON.read(bytes, name, Commit.class);
    if (commit.number != number) {
      throw JSON.damaged(name, "it is commit " + commit.number);
    }
    return commit;
  }
}
