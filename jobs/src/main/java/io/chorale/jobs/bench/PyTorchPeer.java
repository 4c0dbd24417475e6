package io.chorale.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.ChoraleException;
import io.chorale.config.ModelSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The same model and step in PyTorch, in a process of its own: the yardstick of a benchmark. It
 * knows language models, and one form of each kind of model; settings of another one are refused.
 */
final class PyTorchPeer {
  private static final Map<String, String> STEP =
      Map.of("model.dropout", "0.0", "train.optimizer", "adamw");

  private static final Map<String, String> TRANSFORMER =
      Map.ofEntries(
          Map.entry("attention.kv-heads", "0"),
          Map.entry("attention.head-size", "0"),
          Map.entry("attention.positions", "learned"),
          Map.entry("attention.norm", "layer"),
          Map.entry("attention.qk-norm", "false"),
          Map.entry("attention.activation", "gelu"),
          Map.entry("attention.bias", "false"),
          Map.entry("attention.qkv-bias", "false"),
          Map.entry("model.tied-head", "true"),
          Map.entry("attention.feed-forward", "0"));

  private static final Map<String, String> RECURRENT =
      Map.of(
          "recurrence.nonlinearity", "tanh",
          "recurrence.layer-norm", "false",
          "model.tied-head", "false");

  private final List<String> program;

  private final Settings settings;

  /**
   * @param directory of the peer programs
   * @throws SettingsException naming what it has another form of
   */
  PyTorchPeer(Settings settings, Path directory, SpeedBenchmark.Peer peer) {
    check(settings);
    this.settings = settings;
    Path step = directory.resolve("model_step.py");
    if (!Files.exists(step)) {
      throw new SettingsException(
          "Cannot run peer %s: there is no such file, expected Chorale's scripts. Run scripts/chorale bench in a checkout."
              .formatted(step));
    }
    program = new ArrayList<>();
    if (peer.avx512()) {
      program.add(directory.resolve("avx512").toString());
    }
    program.addAll(List.of("python3", step.toString()));
    if (peer.compiled()) {
      program.add("--compile");
    }
  }

  private static void check(Settings settings) {
    // First of all: no other setting would make it another task's peer.
    check(settings, "task.kind", "language-model");
    Map<String, String> expected = new TreeMap<>(STEP);
    expected.putAll(settings.model().recurrent() ? RECURRENT : TRANSFORMER);
    expected.forEach((key, value) -> check(settings, key, value));
  }

  private static void check(Settings settings, String key, String expected) {
    String found = SettingsFile.value(settings, key);
    if (!found.equals(expected)) {
      throw new SettingsException(
          "Cannot run peer pytorch: %s is %s, expected %s. Change it, or leave --peer out."
              .formatted(key, found, expected));
    }
  }

  /** A step of that many, on one thread or on the GPU that the settings ask for. */
  double millisecondsPerStep(int vocabulary, int steps) throws IOException, InterruptedException {
    ModelSettings model = settings.model();
    List<String> command = new ArrayList<>(program);
    command.add("--threads=1");
    command.add("--kind=" + model.kind().name().toLowerCase(Locale.ROOT));
    command.add("--layers=" + model.layers());
    command.add("--heads=" + settings.attention().heads());
    command.add("--width=" + model.width());
    command.add("--embedding=" + settings.recurrence().embedding());
    command.add("--batch=" + settings.train().batch());
    command.add("--context=" + settings.train().context());
    command.add("--vocabulary=" + vocabulary);
    command.add("--steps=" + steps);
    command.add("--precision=" + SettingsFile.value(settings, "train.precision"));
    boolean processor = Device.of(settings.train().device(), 0) == Device.CPU;
    command.add("--device=" + (processor ? "cpu" : "cuda"));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    JsonNode result = JsonMapper.builder().build().readTree(output(builder));
    return result.get("milliseconds_per_step").asDouble();
  }

  private static byte[] output(ProcessBuilder builder) throws IOException, InterruptedException {
    String command = String.join(" ", builder.command());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new ChoraleException(
          "Cannot run peer %s: %s, expected that program. Install it, or leave --peer out."
              .formatted(command, e.getMessage()),
          e);
    }
    byte[] output = process.getInputStream().readAllBytes();
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new ChoraleException(
          "Cannot run peer %s: it failed as shown above. Install what it needs, or leave --peer out."
              .formatted(command));
    }
    return output;
  }
}
