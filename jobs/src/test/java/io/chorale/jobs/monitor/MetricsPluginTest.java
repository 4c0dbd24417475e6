package io.chorale.jobs.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.io.Storage;
import io.chorale.jobs.train.TinyTraining;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training in a process of its own, whose page is asked for its gauges while it trains, with the
 * settings of {@code conf/monitoring/spark.conf}.
 */
class MetricsPluginTest {
  private static final Path MONITORING = Path.of("..", "conf", "monitoring");
  private static final String PREFIX =
      "metrics_chorale_driver_plugin_" + MetricsPlugin.class.getName().replace('.', '_') + "_";
  private static final Pattern GAUGE =
      Pattern.compile("^(" + PREFIX + "\\w+_Value)\\{type=\"gauges\"} (\\S+)$", Pattern.MULTILINE);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir static Path directory;

  private static Process training;

  /** Of one moment while it trained, by their names behind the prefix. */
  private static Map<String, Double> gauges;

  @BeforeAll
  static void scrapeWhileItTrains() throws Exception {
    TinyTraining tiny =
        new TinyTraining(null, new Storage(new Configuration()), directory.toString());
    tiny.dataset(3000, 3000);
    int port = freePort();
    training = start(tiny, port);
    URI page = URI.create("http://127.0.0.1:" + port + "/metrics/prometheus/");
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Map<String, Double> before = Map.of();
    while (gauges == null) {
      assertTrue(training.isAlive() && System.nanoTime() < deadline, Files.readString(log()));
      Map<String, Double> now = scrape(page);
      // What was read between two readings of one round is of that round.
      if (before.containsKey("validation_perplexity")
          && before.get("round").equals(now.get("round"))) {
        gauges = before;
      }
      before = now;
    }
  }

  @AfterAll
  static void end() throws InterruptedException {
    if (training != null) {
      training.destroyForcibly().waitFor();
    }
  }

  @Test
  void givesTheNumbersOfTheRoundThatMetricsHave() throws IOException {
    long round = gauges.get("round").longValue();
    JsonNode line =
        JsonMapper.builder()
            .build()
            .readTree(
                Files.readAllLines(directory.resolve("run/metrics.jsonl")).get((int) round - 1));

    assertEquals(round, line.path("round").asLong());
    for (String name : RoundMetrics.numbers()) {
      assertEquals(line.path(name).asDouble(Double.NaN), gauges.get(name), name);
    }
    assertTrue(gauges.get("train_loss") > 0 && gauges.get("bytes_up") > 0);
    assertEquals(line.path("validation").path("loss").asDouble(), gauges.get("validation_loss"));
    assertEquals(
        line.path("validation").path("perplexity").asDouble(), gauges.get("validation_perplexity"));
    assertEquals(line.path("best").path("round").asDouble(), gauges.get("best_round"));
  }

  @Test
  void tellsHowFarTheTrainingIsAndWhatItHolds() {
    assertEquals(1, gauges.get("running"));
    assertEquals(1_000_000, gauges.get("total_steps"));
    assertEquals(System.currentTimeMillis() / 1e3, gauges.get("progress_timestamp_seconds"), 600);
    assertTrue(gauges.get("native_bytes") < gauges.get("resident_bytes"), gauges.toString());
    assertTrue(gauges.get("resident_bytes") > 50e6, gauges.toString());
  }

  @Test
  void dashboardAndAlertsNameGaugesThatThereAre() throws IOException {
    List<String> expressions = new ArrayList<>();
    JsonNode dashboard = JsonMapper.builder().build().readTree(file("grafana.json").toFile());
    for (JsonNode panel : dashboard.path("panels")) {
      panel.path("targets").forEach(target -> expressions.add(target.path("expr").asText()));
    }
    JsonNode alerts = new YAMLMapper().readTree(file("alerts.yaml").toFile());
    for (JsonNode rule : alerts.path("groups").path(0).path("rules")) {
      assertFalse(rule.path("annotations").path("summary").asText().isEmpty(), rule.toString());
      expressions.add(rule.path("expr").asText());
    }

    TreeSet<String> named = new TreeSet<>();
    for (String expression : expressions) {
      // A name may end in a pattern: .*
      Matcher name = Pattern.compile("metrics_[\\w.*]+").matcher(expression);
      assertTrue(name.find(), expression);
      do {
        named.add(name.group());
      } while (name.find());
    }
    assertTrue(named.size() > 10, named.toString());
    for (String name : named) {
      assertTrue(
          gauges.keySet().stream().anyMatch(gauge -> (PREFIX + gauge + "_Value").matches(name)),
          name + " is none of " + gauges.keySet());
    }
  }

  private static Path file(String name) {
    return MONITORING.resolve(name);
  }

  private static Process start(TinyTraining tiny, int port) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of("..", "conf", "jvm.options"));
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
    Properties spark = new Properties();
    spark.load(Files.newBufferedReader(file("spark.conf")));
    spark.setProperty("spark.ui.port", String.valueOf(port));
    spark.setProperty("spark.port.maxRetries", "0");
    spark.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.chorale.jobs.Main", "train", "--master", "local[2]"));
    for (String setting :
        tiny.overrides(
            "run", "train.workers=2", "train.steps=1000000", "train.average-every=100")) {
      command.addAll(List.of("--set", setting));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    return builder.redirectOutput(log().toFile()).start();
  }

  /** What the training says. */
  private static Path log() {
    return directory.resolve("training.log");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** None while the page is not there yet. */
  private static Map<String, Double> scrape(URI page) throws InterruptedException {
    Map<String, Double> found = new TreeMap<>();
    try {
      HttpResponse<String> response =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString());
      Matcher gauge = GAUGE.matcher(response.body());
      while (gauge.find()) {
        String name = gauge.group(1);
        found.put(
            name.substring(PREFIX.length(), name.length() - "_Value".length()),
            Double.parseDouble(gauge.group(2)));
      }
    } catch (IOException e) {
      Thread.sleep(200);
    }
    return found;
  }
}
