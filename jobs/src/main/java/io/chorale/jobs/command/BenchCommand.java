package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.jobs.bench.JobBenchmark;
import io.chorale.jobs.bench.LoopBenchmark;
import io.chorale.jobs.bench.PyTorchPeer;
import io.chorale.jobs.spark.Session;
import io.chorale.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale bench}: tokens a second of the bare local loop on one thread, of such a loop on
 * every core at once, of the train job with a worker on every core, and their ratios; on request,
 * of the same model in PyTorch.
 *
 * <p>Parties run in turns, and medians over the turns are compared, since machines are shared.
 * Loops and job are compared by all the time they took; loop and peer, which compute the same on
 * one core, by their median step.
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
    int workers = job.workers();
    long batchTokens = (long) settings.train().batch() * settings.train().context();
    Speeds loop = new Speeds("loop");
    List<Speeds> others = peers.stream().map(peer -> new Speeds(peer.toString())).toList();
    Speeds atOnce = new Speeds(workers + " loops at once");
    Speeds jobs = new Speeds("job");
    List<Double> shares = new ArrayList<>();
    long parameters = 0;
    long stepsPerRound = 0;
    for (int turn = 1; turn <= turns; turn++) {
      LoopBenchmark.Result one = LoopBenchmark.run(settings, vocabulary, 1, WARMUP, steps);
      loop.add(turn, one.tokensPerSecond(), one.millisecondsPerStep());
      for (int i = 0; i < peers.size(); i++) {
        double step = peerMilliseconds(settings, peers.get(i));
        others.get(i).add(turn, batchTokens / step * 1e3, step);
      }
      LoopBenchmark.Result all = LoopBenchmark.run(settings, vocabulary, workers, WARMUP, steps);
      atOnce.add(turn, all.tokensPerSecond(), all.millisecondsPerStep());
      if (turn == 1) {
        parameters = one.parameters();
        stepsPerRound = Math.max(1, Math.round(roundSeconds * 1000 / one.millisecondsPerStep()));
      }
      RoundMetrics round = job.round(stepsPerRound);
      jobs.add(turn, round.tokensPerSecond(), round.computeSeconds() * 1e3 / stepsPerRound);
      shares.add(round.averagingSeconds() / (round.computeSeconds() + round.averagingSeconds()));
    }
    result.put("parameters", parameters);
    result.put("loop_tokens_per_second", loop.tokensPerSecond());
    result.put("loop_milliseconds_per_step", loop.millisecondsPerStep());
    for (Speeds other : others) {
      ObjectNode peer = result.putObject(other.party);
      peer.put("milliseconds_per_step", other.millisecondsPerStep());
      peer.put("loop_against_peer", other.millisecondsPerStep() / loop.millisecondsPerStep());
    }
    result.put("workers", workers);
    result.put("loops_at_once_tokens_per_second", atOnce.tokensPerSecond());
    result.put(
        "loops_at_once_efficiency", atOnce.tokensPerSecond() / (workers * loop.tokensPerSecond()));
    result.put("job_steps_per_round", stepsPerRound);
    result.put("job_tokens_per_second", jobs.tokensPerSecond());
    result.put("job_efficiency", jobs.tokensPerSecond() / (workers * loop.tokensPerSecond()));
    result.put("job_against_loops_at_once", jobs.tokensPerSecond() / atOnce.tokensPerSecond());
    result.put("job_share_outside_compute", median(shares));
  }

  private double peerMilliseconds(Settings settings, Peer peer) throws Exception {
    try (PyTorchPeer process = new PyTorchPeer(peerDirectory(), peer == Peer.PYTORCH_AVX512)) {
      return process.millisecondsPerStep(settings, vocabulary, steps);
    }
  }

  /** What a party did in each turn, told as it comes. */
  private final class Speeds {
    private final String party;
    private final List<Double> tokensPerSecond = new ArrayList<>();
    private final List<Double> millisecondsPerStep = new ArrayList<>();

    Speeds(String party) {
      this.party = party;
    }

    void add(int turn, double tokens, double milliseconds) {
      tokensPerSecond.add(tokens);
      millisecondsPerStep.add(milliseconds);
      err()
          .printf(
              "turn %d  %s %,.0f tokens/s, %.2f ms a step%n", turn, party, tokens, milliseconds);
      err().flush();
    }

    double tokensPerSecond() {
      return median(tokensPerSecond);
    }

    double millisecondsPerStep() {
      return median(millisecondsPerStep);
    }
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
