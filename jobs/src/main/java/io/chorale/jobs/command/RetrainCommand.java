package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.monitor.LiveTraining;
import io.chorale.jobs.monitor.Outcome;
import io.chorale.jobs.retrain.CycleOutcome;
import io.chorale.jobs.retrain.OutcomeFile;
import io.chorale.jobs.retrain.Rebuild;
import io.chorale.jobs.retrain.RetrainJob;
import io.chorale.jobs.retrain.Verification;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.tokenize.TokenizeJob;
import io.chorale.registry.HeldLease;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code chorale retrain}: one cycle, for a scheduler to call. */
@Command(
    name = "retrain",
    description = {
      "One cycle: adds what is new of the corpus to the dataset, trains on from the model in",
      "production, and puts the new one into use if it is better on held-out rows. Ends with 0",
      "whether it is or not; outcome.json in run.path tells."
    })
final class RetrainCommand extends SettingsCommand {
  /** What the process ends with where somebody asks for details. */
  private static final int KEPT = 10;

  private static final int HELD = 11;
  private static final int NOTHING_NEW = 12;

  /** How exit codes are given. */
  enum ExitCodes {
    PLAIN,
    DETAILED
  }

  @Option(names = "--json", description = "Print the outcome as one JSON object.")
  private boolean json;

  @Option(
      names = "--exit-codes",
      paramLabel = "plain|detailed",
      defaultValue = "plain",
      description =
          "detailed: 10 where the old model stays, 11 where a person decides, 12 where nothing is"
              + " new; plain: 0 for all of them (default: ${DEFAULT-VALUE}).")
  private ExitCodes exitCodes;

  @Option(
      names = "--verify",
      description = "Run no cycle: prove that every file was counted once, or say what is wrong.")
  private boolean verify;

  @Option(
      names = "--rebuild",
      paramLabel = "VERSION",
      description =
          "Run no cycle: train a version again from its lineage, and fail where it is another one.")
  private String rebuild;

  @Option(
      names = "--to",
      paramLabel = "DIRECTORY",
      description = "Where --rebuild writes what it makes.")
  private String to;

  private CycleOutcome outcome;

  @Override
  List<String> models(Settings given) {
    return List.of("embeddings.from");
  }

  @Override
  boolean watched() {
    return !verify && rebuild == null;
  }

  /** A cycle that found nothing new is not worth a word each time. */
  @Override
  Optional<Outcome> outcome(Settings settings, String ended, String reason) {
    String run = settings.run().path();
    if (ended.equals(Outcome.FAILED)) {
      return Optional.of(Outcome.ofTraining("retrain", ended, run, reason));
    }
    if (outcome.kind() == CycleOutcome.Kind.NOTHING_NEW) {
      return Optional.empty();
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("model", outcome.model());
    facts.put("cycle", outcome.cycle());
    facts.put("version", outcome.version());
    facts.put("production", outcome.production());
    return Optional.of(new Outcome("retrain", outcome.kind().key(), run, outcome.reason(), facts));
  }

  @Override
  void run(Settings settings) {
    RetrainJob.check(settings);
    if (verify) {
      verify(settings);
      return;
    }
    if (rebuild != null) {
      rebuild(settings);
      return;
    }
    LiveTraining.reset();
    try (Session session = openSession(TokenizeJob.SPARK)) {
      outcome = new RetrainJob(session, settings, err()).run();
    } catch (HeldLease.Taken e) {
      // The cycle that is at work tells its own outcome.
      throw e;
    } catch (RuntimeException e) {
      tellFailure(settings, e);
      throw e;
    }
    tell(settings, outcome);
    out().println(json ? outcome.json() : outcome);
  }

  /** One that is interrupted has not failed: the next start goes on with it. */
  private static void tellFailure(Settings settings, RuntimeException failure) {
    if (Failures.shuttingDown()) {
      return;
    }
    try {
      tell(settings, CycleOutcome.failed(settings.registry().name(), Failures.told(failure)));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private void rebuild(Settings settings) {
    Path directory = Storage.path("--to", to == null ? "" : to);
    try (Session session = openSession()) {
      String file = new Rebuild(session, settings, directory, err()).run(rebuild);
      out().printf("Version %s is rebuilt in %s: %s, the same bytes%n", rebuild, directory, file);
    }
  }

  private void verify(Settings settings) {
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    Verification found = Verification.of(storage, settings);
    out()
        .printf(
            "%,d files with %,d records, %,d rows, %,d cycles: %s%n",
            found.files(),
            found.records(),
            found.rows(),
            found.cycles(),
            found.faults().isEmpty() ? "everything was counted once" : "not everything adds up");
    found.faults().forEach(fault -> out().println("  " + fault));
    if (!found.faults().isEmpty()) {
      throw new ChoraleException(
          "Cannot verify dataset %s and model %s: %d things do not add up, the first: %s. Restore their files from a copy."
              .formatted(
                  settings.data().path(),
                  settings.registry().name(),
                  found.faults().size(),
                  found.faults().get(0)));
    }
  }

  /** For whoever scheduled it. */
  private static void tell(Settings settings, CycleOutcome outcome) {
    new OutcomeFile(new Storage(Session.hadoop(new SparkConf())), settings).write(outcome);
  }

  @Override
  int exitCode() {
    if (outcome == null || exitCodes == ExitCodes.PLAIN) {
      return ExitCode.DONE;
    }
    return switch (outcome.kind()) {
      case KEPT -> KEPT;
      case HELD -> HELD;
      case NOTHING_NEW -> NOTHING_NEW;
      default -> ExitCode.DONE;
    };
  }
}
