package io.chorale.jobs;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import io.chorale.tensor.Engine;
import io.chorale.train.LoopBenchmark;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale bench}: tokens a second of the bare local loop on one thread, of the train job
 * with a worker on every core, and their ratio; on request, of the same model in PyTorch.
 *
 * <p>Parties run in turns, and medians over the turns are compared, since machines are shared.
 */
@Command(
    name = "bench",
    description = "Measure the local loop and the train job on this machine, with synthetic data.")
final class BenchCommand extends SettingsCommand {
  private static final int WARMUP = 10;

  /** What a peer is. */
  enum Peer {
    PYTORCH("pytorch"),
    PYTORCH_AVX512("pytorch-avx512");

    private final String key;

    Peer(String key) {
      this.key = key;
    }

    @Override
    public String toString() {
      return key;
    }
  }

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--peer",
      paramLabel = "PEER",
      description = "Also measure, in turns: ${COMPLETION-CANDIDATES}; needs python3 with torch.")
  private List<Peer> peers = List.of();

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      defaultValue = "65",
      description = "Entries of the vocabulary (default: ${DEFAULT-VALUE}).")
  private int vocabulary;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "60",
      description = "Steps that each party is timed for in a turn (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "3",
      description = "Turns (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Option(
      names = "--round-seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "Length of a round of the train job (default: ${DEFAULT-VALUE}).")
  private double roundSeconds;

  @Override
  void run(Settings settings) throws Exception {
    atLeast("--vocabulary", vocabulary, 2);
    atLeast("--steps", steps, 1);
    atLeast("--turns", turns, 1);
    atLeast("--round-seconds", roundSeconds, 0);
    ObjectNode result = JsonMapper.builder().build().createObjectNode();
    ObjectNode machine = result.putObject("machine");
    machine.put("cpu", Machine.cpu());
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("java", Runtime.version().toString());
    Engine.facts().forEach(machine::put);
    measureLoop(settings, result);
    measureJob(settings, result);
    print(result);
  }

  private static void atLeast(String option, double value, int least) {
    if (!(value >= least)) {
      throw new SettingsException(
          "%s must be at least %d (got: %s)".formatted(option, least, value));
    }
  }

  private void measureLoop(Settings settings, ObjectNode result) throws Exception {
    List<Double> own = new ArrayList<>();
    List<List<Double>> others = new ArrayList<>();
    peers.forEach(peer -> others.add(new ArrayList<>()));
    long parameters = 0;
    for (int turn = 0; turn < turns; turn++) {
      LoopBenchmark.Result measured = LoopBenchmark.run(settings, vocabulary, WARMUP, steps);
      own.add(measured.tokensPerSecond());
      parameters = measured.parameters();
      err().printf("turn %d  loop %,.0f tokens/s%n", turn + 1, measured.tokensPerSecond());
      for (int i = 0; i < peers.size(); i++) {
        try (PyTorchPeer peer =
            new PyTorchPeer(peerDirectory(), peers.get(i) == Peer.PYTORCH_AVX512)) {
          double speed = peer.tokensPerSecond(settings, vocabulary, steps);
          others.get(i).add(speed);
          err().printf("turn %d  %s %,.0f tokens/s%n", turn + 1, peers.get(i), speed);
        }
      }
    }
    result.put("parameters", parameters);
    result.put("loop_tokens_per_second", median(own));
    for (int i = 0; i < peers.size(); i++) {
      ObjectNode peer = result.putObject(peers.get(i).toString());
      peer.put("tokens_per_second", median(others.get(i)));
      peer.put("loop_against_peer", median(own) / median(others.get(i)));
    }
  }

  /** Where the launcher says that Chorale is, or here. */
  private static Path peerDirectory() {
    return Path.of(System.getProperty("chorale.home", "."), "scripts", "peers");
  }

  private void measureJob(Settings settings, ObjectNode result) throws Exception {
    double loop = result.get("loop_tokens_per_second").asDouble();
    long batchTokens = (long) settings.train().batch() * settings.train().context();
    long stepsPerRound = Math.max(1, Math.round(roundSeconds * loop / batchTokens));
    Path directory = Files.createTempDirectory("chorale-bench");
    try (Session session = openSession()) {
      measureJob(session, settings, directory, stepsPerRound, result);
    } finally {
      new Storage(new Configuration())
          .deleteRecursively(new org.apache.hadoop.fs.Path(directory.toUri()));
    }
  }

  private void measureJob(
      Session session, Settings settings, Path directory, long stepsPerRound, ObjectNode result)
      throws Exception {
    int workers = Runtime.getRuntime().availableProcessors();
    double loop = result.get("loop_tokens_per_second").asDouble();
    long batchTokens = (long) settings.train().batch() * settings.train().context();
    Storage storage = new Storage(session.context().hadoopConfiguration());
    SyntheticDataset.write(
        storage,
        new org.apache.hadoop.fs.Path(directory.resolve("data").toUri()),
        vocabulary,
        workers,
        Math.toIntExact(Math.max(1 << 16, 2 * batchTokens)));
    List<Double> speeds = new ArrayList<>();
    double averagingShare = 0;
    // The first round warms up.
    for (RoundMetrics round :
        train(session, storage, settings, directory, workers, stepsPerRound, turns + 1)) {
      if (round.round() > 1) {
        speeds.add(round.tokensPerSecond());
        averagingShare +=
            round.averagingSeconds() / (round.computeSeconds() + round.averagingSeconds()) / turns;
      }
    }
    result.put("job_workers", workers);
    result.put("job_steps_per_round", stepsPerRound);
    result.put("job_tokens_per_second", median(speeds));
    result.put("job_against_loop", median(speeds) / loop);
    result.put("job_efficiency", median(speeds) / (workers * loop));
    result.put("job_share_outside_compute", averagingShare);
  }

  private List<RoundMetrics> train(
      Session session,
      Storage storage,
      Settings settings,
      Path directory,
      int workers,
      long stepsPerRound,
      int rounds)
      throws Exception {
    Settings adapted =
        SettingsFile.read(
            "bench",
            SettingsFile.write(settings),
            List.of(
                "data.path=" + directory.resolve("data").toUri(),
                "run.path=" + directory.resolve("run").toUri(),
                "train.workers=" + workers,
                "train.average-every=" + stepsPerRound,
                "train.steps=" + stepsPerRound * rounds,
                "evaluate.every=0"));
    TrainJob job =
        new TrainJob(session.context(), storage, adapted, new PrintWriter(Writer.nullWriter()));
    job.run();
    return job.metrics();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private void print(ObjectNode result) {
    if (json) {
      out().println(result);
    } else {
      result
          .properties()
          .forEach(field -> out().printf("%-26s %s%n", field.getKey(), field.getValue()));
    }
  }
}
