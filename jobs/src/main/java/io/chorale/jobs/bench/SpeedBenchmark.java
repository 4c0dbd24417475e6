package io.chorale.jobs.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Tokens a second of the bare local loop on one thread, of such a loop on every core at once, of
 * the train job with a worker on every core, and their ratios; on request, of the same model in
 * PyTorch. On a GPU there is one loop, and one worker.
 *
 * <p>Parties run in turns, and medians over the turns are compared, since machines are shared.
 * Loops and job are compared by all the time they took; loop and peer, which compute the same on
 * one core, by their median step.
 */
public final class SpeedBenchmark {
  private static final int WARMUP = 10;

  /** What a peer is. */
  public enum Peer {
    PYTORCH("pytorch", false, false),
    PYTORCH_AVX512("pytorch-avx512", true, false),
    PYTORCH_COMPILE("pytorch-compile", false, true),
    PYTORCH_AVX512_COMPILE("pytorch-avx512-compile", true, true);

    private final String key;
    private final boolean avx512;
    private final boolean compiled;

    Peer(String key, boolean avx512, boolean compiled) {
      this.key = key;
      this.avx512 = avx512;
      this.compiled = compiled;
    }

    /** Whether MKL is made to use AVX-512 on a processor that is not Intel's. */
    boolean avx512() {
      return avx512;
    }

    /** Whether the model is compiled. */
    boolean compiled() {
      return compiled;
    }

    @Override
    public String toString() {
      return key;
    }
  }

  private final Settings settings;
  private final int vocabulary;
  private final int steps;
  private final int turns;
  private final double roundSeconds;
  private final List<Peer> peers;
  private final List<PyTorchPeer> programs;

  /**
   * Checks whether the peers can take the settings; measures nothing yet.
   *
   * @param vocabulary V
   * @param steps that each party is timed for in a turn
   * @param roundSeconds length of a round of the train job
   * @param peers to measure beside it
   * @param directory of the peers' programs
   * @throws SettingsException where a peer cannot be measured
   */
  public SpeedBenchmark(
      Settings settings,
      int vocabulary,
      int steps,
      int turns,
      double roundSeconds,
      List<Peer> peers,
      Path directory) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.steps = steps;
    this.turns = turns;
    this.roundSeconds = roundSeconds;
    this.peers = peers;
    this.programs = peers.stream().map(peer -> new PyTorchPeer(settings, directory, peer)).toList();
  }

  /**
   * Measures.
   *
   * @param say prints a line as it comes
   */
  public ObjectNode run(JavaSparkContext spark, Consumer<String> say)
      throws IOException, InterruptedException {
    ObjectNode result = JsonMapper.builder().build().createObjectNode();
    ObjectNode machine = result.putObject("machine");
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("java", Runtime.version().toString());
    Engine.facts().forEach(machine::put);
    try (JobBenchmark job = new JobBenchmark(spark, settings, vocabulary, Scratch.of(spark))) {
      measure(job, result, say);
    }
    return result;
  }

  /** Every party once a turn, so that a machine that slows down slows all of them down. */
  private void measure(JobBenchmark job, ObjectNode result, Consumer<String> say)
      throws IOException, InterruptedException {
    int workers = job.workers();
    SyntheticDataset data = new SyntheticDataset(settings, vocabulary);
    double tokensOfPrediction = data.tokensOfPrediction();
    Speeds loop = new Speeds("loop", say);
    List<Speeds> others = peers.stream().map(peer -> new Speeds(peer.toString(), say)).toList();
    Speeds atOnce = new Speeds(workers + " loops at once", say);
    Speeds jobs = new Speeds("job", say);
    List<Double> shares = new ArrayList<>();
    long parameters = 0;
    long stepsPerRound = 0;
    for (int turn = 1; turn <= turns; turn++) {
      LoopBenchmark.Result one = LoopBenchmark.run(settings, vocabulary, 1, WARMUP, steps);
      loop.add(turn, one.tokensPerSecond(), one.millisecondsPerStep());
      for (int i = 0; i < peers.size(); i++) {
        double step = programs.get(i).millisecondsPerStep(vocabulary, steps);
        others.get(i).add(turn, data.tokensOfStep() / step * 1e3, step);
      }
      LoopBenchmark.Result all = LoopBenchmark.run(settings, vocabulary, workers, WARMUP, steps);
      atOnce.add(turn, all.tokensPerSecond(), all.millisecondsPerStep());
      if (turn == 1) {
        parameters = one.parameters();
        stepsPerRound = Math.max(1, Math.round(roundSeconds * 1000 / one.millisecondsPerStep()));
      }
      RoundMetrics round = job.round(stepsPerRound);
      double tokens = round.tokensPerSecond() * tokensOfPrediction;
      jobs.add(turn, tokens, round.computeSeconds() * 1e3 / stepsPerRound);
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

  /** What a party did in each turn, told as it comes. */
  private static final class Speeds {
    private final String party;
    private final Consumer<String> say;
    private final List<Double> tokensPerSecond = new ArrayList<>();
    private final List<Double> millisecondsPerStep = new ArrayList<>();

    Speeds(String party, Consumer<String> say) {
      this.party = party;
      this.say = say;
    }

    void add(int turn, double tokens, double milliseconds) {
      tokensPerSecond.add(tokens);
      millisecondsPerStep.add(milliseconds);
      say.accept(
          "turn %d  %s %,.0f tokens/s, %.2f ms a step"
              .formatted(turn, party, tokens, milliseconds));
    }

    double tokensPerSecond() {
      return median(tokensPerSecond);
    }

    double millisecondsPerStep() {
      return median(millisecondsPerStep);
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
