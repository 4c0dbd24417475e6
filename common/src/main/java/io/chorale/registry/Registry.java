package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.config.RegistrySettings;
import io.chorale.config.SettingsException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import io.chorale.io.StoreProbe;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A directory of models by name, on any file system where of two creations of one file the second
 * is refused; that is tried once, before the first commit, and remembered in {@code registry.json}.
 */
public final class Registry {
  private static final String MARKER = "registry.json";
  private static final int LIMIT = 1 << 16;
  private static final SealedJson JSON =
      new SealedJson("chorale-registry", 1, "delete it, and it is written again");

  private final Storage storage;
  private final Path path;
  private final Clock clock;
  private boolean prepared;

  /**
   * What is known of the storage.
   *
   * @param created in ISO 8601
   */
  record Marker(String created) {}

  /**
   * The registry that settings name, which need not exist yet.
   *
   * @throws SettingsException where they name none
   */
  public static Registry of(Storage storage, RegistrySettings settings) {
    return new Registry(storage, Storage.path("registry.path", settings.path()));
  }

  /** The registry in that directory, which need not exist yet. */
  public Registry(Storage storage, Path path) {
    this(storage, path, Clock.systemUTC());
  }

  Registry(Storage storage, Path path, Clock clock) {
    this.storage = storage;
    this.path = storage.qualify(path);
    this.clock = clock;
  }

  /** The directory, with its scheme. */
  public Path path() {
    return path;
  }

  /** The names of the models, sorted. */
  public List<String> models() {
    if (!storage.exists(path)) {
      return List.of();
    }
    if (storage.status(path).isFile()) {
      throw new SettingsException(
          "Cannot open registry %s: it is a file, expected a directory. Correct registry.path."
              .formatted(path));
    }
    return storage.list(path).stream()
        .filter(FileStatus::isDirectory)
        .map(found -> found.getPath().getName())
        .filter(Names::isModel)
        .filter(name -> storage.exists(new Path(new Path(path, name), CommitLog.DIRECTORY)))
        .toList();
  }

  /**
   * A model, which need not exist yet.
   *
   * @throws SettingsException where that can be no name of one
   */
  public RegisteredModel model(String name) {
    return new RegisteredModel(this, storage, name, new Path(path, Names.model(name)));
  }

  /**
   * Opens the version that a reference names, for reading.
   *
   * @throws SettingsException where there is none
   * @throws ChoraleException where files of it are missing or damaged
   */
  public RegisteredModel.Opened open(ModelReference reference) {
    return model(reference.model()).open(reference.version());
  }

  /**
   * To be called before a commit: makes sure, once, that the storage refuses the second of two.
   *
   * @throws ChoraleException where it does not
   */
  synchronized void prepare() {
    if (prepared) {
      return;
    }
    Path marker = new Path(path, MARKER);
    if (storage.exists(marker)) {
      JSON.read(storage.readFully(marker, LIMIT), marker.toString(), Marker.class);
    } else {
      storage.createDirectories(path);
      if (!new StoreProbe(storage, path).refusesSecond()) {
        throw new ChoraleException(
            "Cannot use registry %s: its store lets the second of two writers replace what the first has created, expected it to refuse. Choose a registry.path on HDFS, a local disk or a store with conditional writes (s3a: Hadoop 3.4.2 or newer, fs.s3a.create.conditional.enabled true)."
                .formatted(path));
      }
      // Another process may have been first, and has found the same.
      storage.publishNew(marker, JSON.write(new Marker(now().toString())));
    }
    prepared = true;
  }

  /** Now, to the millisecond. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /** Who makes commits: user and machine. */
  String by() {
    return System.getProperty("user.name") + "@" + hostName();
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }
}
