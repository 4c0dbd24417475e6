package io.chorale.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Another JVM at work on the registry of a {@link RegistryDrill}: takes an order a line, and
 * answers with one.
 */
public final class RegistryProcess implements AutoCloseable {
  /** Begins an answer: libraries may write to standard output, too. */
  private static final String ANSWER = "answer: ";

  private final Process process;
  private final PrintStream orders;
  private final BufferedReader answers;

  private RegistryProcess(Process process) {
    this.process = process;
    this.orders = new PrintStream(process.getOutputStream(), true, UTF_8);
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /**
   * Starts one.
   *
   * @param ahead of this machine's clock, which its clock is
   */
  public static RegistryProcess start(RegistryDrill drill, Duration ahead) {
    ProcessBuilder builder =
        new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            RegistryProcess.class.getName(),
            drill.root().toString(),
            ahead.toString());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return new RegistryProcess(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  void order(String order) {
    orders.println(order);
  }

  /** The next answer; what a process that has ended answers is nothing. */
  String answer() {
    try {
      for (String line; (line = answers.readLine()) != null; ) {
        if (line.startsWith(ANSWER)) {
          return line.substring(ANSWER.length());
        }
      }
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String ask(String order) {
    order(order);
    return answer();
  }

  /** Such as STOP, CONT or KILL. */
  void signal(String name) {
    try {
      int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
      if (code != 0) {
        throw new AssertionError("kill -" + name + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Kills it, and waits until it is gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** What runs in the other JVM. */
  public static void main(String[] arguments) throws IOException {
    Configuration configuration = new Configuration();
    configuration.setInt("dfs.replication", 1);
    RegistryDrill drill = new RegistryDrill(new Storage(configuration), new Path(arguments[0]));
    Clock clock = Clock.offset(Clock.systemUTC(), Duration.parse(arguments[1]));
    Actor actor = new Actor(drill, drill.model(clock));
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String order; (order = orders.readLine()) != null; ) {
      try {
        actor.obey(List.of(order.split(" ")));
      } catch (ChoraleException e) {
        answer(e.getClass().getSimpleName() + " " + e.getMessage());
      }
    }
  }

  private static void answer(String text) {
    System.out.println(ANSWER + text);
  }

  /** The one who does the work. */
  private static final class Actor {
    private final Path run;
    private RegisteredModel model;
    private Commit base;
    private HeldLease lease;

    Actor(RegistryDrill drill, RegisteredModel model) {
      this.run = drill.run();
      this.model = model;
    }

    void obey(List<String> order) {
      switch (order.get(0)) {
        case "look" -> {
          base = model.newest();
          answer("at " + base.number());
        }
        case "promote" -> {
          long number = Long.parseLong(order.get(1));
          answer("made " + model.promote(base, number, State.PRODUCTION, "").id());
        }
        case "lease" -> {
          lease = HeldLease.take(model, Integer.parseInt(order.get(1)));
          model = model.under(lease);
          answer("held " + lease.token());
        }
        case "release" -> {
          lease.close();
          answer("released");
        }
        case "add" -> add();
        case "add-endlessly" -> {
          while (true) {
            add();
          }
        }
        default -> throw new AssertionError(order);
      }
    }

    private void add() {
      answer("added " + model.add(Addition.of(run, CheckpointChoice.LAST)).facts().number());
    }
  }
}
