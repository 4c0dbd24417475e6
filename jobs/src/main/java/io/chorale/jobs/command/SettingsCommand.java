package io.chorale.jobs.command;

import io.chorale.config.Secrets;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.Shown;
import io.chorale.io.RegularFiles;
import io.chorale.io.Storage;
import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.monitor.Outcome;
import io.chorale.jobs.monitor.Webhook;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * A command that is told what to do by a settings file.
 *
 * <p>A new command extends this, carries {@code @Command}, and is named in {@link ChoraleCommand}.
 */
@Command(mixinStandardHelpOptions = true, versionProvider = ChoraleCommand.VersionLine.class)
abstract class SettingsCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      converter = ConfigPath.class,
      paramLabel = "FILE",
      description = "Settings, YAML; states only what differs from the defaults.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "SECTION.KEY=VALUE",
      description = "One setting; wins over the file. May be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = "The Spark master; without it the one of spark-submit, or local[*].")
  private String master;

  @Spec private CommandSpec spec;

  private ModelLocator locator;
  private int executorWait;
  private Session session;

  /** Does the command's work; the settings hold, everything else is still to be checked. */
  abstract void run(Settings settings) throws Exception;

  /** Settings that options of the command stand for, as of {@code --set}. */
  List<String> options() {
    return List.of();
  }

  /** The settings that name the models which the command reads, by paths or by references. */
  List<String> models(Settings given) {
    return List.of();
  }

  /** Whether the command takes so long that a webhook is told how it has ended. */
  boolean watched() {
    return false;
  }

  /**
   * How the command has ended; empty where that is not worth a word.
   *
   * @param outcome {@link Outcome#FINISHED} or {@link Outcome#FAILED}
   * @param reason why it has failed
   */
  Optional<Outcome> outcome(Settings settings, String outcome, String reason) {
    return Optional.empty();
  }

  /** One that is interrupted has not failed; whoever did it knows. */
  private void post(Optional<Webhook> webhook, Settings settings, Throwable failure) {
    if (webhook.isPresent() && !Failures.shuttingDown()) {
      outcome(settings, Outcome.FAILED, Failures.told(failure)).ifPresent(webhook.get()::post);
    }
  }

  @Override
  public final Integer call() throws Exception {
    Settings read = readSettings();
    locator = new ModelLocator(read.registry(), err());
    Settings settings = locator.located(read, models(read));
    executorWait = settings.run().executorWait();
    Optional<Webhook> webhook =
        watched() ? Webhook.of(settings.alerts(), System.getenv()) : Optional.empty();
    try {
      run(settings);
    } catch (Exception e) {
      Exception explained = session == null ? e : session.explained(e);
      post(webhook, settings, explained);
      throw explained;
    } catch (Error e) {
      post(webhook, settings, e);
      throw e;
    }
    webhook.ifPresent(hook -> outcome(settings, Outcome.FINISHED, "").ifPresent(hook::post));
    out().flush();
    err().flush();
    return exitCode();
  }

  /** What the command ends with where it has not failed. */
  int exitCode() {
    return ExitCode.DONE;
  }

  /** Opens or joins a Spark application; close it. */
  final Session openSession() {
    return openSession(Map.of());
  }

  /**
   * Opens or joins a Spark application; close it.
   *
   * @param spark settings of Spark, which hold where nobody has set them
   */
  final Session openSession(Map<String, String> spark) {
    session = Session.open("chorale " + spec.name(), master, spark);
    session.watchExecutors(executorWait);
    return session;
  }

  /** What finds the versions that references name. */
  final ModelLocator locator() {
    return locator;
  }

  /** The settings of {@code --set}, as they were given. */
  final List<String> overrides() {
    return overrides;
  }

  /** Where results go. */
  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Where progress and everything else goes. */
  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  private Settings readSettings() {
    List<String> overrides = new ArrayList<>(this.overrides);
    overrides.addAll(options());
    if (config == null) {
      return SettingsFile.read("the defaults", "", overrides);
    }
    RegularFiles.check(config.toFile());
    try {
      return SettingsFile.read(config.toString(), Files.readString(config), overrides);
    } catch (NoSuchFileException e) {
      throw unreadable(Storage.absence(new org.apache.hadoop.fs.Path(config.toUri())), e);
    } catch (CharacterCodingException e) {
      throw unreadable("it is not UTF-8", e);
    } catch (IOException e) {
      throw unreadable(Storage.reason(e), e);
    }
  }

  private SettingsException unreadable(String found, IOException cause) {
    return new SettingsException(
        "Cannot read settings %s: %s, expected a YAML file. Correct --config."
            .formatted(config, found),
        cause);
  }

  /** The path of the settings; it is quoted in messages, so it holds no secret. */
  static final class ConfigPath implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
      if (Secrets.in(value)) {
        throw new TypeConversionException("expected a file " + Shown.of(value));
      }
      return Path.of(value);
    }
  }
}
