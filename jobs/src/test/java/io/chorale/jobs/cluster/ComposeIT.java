package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The command of each service of {@code docker/compose.yaml}, without containers, on loopback. */
class ComposeIT {
  private static final int TERMINATED = 143;

  @TempDir Path directory;

  private final List<Node> nodes = new ArrayList<>();
  private Map<String, Map<String, Object>> services;
  private int masterPort;
  private int historyPort;
  private int masterPage;

  /** A service that runs. */
  private record Node(Process process, Map<String, String> environment, Path output) {}

  @BeforeEach
  void read() throws IOException {
    Map<String, Map<String, Map<String, Object>>> compose =
        new Yaml().load(Files.readString(Path.of("../docker/compose.yaml")));
    services = compose.get("services");
    masterPort = freePort();
    masterPage = freePort();
    historyPort = freePort();
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Files.write(
        corpus.resolve("a.txt"),
        IntStream.range(0, 99).mapToObj(i -> "question " + i + ": to be or not to be").toList());
    Files.writeString(
        directory.resolve("retrain.yaml"),
        """
        corpus: {paths: [%1$s/corpus], document: line}
        tokenizer: {kind: characters}
        data: {path: %1$s/data, shards: 1, validation: 0.1}
        model: {kind: gru, layers: 1, width: 8}
        train: {context: 16, batch: 4, steps: 4, workers: 1, average-every: 4}
        evaluate: {every: 0}
        run: {path: %1$s/cycles}
        registry: {path: %1$s/registry, name: news}
        """
            .formatted(directory));
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Node node : nodes) {
      node.process().descendants().forEach(ProcessHandle::destroyForcibly);
      node.process().destroyForcibly().waitFor();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Starts the command of a service, with the directory in the place of its volumes. */
  private Node start(String service, String... environment) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash"));
    for (Object word : (List<?>) services.get(service).get("command")) {
      command.add(
          word.toString()
              .replace("/opt/chorale", Path.of("..").toRealPath().toString())
              .replaceAll("\\$\\{[A-Z_]+:-/shared/(.*)}", directory + "/$1"));
    }
    Map<String, String> all = new HashMap<>();
    all.put("SPARK_LOCAL_IP", "127.0.0.1");
    all.put("CHORALE_MASTER", "spark://127.0.0.1:" + masterPort);
    all.put("CHORALE_EVENTS", "file:" + directory.resolve("events"));
    all.put("SPARK_MASTER_WEBUI_PORT", Integer.toString(masterPage));
    all.put("CHORALE_HISTORY_PORT", Integer.toString(historyPort));
    all.put("CHORALE_NODE", directory.resolve("node-" + nodes.size()).toString());
    all.put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
    for (String each : environment) {
      String[] pair = each.split("=", 2);
      all.put(pair[0], pair[1]);
    }
    Path output = directory.resolve(service + "-" + nodes.size() + ".log");
    Node node = new Node(process(command, all, output), all, output);
    nodes.add(node);
    return node;
  }

  private static Process process(List<String> command, Map<String, String> environment, Path output)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    builder.environment().keySet().removeIf(key -> key.matches("_?(SPARK|CHORALE|OPENBLAS)_.*"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private int health(Map<String, String> environment) throws IOException, InterruptedException {
    List<String> command =
        List.of("bash", Path.of("../docker/node").toRealPath().toString(), "health");
    return process(command, environment, directory.resolve("health.log")).waitFor();
  }

  private void awaitHealthy(Node node) throws IOException, InterruptedException {
    DrillGround.await(
        node.output() + " is healthy",
        () -> {
          assertTrue(node.process().isAlive(), () -> text(node.output()));
          return health(node.environment()) == 0;
        });
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int stop(Node node) throws InterruptedException {
    node.process().toHandle().destroy();
    assertTrue(node.process().waitFor(45, TimeUnit.SECONDS), () -> text(node.output()));
    return node.process().exitValue();
  }

  @Test
  void aClusterRetrainsAndShowsItsHistory() throws Exception {
    assertEquals(1, health(Map.of("CHORALE_NODE", directory.resolve("none").toString())));
    Node master = start("master");
    awaitHealthy(master);
    List<Node> workers = new ArrayList<>();
    for (int worker = 0; worker < 2; worker++) {
      workers.add(
          start(
              "worker",
              "SPARK_WORKER_WEBUI_PORT=" + freePort(),
              "SPARK_WORKER_CORES=1",
              "SPARK_WORKER_MEMORY=512m",
              "SPARK_WORKER_DIR=" + directory.resolve("work-" + worker)));
    }
    for (Node worker : workers) {
      awaitHealthy(worker);
    }
    Node retrain =
        start(
            "retrain",
            "CHORALE_JAR_EVERYWHERE=1",
            "CHORALE_DRIVER_MEMORY=512m",
            // One executor: the other worker's core would wait.
            "CHORALE_SUBMIT_OPTIONS=--conf spark.executor.memory=512m --conf spark.cores.max=1");
    DrillGround.await(
        "a cycle has ended", () -> text(retrain.output()).contains("The cycle ended with "));
    assertEquals(0, health(retrain.environment()), () -> text(retrain.output()));
    assertTrue(text(retrain.output()).contains("The cycle ended with 0; the next one begins in"));
    assertTrue(Files.exists(directory.resolve("registry/news/versions/000001/version.json")));
    assertEquals(0, stop(retrain), () -> text(retrain.output()));

    Node history = start("history");
    awaitHealthy(history);
    URI applications = URI.create("http://127.0.0.1:%d/api/v1/applications".formatted(historyPort));
    HttpClient client = HttpClient.newHttpClient();
    DrillGround.await(
        "the cycle is history",
        () -> {
          String told =
              client
                  .send(HttpRequest.newBuilder(applications).build(), BodyHandlers.ofString())
                  .body();
          return told.contains("\"chorale retrain\"") && told.contains("\"completed\" : true");
        });
    for (Node node : List.of(history, workers.get(0), workers.get(1), master)) {
      assertEquals(TERMINATED, stop(node), () -> text(node.output()));
      assertEquals(1, health(node.environment()));
      assertFalse(node.process().descendants().findAny().isPresent());
    }
  }
}
