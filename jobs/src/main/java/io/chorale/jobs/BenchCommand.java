package io.chorale.jobs;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.tensor.Engine;
import io.chorale.train.LoopBenchmark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
    if (!peers.isEmpty()) {
      PyTorchPeer.check(settings);
    }
    ObjectNode result = JsonMapper.builder().build().createObjectNode();
    ObjectNode machine = result.putObject("machine");
    machine.put("cpu", Machine.cpu());
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("java", Runtime.version().toString());
    Engine.facts().forEach(machine::put);
    try (Session session = openSession();
        JobBenchmark job = new JobBenchmark(session.context(), settings, vocabulary)) {
      measure(settings, job, result);
    }
    print(result);
  }

  private static void atLeast(String option, double value, int least) {
    if (!(value >= least)) {
      throw new SettingsException(
          "%s must be at least %d (got: %s)".formatted(option, least, value));
    }
  }

  /** Every party once a turn, so that a machine that slows down slows all of them down. */
  private void measure(Settings settings, JobBenchmark job, ObjectNode result) throws Exception {
    List<Double> loops = new ArrayList<>();
    List<List<Double>> others = new ArrayList<>();
    peers.forEach(peer -> others.add(new ArrayList<>()));
    List<Double> jobs = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    long parameters = 0;
    long stepsPerRound = 0;
    for (int turn = 1; turn <= turns; turn++) {
      LoopBenchmark.Result loop = LoopBenchmark.run(settings, vocabulary, WARMUP, steps);
      parameters = loop.parameters();
      add(loops, turn, "loop", loop.tokensPerSecond());
      for (int i = 0; i < peers.size(); i++) {
        try (PyTorchPeer peer =
            new PyTorchPeer(peerDirectory(), peers.get(i) == Peer.PYTORCH_AVX512)) {
          double speed = peer.tokensPerSecond(settings, vocabulary, steps);
          add(others.get(i), turn, peers.get(i).toString(), speed);
        }
      }
      if (turn == 1) {
        stepsPerRound = Math.max(1, Math.round(roundSeconds * 1000 / loop.millisecondsPerStep()));
      }
      RoundMetrics round = job.round(stepsPerRound);
      add(jobs, turn, "job", round.tokensPerSecond());
      shares.add(round.averagingSeconds() / (round.computeSeconds() + round.averagingSeconds()));
    }
    result.put("parameters", parameters);
    result.put("loop_tokens_per_second", median(loops));
    for (int i = 0; i < peers.size(); i++) {
      ObjectNode peer = result.putObject(peers.get(i).toString());
      peer.put("tokens_per_second", median(others.get(i)));
      peer.put("loop_against_peer", median(loops) / median(others.get(i)));
    }
    result.put("job_workers", job.workers());
    result.put("job_steps_per_round", stepsPerRound);
    result.put("job_tokens_per_second", median(jobs));
    result.put("job_against_loop", median(jobs) / median(loops));
    result.put("job_efficiency", median(jobs) / (job.workers() * median(loops)));
    result.put("job_share_outside_compute", median(shares));
  }

  private void add(List<Double> speeds, int turn, String party, double tokensPerSecond) {
    speeds.add(tokensPerSecond);
    err().printf("turn %d  %s %,.0f tokens/s%n", turn, party, tokensPerSecond);
    err().flush();
  }

  /** Where the launcher says that Chorale is, or here. */
  private static Path peerDirectory() {
    return Path.of(System.getProperty("chorale.home", "."), "scripts", "peers");
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
