package io.chorale.jobs.cluster;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;

/**
 * Something that goes wrong at a named place of a run. It travels in the run's Spark settings, so
 * production code knows nothing of it; {@link FaultFileSystem} and {@link FaultPlugin} call it.
 *
 * @param at what the process is about to do when it happens
 * @param path a regular expression; found in the path of the file concerned
 * @param does what happens
 * @param often how many times
 * @param attempts only attempts of a task below this number are concerned
 * @param millis until it happens, or how long it takes
 * @param log each time adds a line here
 */
record Fault(At at, Pattern path, Does does, Often often, int attempts, long millis, Path log) {

  enum At {
    OPEN,
    CREATE,
    /** Half of what is written first is on the disk. */
    HALF_WRITTEN,
    /** The file was created by a task of this process, and a task of the next stage begins. */
    NEXT_STAGE,
    /** The same, but a task of a later stage than the next. */
    LATER_STAGE
  }

  enum Does {
    KILL_PROCESS,
    /** The executor and the Spark worker that started it: what a machine takes with it. */
    KILL_MACHINE,
    KILL_DRIVER,
    REFUSE,
    FULL,
    DELAY
  }

  enum Often {
    ONCE,
    /** Every time, until there is a file {@code LOG.over}. */
    UNTIL_OVER
  }

  private static final String PREFIX = "chorale.fault.";

  /** The driver's process id; set by {@link FaultPlugin}. */
  static volatile long driver;

  /** The stage in which the file of {@link At#NEXT_STAGE} or LATER_STAGE was created; or -1. */
  private static volatile int createdInStage = -1;

  static Fault of(At at, String path, Does does) {
    return new Fault(
        at, Pattern.compile(path), does, Often.ONCE, Integer.MAX_VALUE, 0, Path.of("unset"));
  }

  Fault everyTime() {
    return new Fault(at, path, does, Often.UNTIL_OVER, attempts, millis, log);
  }

  Fault inAttemptsBelow(int number) {
    return new Fault(at, path, does, Often.UNTIL_OVER, number, millis, log);
  }

  Fault millis(long number) {
    return new Fault(at, path, does, often, attempts, number, log);
  }

  Fault log(Path file) {
    return new Fault(at, path, does, often, attempts, millis, file);
  }

  /** The settings that carry it into a run. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("spark.plugins", FaultPlugin.class.getName());
    settings.put("spark.hadoop.fs.file.impl", FaultFileSystem.class.getName());
    settings.put("spark.hadoop." + PREFIX + "at", at.name());
    settings.put("spark.hadoop." + PREFIX + "path", path.pattern());
    settings.put("spark.hadoop." + PREFIX + "does", does.name());
    settings.put("spark.hadoop." + PREFIX + "often", often.name());
    settings.put("spark.hadoop." + PREFIX + "attempts", String.valueOf(attempts));
    settings.put("spark.hadoop." + PREFIX + "millis", String.valueOf(millis));
    settings.put("spark.hadoop." + PREFIX + "log", log.toString());
    return settings;
  }

  static Fault from(Configuration settings) {
    return new Fault(
        At.valueOf(settings.get(PREFIX + "at")),
        Pattern.compile(settings.get(PREFIX + "path")),
        Does.valueOf(settings.get(PREFIX + "does")),
        Often.valueOf(settings.get(PREFIX + "often")),
        settings.getInt(PREFIX + "attempts", 0),
        settings.getLong(PREFIX + "millis", 0),
        Path.of(settings.get(PREFIX + "log")));
  }

  boolean concerns(At place, org.apache.hadoop.fs.Path file) {
    TaskContext task = TaskContext.get();
    return at == place
        && path.matcher(file.toString()).find()
        && (task == null || task.attemptNumber() < attempts);
  }

  /** Called where a process is about to do something with a file. */
  void reached(At place, org.apache.hadoop.fs.Path file) throws IOException {
    if (concerns(place, file)) {
      happen(file.toString());
    }
    TaskContext task = TaskContext.get();
    boolean awaited = concerns(At.NEXT_STAGE, file) || concerns(At.LATER_STAGE, file);
    if (place == At.CREATE && task != null && awaited) {
      createdInStage = task.stageId();
    }
  }

  /** Called where a task begins. */
  void taskBegins() throws IOException {
    TaskContext task = TaskContext.get();
    int stages = createdInStage < 0 ? 0 : task.stageId() - createdInStage;
    if ((at == At.NEXT_STAGE && stages > 0) || (at == At.LATER_STAGE && stages > 1)) {
      happen("task " + task.partitionId() + " of stage " + task.stageId());
    }
  }

  private void happen(String where) throws IOException {
    if (!isDue(where)) {
      return;
    }
    switch (does) {
      case KILL_PROCESS -> kill(ProcessHandle.current().pid());
      case KILL_MACHINE ->
          kill(ProcessHandle.current().parent().orElseThrow().pid(), ProcessHandle.current().pid());
      case KILL_DRIVER -> kill(driver);
      case REFUSE -> throw new IOException("Input/output error");
      case FULL -> throw new IOException("No space left on device");
      case DELAY -> sleep(millis);
    }
  }

  private boolean isDue(String where) throws IOException {
    String line = "%d %s at %s%n".formatted(System.currentTimeMillis(), does, where);
    if (often == Often.ONCE) {
      try {
        Files.writeString(log, line, StandardOpenOption.CREATE_NEW);
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    }
    if (Files.exists(Path.of(log + ".over"))) {
      return false;
    }
    Files.writeString(log, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return true;
  }

  /** Ends processes as the kernel does; this one may be among them. */
  private void kill(long... pids) throws IOException {
    String[] command = new String[2 + pids.length];
    command[0] = "kill";
    command[1] = "-9";
    for (int i = 0; i < pids.length; i++) {
      command[2 + i] = String.valueOf(pids[i]);
    }
    ProcessBuilder kill = new ProcessBuilder(command);
    if (millis == 0) {
      kill.start();
      // What is killed does nothing more.
      sleep(60_000);
      return;
    }
    Thread later =
        new Thread(
            () -> {
              try {
                sleep(millis);
                kill.start();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    later.setDaemon(true);
    later.start();
  }

  private static void sleep(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }
}
