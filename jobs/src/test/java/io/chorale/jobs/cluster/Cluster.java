package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A Spark cluster of JVMs on this machine, by {@code scripts/cluster}. */
final class Cluster implements AutoCloseable {
  private static final int SECONDS_TO_END = 30;

  private final Path directory;
  private final Map<String, String> environment;
  private final String master;

  /**
   * Starts one.
   *
   * @param directory of its logs; the cluster's own
   * @param environment of its processes
   * @param options of {@code scripts/cluster start}
   */
  Cluster(Path directory, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    this.directory = Files.createDirectories(directory);
    this.environment = environment;
    Script.Result started = script("start", options);
    assertEquals(0, started.exitCode(), started.text());
    this.master = started.text().strip();
    assertTrue(master.matches("spark://127\\.0\\.0\\.1:\\d+"), master);
  }

  /** Its URL. */
  String master() {
    return master;
  }

  /** Where it keeps its logs and process ids. */
  Path directory() {
    return directory;
  }

  /** Adds a worker. */
  void add() throws IOException, InterruptedException {
    Script.Result added = script("add");
    assertEquals(0, added.exitCode(), added.text());
  }

  /** Ends all workers as the kernel does; their executors end by themselves. */
  void killWorkers() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "worker-*.pid")) {
      for (Path file : files) {
        ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
            .ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  /** Ends an executor as the kernel does; its worker starts another one. */
  void killExecutor() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "worker-*.pid")) {
      for (Path file : files) {
        Optional<ProcessHandle> executor =
            ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).stream()
                .flatMap(ProcessHandle::children)
                .filter(ProcessHandle::isAlive)
                .findFirst();
        if (executor.isPresent()) {
          executor.get().destroyForcibly();
          executor.get().onExit().join();
          return;
        }
      }
    }
    throw new AssertionError("no executor runs");
  }

  /** Runs a command of the script for this cluster. */
  Script.Result script(String command, String... options) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--directory", directory.toString()));
    arguments.addAll(List.of(options));
    return Script.start("cluster", directory.toAbsolutePath().getParent(), environment, arguments)
        .end();
  }

  /** Fails where executors remain although their applications have ended. */
  void assertNoExecutorsRemain() throws IOException, InterruptedException {
    String status = "";
    for (int tenth = 0; tenth < 10 * SECONDS_TO_END; tenth++) {
      status = script("status").text();
      if (!status.contains("executor")) {
        removeApplications();
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("executors remain:\n" + status);
  }

  /** Every executor has a copy of the jar. What the workers remove meanwhile is passed over. */
  private void removeApplications() throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes facts)
              throws IOException {
            if (file.endsWith("chorale.jar")) {
              Files.deleteIfExists(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException why) throws IOException {
            return gone(why);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException why)
              throws IOException {
            return why == null ? FileVisitResult.CONTINUE : gone(why);
          }
        });
  }

  private static FileVisitResult gone(IOException why) throws IOException {
    if (why instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    throw why;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    Script.Result stopped = script("stop");
    assertEquals(0, stopped.exitCode(), stopped.text());
    assertEquals(
        List.of(), processes(command -> command.contains(directory + "/") || isMarked(command)));
  }

  /** The command lines of this machine's processes that fit. */
  static List<String> processes(Predicate<String> fits) {
    try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
      return processes
          .map(process -> process.info().commandLine().orElse(""))
          .filter(fits)
          .toList();
    }
  }

  private boolean isMarked(String command) {
    return command.contains("-Dchorale.cluster=" + directory + " ");
  }
}
