package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.io.Checksums;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.tensor.Engine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bytes of a tiny model of each kind after two rounds of two workers, by the kernels of each
 * library.
 *
 * <p>Kernels, and so bytes, depend on the processor. {@code golden-runs.txt} keeps the SHA-256 of
 * each model by processor; of what it does not know, one core, two cores and a retry are compared
 * with each other alone, and the lines to add are printed. A change that is meant to change no
 * arithmetic leaves the file alone.
 */
class GoldenRunTest {
  private static final String SUMS = "/golden-runs.txt";

  private static final Map<String, List<String>> KINDS = new LinkedHashMap<>();

  static {
    Map<String, List<String>> models = new LinkedHashMap<>();
    models.put("transformer", List.of("model.kind=transformer", "model.dropout=0.1"));
    models.put("lstm", List.of("model.kind=lstm", "model.layers=2", "model.dropout=0.1"));
    models.put("gru", List.of("model.kind=gru", "model.layers=2"));
    models.put("rnn", List.of("model.kind=rnn", "model.tied-head=false"));
    models.forEach((name, settings) -> KINDS.put(name, by("aten", settings)));
    KINDS.put("transformer-onednn", by("onednn", models.get("transformer")));
    KINDS.put("lstm-onednn", by("onednn", models.get("lstm")));
    if (Engine.hasAvx512()) {
      List<String> rounded = List.of("train.precision=bfloat16");
      KINDS.put("transformer-onednn-bfloat16", by("onednn", rounded));
      for (String name : List.of("lstm", "gru", "rnn")) {
        List<String> settings = new ArrayList<>(models.get(name));
        settings.addAll(rounded);
        KINDS.put(name + "-onednn-bfloat16", by("onednn", settings));
      }
    }
  }

  private static List<String> by(String products, List<String> settings) {
    return Stream.concat(Stream.of("train.products=" + products), settings.stream()).toList();
  }

  @TempDir Path temporary;

  @AfterEach
  void allowAll() {
    Faults.end();
  }

  @Test
  void bytesAreThoseOfThisProcessor() throws IOException {
    Map<String, String> twoCores = models("local[2]", "two");
    assertEquals(twoCores, models("local[1]", "one"), "one core and two");
    assertEquals(twoCores, modelsAfterRetries(), "with a retry and without");
    assertEquals(KINDS.size(), Set.copyOf(twoCores.values()).size(), "kinds differ");

    String processor = processor();
    Map<String, String> expected = golden(processor);
    expected.forEach(
        (kind, sum) -> assertEquals(sum, twoCores.get(kind), kind + ": bytes of " + processor));
    if (expected.size() < twoCores.size()) {
      System.out.printf(
          "%n*** Of this processor golden runs are known of %s alone, so the bytes of other kinds"
              + " were NOT compared with those of earlier versions:%n*** only one core, two cores"
              + " and a retry with each other. Lines for src/test/resources%s:%n%s%n%n",
          expected.keySet(),
          SUMS,
          twoCores.entrySet().stream()
              .filter(entry -> !expected.containsKey(entry.getKey()))
              .map(entry -> processor + " | " + entry.getKey() + " | " + entry.getValue())
              .collect(Collectors.joining(System.lineSeparator())));
    }
  }

  private Map<String, String> models(String master, String name) throws IOException {
    try (Session session = Session.open("golden", master)) {
      TinyTraining tiny =
          new TinyTraining(
              session.context(),
              new Storage(new Configuration()),
              temporary.resolve(name).toString());
      return train(tiny);
    }
  }

  /** As {@link #models}, while the first attempt of every worker fails at its last moment. */
  private Map<String, String> modelsAfterRetries() throws IOException {
    try (Session session = Session.open("golden", "local[2,3]")) {
      Configuration configuration = session.context().hadoopConfiguration();
      FaultyFileSystem.register(configuration);
      TinyTraining tiny =
          new TinyTraining(
              session.context(),
              new Storage(configuration),
              "faulty://" + temporary.resolve("retried"));
      Set<String> failed = ConcurrentHashMap.newKeySet();
      Faults.follow(
          (operation, path) -> {
            TaskContext task = TaskContext.get();
            if (operation.equals("close")
                && path.getName().contains("worker-")
                && task != null
                && task.attemptNumber() == 0) {
              failed.add(path.getParent() + " " + task.partitionId());
              throw new IllegalStateException("this attempt dies");
            }
          });
      Map<String, String> models = train(tiny);
      assertEquals(2 * 2 * KINDS.size(), failed.size(), "two workers died in both rounds");
      return models;
    }
  }

  private static Map<String, String> train(TinyTraining tiny) throws IOException {
    tiny.dataset(300, 260);
    Map<String, String> sums = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> kind : KINDS.entrySet()) {
      List<String> overrides =
          Stream.concat(
                  Stream.of("train.steps=8", "train.workers=2", "average.outer=nesterov"),
                  kind.getValue().stream())
              .toList();
      Settings settings = tiny.settings(kind.getKey(), overrides.toArray(String[]::new));
      tiny.train(settings);
      assertEquals(2, tiny.latest(settings).round());
      assertNotEquals(
          0, tiny.parameters(settings).slice(0)[0], "a first parameter that has been trained");
      sums.put(
          kind.getKey(),
          Checksums.sha256(tiny.storage().readFully(tiny.file(settings, 2, "model-"), 1 << 20)));
    }
    return sums;
  }

  /** The sums kept for a processor, by the kind of model; of some kinds, or none. */
  private static Map<String, String> golden(String processor) throws IOException {
    Map<String, String> sums = new LinkedHashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                GoldenRunTest.class.getResourceAsStream(SUMS), StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split(" \\| "))
          .filter(fields -> fields[0].equals(processor))
          .forEach(fields -> sums.put(fields[1], fields[2]));
    }
    assertTrue(KINDS.keySet().containsAll(sums.keySet()), "kinds in " + SUMS);
    return sums;
  }

  /** What decides which kernels run: vendor, family and model, instructions, OpenBLAS's choice. */
  private static String processor() throws IOException {
    TreeSet<String> facts = new TreeSet<>();
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      try (Stream<String> lines = Files.lines(info)) {
        lines
            .filter(line -> line.matches("(vendor_id|cpu family|model)\\s*:.*"))
            .forEach(line -> facts.add(line.replaceAll("\\s+", " ").replace(" :", "")));
      }
    }
    facts.add("kernels " + Engine.facts().get("cpu-capability"));
    String chosen = System.getenv("OPENBLAS_CORETYPE");
    facts.add("openblas " + (chosen == null ? "own choice" : chosen));
    facts.add(System.getProperty("os.arch"));
    return String.join(", ", facts);
  }
}
