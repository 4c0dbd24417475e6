package io.chorale.jobs;

import io.chorale.jobs.command.ChoraleCommand;
import java.util.Locale;

/** The program, as spark-submit and the scripts name it. */
public final class Main {
  private Main() {}

  /** Runs one command and leaves the JVM with its exit code. */
  public static void main(String[] args) {
    // Numbers look the same to every reader, and to every program that reads them.
    Locale.setDefault(Locale.ROOT);
    // So spark-submit calls an application that nobody has named; the command knows a better name.
    System.getProperties().remove("spark.app.name", Main.class.getName());
    ChoraleCommand.main(args);
  }
}
