package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.io.Checksums;
import io.chorale.io.ManifestName;
import io.chorale.io.Storage;
import io.chorale.registry.Commit.Did;
import io.chorale.registry.Commit.Event;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;

/**
 * A model in a registry: {@code versions/000042/}, the log of commits, and its lease.
 *
 * <p>What is there is what the newest commit says. A change is made of a base, the commit that its
 * maker has seen, and put right behind it where nothing is yet; so of two changes of one base one
 * is made, and the other refused or made anew. Files are written before the commit that names them
 * and deleted after the one that no longer does, so whoever reads a commit finds them whole.
 *
 * <p>A commit costs a list of all commits, two small reads and one small write.
 */
public final class RegisteredModel {
  static final String VERSIONS = "versions";

  /** More often a change is not made anew: then something else is wrong. */
  private static final int ATTEMPTS = 1000;

  private static final int LIMIT = 1 << 26;

  private final Registry registry;
  private final Storage storage;
  private final String name;
  private final Path path;
  private final CommitLog log;
  private final Optional<HeldLease> lease;

  RegisteredModel(Registry registry, Storage storage, String name, Path path) {
    this(registry, storage, name, path, Optional.empty());
  }

  private RegisteredModel(
      Registry registry, Storage storage, String name, Path path, Optional<HeldLease> lease) {
    this.registry = registry;
    this.storage = storage;
    this.name = name;
    this.path = path;
    this.log = new CommitLog(storage, path);
    this.lease = lease;
  }

  /** What changes a state, and how that is told. */
  @FunctionalInterface
  interface Change {
    Draft of(State before);
  }

  /** What a commit is to say. */
  record Draft(Event event, State state) {}

  /**
   * A version that can be read.
   *
   * @param path its directory, which every command takes as that of a run
   */
  public record Opened(Path path, Version facts) {}

  /** The model whose commits are made under a lease, and refused when it is lost. */
  public RegisteredModel under(HeldLease held) {
    return new RegisteredModel(registry, storage, name, path, Optional.of(held));
  }

  /** The name in the registry. */
  public String name() {
    return name;
  }

  Registry registry() {
    return registry;
  }

  Storage storage() {
    return storage;
  }

  Path path() {
    return path;
  }

  /** The newest commit, with all that there is. */
  public Commit newest() {
    return log.newest();
  }

  /** The commits, newest first, read as they are asked for. */
  public Stream<Commit> history() {
    return log.fromNewest();
  }

  /**
   * The newest commit of a model that must be there.
   *
   * @throws SettingsException where the registry has no such model
   */
  public Commit existing() {
    Commit newest = newest();
    if (newest.number() == 0) {
      List<String> names = registry.models();
      throw new SettingsException(
          "Cannot open model %s: registry %s has none of that name, expected %s. Correct the name, or add a version (\"chorale models add\")."
              .formatted(name, registry.path(), names.isEmpty() ? "one" : "one of " + names));
    }
    return newest;
  }

  /**
   * The newest commit, where it still is that one.
   *
   * @throws StaleBase where another commit was made of it
   * @throws SettingsException where there is none of that number yet
   */
  public Commit unchangedSince(long number) {
    Commit newest = existing();
    if (number < 1 || number > newest.number()) {
      throw new SettingsException(
          "Cannot change model %s after commit %d: there is none, expected the newest one, %d. Correct the number."
              .formatted(name, number, newest.number()));
    }
    if (number < newest.number()) {
      throw new StaleBase(name, log.read(number), log.read(number + 1));
    }
    return newest;
  }

  /**
   * The number of a version that readers see.
   *
   * @param version an alias, or the number in digits
   * @throws SettingsException where there is none
   */
  public long number(State state, String version) {
    if (Names.isNumber(version)) {
      long number = Long.parseLong(version);
      if (state.find(number).isEmpty()) {
        throw missing(state, "version " + number);
      }
      return number;
    }
    Long number = state.aliases().get(version);
    if (number == null) {
      throw missing(state, "alias " + Names.alias(version));
    }
    return number;
  }

  private SettingsException missing(State state, String what) {
    return new SettingsException(
        "Cannot open %s of model %s in %s: there is none, expected one of the versions %s or the aliases %s. Choose one of them."
            .formatted(
                what,
                name,
                registry.path(),
                state.versions().stream().map(State.Entry::number).toList(),
                state.aliases()));
  }

  /**
   * Opens a version for reading, after a look at its files.
   *
   * @param version an alias, or the number in digits
   * @throws SettingsException where there is none
   * @throws ChoraleException where files are missing or damaged
   */
  public Opened open(String version) {
    State state = existing().state();
    long number = number(state, version);
    Version facts = facts(state, number);
    Path directory = directory(number);
    facts.files().forEach(file -> file.check(storage, directory, false));
    return new Opened(directory, facts);
  }

