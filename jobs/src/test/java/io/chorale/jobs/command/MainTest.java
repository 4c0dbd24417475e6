package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {
  @TempDir Path directory;

  @Test
  void versionNamesChoraleAndSpark() {
    CommandRun run = CommandRun.of("--version");

    assertEquals(0, run.exitCode());
    assertTrue(run.out().matches("chorale \\S+ \\(Spark 4\\.\\S+, Java \\d+\\)\\s+"), run.out());
  }

  @Test
  void helpGoesToStandardOutput() {
    CommandRun run = CommandRun.of("--help");

    assertEquals(0, run.exitCode());
    assertTrue(run.out().contains("Usage: chorale"), run.out());

    CommandRun command = with(settings -> {}, "--help");
    assertEquals(0, command.exitCode());
    assertTrue(command.out().contains("--set"), command.out());
  }

  @Test
  void wrongUseIsExitCode2() {
    assertEquals(2, CommandRun.of().exitCode());
    assertEquals(2, CommandRun.of("sing").exitCode());
    assertEquals(2, with(settings -> {}, "--loud").exitCode());
  }

  @Test
  void settingsReachTheCommandFromTheFileAndTheOptions() throws Exception {
    Path file = directory.resolve("small.yaml");
    Files.writeString(file, "train:\n  workers: 3\n  batch: 5\n");
    Settings[] seen = new Settings[1];

    CommandRun run =
        with(settings -> seen[0] = settings, "--config", file.toString(), "--set", "train.batch=7");

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(3, seen[0].train().workers());
    assertEquals(7, seen[0].train().batch());
  }

  @Test
  void badSettingsAreExitCode2AndOneMessage() throws Exception {
    Path file = directory.resolve("bad.yaml");
    Files.writeString(file, "train:\n  wrokers: 3\n");

    CommandRun unknown = with(settings -> {}, "--config", file.toString());
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("train.wrokers"), unknown.err());
    assertTrue(unknown.err().contains("train.workers"), unknown.err());
    assertFalse(unknown.err().contains("\tat "), unknown.err());

    CommandRun missing = with(settings -> {}, "--config", directory.resolve("no.yaml").toString());
    assertEquals(2, missing.exitCode());
    assertTrue(missing.err().contains("no.yaml: there is no such file"), missing.err());

    CommandRun range = with(settings -> {}, "--set", "train.batch=0");
    assertEquals(2, range.exitCode());
    assertEquals("train.batch must be at least 1 (got: 0)", range.err().strip());
  }

  @Test
  void aSecretInTheWrongPlaceIsNotShown() {
    for (String argument : List.of("s3a://AKEY:hush@bucket", "--sett=s3a://AKEY:hush@bucket")) {
      CommandRun run = CommandRun.of("train", argument);
      assertEquals(2, run.exitCode());
      assertFalse(run.err().contains("hush"), run.err());
    }
    CommandRun run = CommandRun.of("train", "--config", "s3a://AKEY:hush@bucket/x.yaml");
    assertEquals(2, run.exitCode());
    assertFalse(run.err().contains("hush"), run.err());
  }

  @Test
  void explainedFailureIsItsMessageAlone() {
    CommandRun run =
        with(
            settings -> {
              throw new ChoraleException("Cannot read corpus x: it is empty, expected text.");
            });

    assertEquals(1, run.exitCode());
    assertEquals("Cannot read corpus x: it is empty, expected text.", run.err().strip());
  }

  @Test
  void unexpectedFailureShowsWhere() {
    CommandRun run =
        with(
            settings -> {
              throw new IllegalStateException("no");
            });

    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("IllegalStateException: no"), run.err());
    assertTrue(run.err().contains("\tat "), run.err());
  }

  @Test
  void exhaustedMachineIsExplained() {
    List<Throwable> causes =
        List.of(
            new OutOfMemoryError("Java heap space"),
            new SparkException(
                "Task 0 failed: Lost task 0.0 in stage 0.0 (TID 0) (host executor driver):"
                    + " java.lang.OutOfMemoryError: Java heap space"),
            new SparkException(
                "Task 0 failed: Lost task 0.3 in stage 0.0 (TID 3) (127.0.0.2 executor 7):"
                    + " java.lang.OutOfMemoryError: Java heap space"),
            new StackOverflowError(),
            new SparkException(
                "Task 0 failed: Lost task 0.3 in stage 0.0 (TID 3) (127.0.0.2 executor 7):"
                    + " java.lang.StackOverflowError"),
            new IOException("No space left on device"),
            new RuntimeException("DefaultCPUAllocator: can't allocate memory: you tried"),
            new RuntimeException(
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of"
                    + " 79.18 GiB of which 1.31 GiB is free. Including non-PyTorch memory, this"
                    + " process has 77.86 GiB memory in use."));
    List<String> advice =
        List.of(
            "the Java heap is full (",
            "Raise CHORALE_DRIVER_MEMORY",
            "the Java heap of executor 7 is full, ",
            "-Xss8m in JDK_JAVA_OPTIONS",
            "-Xss8m in spark.executor.extraJavaOptions",
            "spark.local.dir",
            "train.batch",
            "(Tried to allocate 2.00 GiB, GPU 0 has a total capacity of 79.18 GiB of which 1.31 GiB"
                + " is free)");
    for (int i = 0; i < causes.size(); i++) {
      Throwable cause = causes.get(i);
      CommandRun run =
          with(
              settings -> {
                throw new IllegalStateException("Job aborted", cause);
              });
      assertEquals(1, run.exitCode());
      assertTrue(run.err().contains(advice.get(i)), run.err());
      assertFalse(run.err().contains("\tat "), run.err());
    }
  }

  /** Spark would end the process of a task that finds memory full, or the stack. */
  @Test
  void aFullStackInATaskIsExplained() {
    CommandRun run =
        with(
            settings -> {
              try (Session session = Session.open("test", "local[2]")) {
                session.context().parallelize(List.of(1, 2), 2).foreach(MainTest::deeper);
              }
            });

    assertEquals(1, run.exitCode());
    assertTrue(run.err().startsWith("Cannot go on: the stack of a thread is full"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @SuppressWarnings("InfiniteRecursion") // On purpose.
  private static void deeper(int level) {
    deeper(level + 1);
  }

  @Test
  void javaThatHadoopCannotRunOnIsNamed() {
    assertNull(JavaVersion.unfit(17, "3.4.2"));
    assertNull(JavaVersion.unfit(22, "3.4.2"));
    assertNull(JavaVersion.unfit(25, "3.5.0"));
    String unfit = JavaVersion.unfit(25, "3.4.2");
    assertTrue(unfit.startsWith("Cannot run on Java 25 with Hadoop 3.4.2: expected "), unfit);
  }

  @Test
  void failureOnAnExecutorShowsItsOwnMessage() {
    CommandRun run =
        with(
            settings -> {
              try (Session session = Session.open("test", "local[2]")) {
                session.context().parallelize(List.of(1, 2), 2).foreach(MainTest::failOnTwo);
              }
            });

    assertEquals(1, run.exitCode());
    assertEquals("Cannot read shard 2: it ends early.", run.err().strip());
  }

  private static void failOnTwo(int element) {
    if (element == 2) {
      throw new ChoraleException("Cannot read shard 2: it ends early.");
    }
  }

  private interface Work {
    void run(Settings settings) throws Exception;
  }

  @Command(name = "probe")
  private static final class Probe extends SettingsCommand {
    private final Work work;

    Probe(Work work) {
      this.work = work;
    }

    @Override
    void run(Settings settings) throws Exception {
      work.run(settings);
    }
  }

  private static CommandRun with(Work work, String... args) {
    CommandLine commandLine = ChoraleCommand.commandLine();
    commandLine.addSubcommand(new Probe(work));
    // Inherited by the commands that exist when it is set.
    commandLine.setExecutionExceptionHandler(commandLine.getExecutionExceptionHandler());
    String[] all = new String[args.length + 1];
    all[0] = "probe";
    System.arraycopy(args, 0, all, 1, args.length);
    return CommandRun.of(commandLine, all);
  }
}
