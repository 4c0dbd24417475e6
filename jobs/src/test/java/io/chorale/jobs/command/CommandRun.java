package io.chorale.jobs.command;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine;

/** One command, run in this JVM as {@link ChoraleCommand} runs it. */
public record CommandRun(int exitCode, String out, String err) {

  public static CommandRun of(String... args) {
    return of(ChoraleCommand.commandLine(), args);
  }

  /** With a {@code --set} for each of the overrides. */
  public static CommandRun with(List<String> overrides, String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    overrides.forEach(override -> arguments.addAll(List.of("--set", override)));
    return of(arguments.toArray(String[]::new));
  }

  /** What a command gives with this on standard input. */
  static CommandRun reading(byte[] input, Supplier<CommandRun> command) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return command.get();
    } finally {
      System.setIn(before);
    }
  }

  static CommandRun of(CommandLine commandLine, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        commandLine
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }
}