  /**
   * What is known of a version.
   *
   * @throws ChoraleException where its file is missing or damaged
   */
  public Version facts(State state, long number) {
    Path file = new Path(directory(number), Version.FILE);
    byte[] bytes = storage.readFully(file, LIMIT);
    Version facts = Version.JSON.read(bytes, file.toString(), Version.class);
    String expected = state.find(number).orElseThrow().sha256();
    if (facts.number() != number || !Checksums.sha256(bytes).equals(expected)) {
      throw Version.JSON.damaged(file.toString(), "it is not the one that was added");
    }
    return facts;
  }

  /** Where a version lies, or will. */
  public Path directory(long number) {
    return new Path(new Path(path, VERSIONS), String.format(Locale.ROOT, "%06d", number));
  }

  /**
   * Commits a change of a base.
   *
   * @throws StaleBase where another commit was made of it
   * @throws HeldLease.Lost where the lease is lost under which it was to be made
   */
  Commit commit(Commit base, Change change) {
    registry.prepare();
    lease.ifPresent(held -> held.check(base.state()));
    Draft draft = change.of(base.state());
    Commit commit =
        new Commit(
            base.number() + 1,
            UUID.randomUUID().toString(),
            base.id(),
            registry.now().toString(),
            registry.by(),
            lease.map(HeldLease::token).orElse(0L),
            draft.event(),
            draft.state());
    if (!log.put(commit)) {
      throw new StaleBase(name, base, log.read(commit.number()));
    }
    return commit;
  }

  /** Commits a change that is right on any base that allows it. */
  Commit commit(Change change) {
    for (int attempt = 1; ; attempt++) {
      try {
        return commit(newest(), change);
      } catch (StaleBase e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /**
   * Lets an alias name a version; what it named before can be gone back to.
   *
   * @param base what the decision was made of
   * @throws StaleBase where something else has happened since
   */
  public Commit promote(Commit base, long number, String alias, String why) {
    return commit(
        base,
        state ->
            new Draft(
                new Event(Did.PROMOTED, List.of(number), alias, why),
                state.promoted(alias, number)));
  }

  /**
   * Lets an alias name again what it named before.
   *
   * @param base what the decision was made of
   * @throws StaleBase where something else has happened since
   */
  public Commit rollBack(Commit base, String alias, String why) {
    return commit(
        base,
        state -> {
          State after = state.rolledBack(alias);
          return new Draft(
              new Event(Did.ROLLED_BACK, List.of(after.aliases().get(alias)), alias, why), after);
        });
  }

  /** Removes an alias. */
  public Commit unname(Commit base, String alias, String why) {
    return commit(
        base,
        state -> new Draft(new Event(Did.UNNAMED, List.of(), alias, why), state.unnamed(alias)));
  }

  /** Removes versions that no alias names: first for readers, then their files. */
  public Commit remove(Commit base, List<Long> numbers, String why) {
    Commit commit =
        commit(
            base,
            state -> new Draft(new Event(Did.REMOVED, numbers, "", why), state.removed(numbers)));
    new Sweep(this).deleteRemoved(commit);
    return commit;
  }

  /**
   * Removes what the rule no longer keeps, and what killed writers have left.
   *
   * @return the numbers that were removed
   */
  public List<Long> retain(Retention rule) {
    return new Sweep(this).retain(rule);
  }

  /**
   * Adds a version: copies what readers need of a run, and commits when all of it is there.
   *
   * @throws SettingsException where the run or the checkpoint is not there
   * @throws ChoraleException where the model cannot be opened, or storage refuses
   */
  public Opened add(Addition wanted) {
    return new Registration(this).add(wanted);
  }

  /**
   * Writes a file that a commit can name; it counts for nothing until one does.
   *
   * @param kind the directory, and the beginning of its name
   */
  public Attachment write(String kind, byte[] content) {
    String file = kind + "/" + kind + "-" + UUID.randomUUID() + ".json";
    storage.publish(ManifestName.in(path, file), content);
    return new Attachment(file, content.length, Checksums.sha256(content));
  }

  /**
   * The bytes of a file that a commit names.
   *
   * @throws ChoraleException where it is damaged
   */
  public byte[] read(Attachment attachment) {
    Path file = ManifestName.in(path, attachment.path());
    new VersionFile(attachment.path(), attachment.bytes(), attachment.sha256())
        .check(storage, path, true);
    return storage.readFully(file, Integer.MAX_VALUE - 8);
  }

  Instant now() {
    return registry.now();
  }
}
