package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import io.chorale.config.Secrets;
import io.chorale.config.Shown;
import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.console.Version;
import org.apache.hadoop.util.VersionInfo;
import org.apache.spark.package$;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line: {@code chorale COMMAND --config FILE [--set section.key=value]...}.
 *
 * <p>Results go to standard output, everything else to standard error. The exit code is 0 for done,
 * 1 for failed, 2 for wrong use or bad settings, 130 for interrupted.
 */
@Command(
    name = "chorale",
    description = "Sequence models trained on Apache Spark by local steps and averaging.",
    subcommands = {
      TokenizeCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      PredictCommand.class,
      EmbedCommand.class,
      VectorsCommand.class,
      GenerateCommand.class,
      ExportCommand.class,
      ReportCommand.class,
      ModelsCommand.class,
      RetrainCommand.class,
      PlanCommand.class,
      BenchCommand.class,
      BenchAveragingCommand.class,
      BenchDuplicatesCommand.class,
      ScaleCommand.class,
      CommandLine.HelpCommand.class,
    },
    mixinStandardHelpOptions = true,
    versionProvider = ChoraleCommand.VersionLine.class,
    synopsisSubcommandLabel = "COMMAND")
public final class ChoraleCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  private ChoraleCommand() {}

  /** Runs one command and leaves the JVM with its exit code, or to YARN. */
  @SuppressWarnings("CatchAndPrintStackTrace") // There is nobody left to throw it to.
  public static void main(String[] args) {
    String unfit = JavaVersion.unfit(Runtime.version().feature(), VersionInfo.getVersion());
    if (unfit != null) {
      System.err.println(unfit);
      System.exit(ExitCode.FAILED);
    }
    Ending ending = Ending.install();
    int exitCode = ExitCode.FAILED;
    try {
      exitCode = run(args);
    } catch (Throwable e) {
      // Even reporting failed; without an exit, threads of Spark would keep the JVM.
      e.printStackTrace();
    }
    ending.commandHasEnded();
    if (exitCode == ExitCode.DONE && inApplicationMaster()) {
      // It leaves the JVM itself; a driver that did would count as failed and be started again.
      return;
    }
    System.exit(exitCode);
  }

  /** Whether this is YARN's own process, in which {@code --deploy-mode cluster} has the driver. */
  private static boolean inApplicationMaster() {
    return "yarn".equals(System.getProperty("spark.master"))
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }

  /** Runs one command in this JVM and returns its exit code. */
  static int run(String... args) {
    CommandLine commandLine = commandLine();
    try {
      return commandLine.execute(args);
    } catch (Error e) {
      // picocli handles exceptions only; out of memory shall not end in exit code 0 either.
      return Failures.report(e, commandLine.getErr());
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new ChoraleCommand())
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> Failures.report(failure, command.getErr()))
        .setParameterExceptionHandler((failure, args) -> misused(failure))
        // An argument that begins with @ is what it says, not the name of a file of arguments.
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true);
  }

  /** Says what is wrong with the arguments, at a length that people read, and how to use it. */
  private static int misused(CommandLine.ParameterException failure) {
    CommandLine used = failure.getCommandLine();
    // The message quotes the argument, which may be a secret in the wrong place.
    String said =
        Secrets.in(failure.getMessage())
            ? "Wrong argument: " + Shown.of(failure.getMessage())
            : failure.getMessage();
    used.getErr().println(ChoraleException.readable(said));
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, used.getErr())) {
      used.usage(used.getErr());
    }
    return ExitCode.WRONG_USE;
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Missing COMMAND");
  }

  static final class VersionLine implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "chorale %s (Spark %s, Java %s)"
            .formatted(
                Version.chorale(), package$.MODULE$.SPARK_VERSION(), Runtime.version().feature())
      };
    }
  }
}
