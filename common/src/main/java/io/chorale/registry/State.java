package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What there is of a model after a commit: every commit holds all of it, so the newest one says
 * everything.
 *
 * <p>Numbers are given out once. One that was begun and given up, or removed, never comes back: a
 * writer that wakes up late writes where nobody looks.
 *
 * @param next the number of the next version
 * @param versions those that readers see, by rising number
 * @param open those that somebody is writing
 * @param aliases the version that each names
 * @param former the versions that each alias named before, newest first; what can be gone back to
 * @param leases the one that holds or held last, or none
 * @param attached further files that belong to the state, by what they are; see {@link Attachment}
 */
public record State(
    long next,
    List<Entry> versions,
    List<Opened> open,
    SortedMap<String, Long> aliases,
    SortedMap<String, List<Long>> former,
    List<Lease> leases,
    SortedMap<String, Attachment> attached) {
  /** The alias of what is in use. */
  public static final String PRODUCTION = "production";

  /** The alias of the newest version, until it is in use. */
  public static final String CANDIDATE = "candidate";

  /** The alias of what {@link #PRODUCTION} named before; follows it, nobody sets it. */
  public static final String PREVIOUS = "previous";

  /** How far each alias can be gone back with. */
  private static final int REMEMBERED = 10;

  /** Of a model that has no commit yet. */
  static final State EMPTY =
      new State(
          1, List.of(), List.of(), new TreeMap<>(), new TreeMap<>(), List.of(), new TreeMap<>());

  /**
   * A version that readers see.
   *
   * @param parent the version that it was made from; 0 where there is none
   * @param created in ISO 8601
   * @param sha256 of its {@code version.json}
   */
  public record Entry(long number, long parent, String created, String sha256) {}

  /**
   * A version that somebody is writing.
   *
   * @param since in ISO 8601
   */
  public record Opened(long number, String since, String by) {}

  public State {
    versions = List.copyOf(versions);
    open = List.copyOf(open);
    aliases = new TreeMap<>(aliases);
    former = new TreeMap<>(former);
    leases = List.copyOf(leases);
    attached = new TreeMap<>(attached);
  }

  /** The version of that number; empty where readers see none. */
  public Optional<Entry> find(long number) {
    return versions.stream().filter(entry -> entry.number() == number).findFirst();
  }

  /** The aliases that name a version. */
  public List<String> aliasesOf(long number) {
    return aliases.keySet().stream().filter(alias -> aliases.get(alias) == number).toList();
  }

  /** The lease that holds, or held last. */
  Optional<Lease> lease() {
    return leases.stream().findFirst();
  }

  State begun(String time, String by) {
    List<Opened> all = new ArrayList<>(open);
    all.add(new Opened(next, time, by));
    return new State(next + 1, versions, all, aliases, former, leases, attached);
  }

  boolean isOpen(long number) {
    return open.stream().anyMatch(opened -> opened.number() == number);
  }

  /**
   * @param alias that names it from now on; empty for none
   */
  State added(Entry entry, String alias) {
    if (!isOpen(entry.number())) {
      throw new ChoraleException(
          "Cannot add version %d: it was given up meanwhile, since it took so long, expected it to be under way. Add it again."
              .formatted(entry.number()));
    }
    List<Entry> all = new ArrayList<>(versions);
    all.add(entry);
    all.sort((one, other) -> Long.compare(one.number(), other.number()));
    State added =
        new State(next, all, without(List.of(entry.number())), aliases, former, leases, attached);
    return alias.isEmpty() ? added : added.naming(alias, entry.number());
  }

  /** Without versions that somebody began and did not finish. */
  State abandoned(List<Long> numbers) {
    return new State(next, versions, without(numbers), aliases, former, leases, attached);
  }

  private List<Opened> without(List<Long> numbers) {
    return open.stream().filter(opened -> !numbers.contains(opened.number())).toList();
  }

  State promoted(String alias, long number) {
    require(number);
    if (Long.valueOf(number).equals(aliases.get(alias))) {
      throw new SettingsException(
          "Cannot promote version %d: %s names it already, expected another one."
              .formatted(number, alias));
    }
    return naming(alias, number);
  }

  private State naming(String alias, long number) {
    if (Names.alias(alias).equals(PREVIOUS)) {
      throw new SettingsException(
          "Cannot set %s: it follows %s, expected another alias. Choose one."
              .formatted(PREVIOUS, PRODUCTION));
    }
    TreeMap<String, Long> named = new TreeMap<>(aliases);
    TreeMap<String, List<Long>> before = new TreeMap<>(former);
    Long until = named.put(alias, number);
    if (until != null) {
      List<Long> all = new ArrayList<>(List.of(until));
      all.addAll(before.getOrDefault(alias, List.of()));
      before.put(alias, all);
    }
    if (alias.equals(PRODUCTION)) {
      named.remove(CANDIDATE, number);
    }
    return naming(named, before);
  }

  State rolledBack(String alias) {
    List<Long> before = former.getOrDefault(Names.alias(alias), List.of());
    if (before.isEmpty()) {
      throw new SettingsException(
          "Cannot roll %s back: it named no other version before that is still there, expected one. Promote one."
              .formatted(alias));
    }
    TreeMap<String, Long> named = new TreeMap<>(aliases);
    TreeMap<String, List<Long>> rest = new TreeMap<>(former);
    named.put(alias, before.get(0));
    rest.put(alias, before.subList(1, before.size()));
    return naming(named, rest);
  }

  /** Without an alias. */
  State unnamed(String alias) {
    if (!aliases.containsKey(alias)) {
      throw new SettingsException(
          "Cannot remove the alias %s: there is none, expected one of %s. Correct it."
              .formatted(Names.alias(alias), aliases.keySet()));
    }
    TreeMap<String, Long> named = new TreeMap<>(aliases);
    TreeMap<String, List<Long>> before = new TreeMap<>(former);
    named.remove(alias);
    before.remove(alias.equals(PREVIOUS) ? PRODUCTION : alias);
    return naming(named, before);
  }

  /** With these aliases, and what follows from them. */
  private State naming(SortedMap<String, Long> named, SortedMap<String, List<Long>> before) {
    TreeMap<String, List<Long>> kept = new TreeMap<>();
    before.forEach(
        (alias, numbers) -> {
          List<Long> rest = new ArrayList<>();
          Long after = named.get(alias);
          for (Long number : numbers) {
            if (find(number).isPresent() && !number.equals(after) && rest.size() < REMEMBERED) {
              rest.add(number);
              after = number;
            }
          }
          if (!rest.isEmpty()) {
            kept.put(alias, rest);
          }
        });
    TreeMap<String, Long> all = new TreeMap<>(named);
    all.remove(PREVIOUS);
    if (kept.containsKey(PRODUCTION)) {
      all.put(PREVIOUS, kept.get(PRODUCTION).get(0));
    }
    return new State(next, versions, open, all, kept, leases, attached);
  }

  State removed(List<Long> numbers) {
    for (long number : numbers) {
      require(number);
      List<String> named = aliasesOf(number);
      if (!named.isEmpty()) {
        throw new SettingsException(
            "Cannot remove version %d: %s names it, expected no alias that does. Let the alias name another version, or remove it first."
                .formatted(number, String.join(" and ", named)));
      }
    }
    List<Entry> rest =
        versions.stream().filter(entry -> !numbers.contains(entry.number())).toList();
    return new State(next, rest, open, aliases, former, leases, attached).naming(aliases, former);
  }

  State leased(Lease lease) {
    return new State(next, versions, open, aliases, former, List.of(lease), attached);
  }

  State released() {
    return new State(next, versions, open, aliases, former, List.of(), attached);
  }

  /** With these files in the place of those of the same keys. */
  State attaching(SortedMap<String, Attachment> files) {
    TreeMap<String, Attachment> all = new TreeMap<>(attached);
    all.putAll(files);
    return new State(next, versions, open, aliases, former, leases, all);
  }

  private void require(long number) {
    if (find(number).isEmpty()) {
      throw new SettingsException(
          "Cannot use version %d: there is none%s, expected one of %s. Choose one of them."
              .formatted(
                  number,
                  number < next && !isOpen(number) ? " any more" : "",
                  versions.stream().map(Entry::number).toList()));
    }
  }
}
