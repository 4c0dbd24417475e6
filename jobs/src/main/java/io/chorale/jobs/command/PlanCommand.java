package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.TokenizerSettings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.data.PackingShares;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.embed.SkipGramObjective;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.embed.MllibVectors;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.plan.RunEstimate;
import io.chorale.jobs.round.RoundPlanner;
import io.chorale.jobs.spark.Session;
import io.chorale.task.Objective;
import io.chorale.task.Task;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale plan}: what a training will need of a cluster, before it is given one. Starts no
 * Spark and writes nothing.
 */
@Command(
    name = "plan",
    description =
        "Say what a training needs: memory of executors and driver, bytes and seconds a round;"
            + " and what in its settings cannot work.")
final class PlanCommand extends SettingsCommand {
  /** Above it, averaging costs more than it should. */
  private static final double LARGEST_SHARE = 0.05;

  private static final double MEGABIT = 1e6;

  @Option(
      names = "--executor-cores",
      paramLabel = "N",
      defaultValue = "1",
      description = "Workers that an executor runs at once (default: ${DEFAULT-VALUE}).")
  private int executorCores;

  @Option(
      names = "--executor-limit",
      paramLabel = "GIB",
      description = "The most memory that the cluster grants an executor, heap and all.")
  private Double executorLimit;

  @Option(
      names = "--bandwidth",
      paramLabel = "MBIT",
      defaultValue = "1000",
      description = "Rate of each machine's link, Mbit/s (default: ${DEFAULT-VALUE}).")
  private double bandwidth;

  @Option(
      names = "--tokens-per-second",
      paramLabel = "N",
      description =
          "Of one worker: loop_tokens_per_second of \"chorale bench --json\"; needed for the time"
              + " of a round.")
  private Double tokensPerSecond;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  void run(Settings settings) throws Exception {
    positive("--executor-cores", executorCores);
    positive("--bandwidth", bandwidth);
    positive("--executor-limit", executorLimit == null ? 1 : executorLimit);
    positive("--tokens-per-second", tokensPerSecond == null ? 1 : tokensPerSecond);
    if (settings.vectors().byMllib()) {
      MllibVectors.check(settings);
    }
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    Dataset dataset = dataset(storage, settings);
    Schema schema = schema(storage, settings, dataset);
    RunEstimate estimate =
        RunEstimate.of(settings, schema, executorCores, workerTokens(settings, dataset));
    Objective objective = SkipGramObjective.atMost(settings, schema, "these settings");
    Times times = times(objective, settings, estimate);
    Optional<PackingShares> packing =
        Optional.ofNullable(dataset).flatMap(given -> objective.feed().packing(given));
    List<String> impossible = new ArrayList<>();
    if (dataset != null) {
      addImpossible(settings, dataset, impossible);
    }
    long executor = estimate.executorHeap() + estimate.nativeMemory();
    if (executorLimit != null && executor > executorLimit * (1L << 30)) {
      impossible.add(
          ("An executor needs %s, expected at most %s GiB. Lower train.batch, evaluate.batch,"
                  + " train.shuffle-window, the size of the model or --executor-cores (now %d).")
              .formatted(Amounts.bytes(executor), executorLimit, executorCores));
    }
    if (json) {
      printJson(estimate, times, packing, impossible);
    } else {
      print(settings, schema, dataset, estimate, times);
      packing.ifPresent(shares -> line("packing", "%s", shares));
    }
    if (!impossible.isEmpty()) {
      throw new SettingsException(String.join(System.lineSeparator(), impossible));
    }
  }

  private static void positive(String option, double value) {
    if (!(value > 0)) {
      throw new SettingsException("%s must be above 0 (got: %s)".formatted(option, value));
    }
  }

  /** The dataset, where there is one already; null otherwise. */
  private static Dataset dataset(Storage storage, Settings settings) {
    if (settings.data().path().isEmpty()) {
      return null;
    }
    Path path = Storage.path("data.path", settings.data().path());
    return storage.exists(path) ? Dataset.open(storage, path) : null;
  }

  /** Of the dataset or, where there is none yet, what is known of it before. */
  private static Schema schema(Storage storage, Settings settings, Dataset dataset) {
    if (dataset != null) {
      return dataset.schema();
    }
    TokenizerSettings tokenizer = settings.tokenizer();
    return Task.needs(
        settings,
        vocabulary(storage, tokenizer, "tokenizer.file"),
        vocabulary(storage, tokenizer.ofTargets(), "tokenizer.target-file"));
  }

  private static int vocabulary(Storage storage, TokenizerSettings tokenizer, String key) {
    Tokenizers.check(tokenizer);
    byte[] given = Tokenizers.given(storage, tokenizer, key);
    return given == null
        ? tokenizer.vocabulary()
        : Tokenizers.load(given, tokenizer.file()).vocabularySize();
  }

  /** Tokens of the worker with most data, also where there are too few shards for all. */
  private static long workerTokens(Settings settings, Dataset dataset) {
    if (dataset == null) {
      return Long.MAX_VALUE;
    }
    TrainSettings train = settings.train();
    Objective objective = objective(settings, dataset);
    Mix mix = Mix.of(dataset.manifest(), train.weights());
    int workers = Math.min(train.workers(), mix.size());
    return Arrays.stream(mix.deal(train.seed(), workers, objective.feed()::size))
        .mapToLong(
            own ->
                Arrays.stream(own)
                    .mapToLong(shard -> tokens(objective, dataset.schema(), mix.shard(shard)))
                    .sum())
        .max()
        .orElse(0);
  }

  private static Objective objective(Settings settings, Dataset dataset) {
    return SkipGramObjective.atMost(settings, dataset.schema(), "dataset " + dataset.directory());
  }

  /** Tokens or steps of the sequences that the task reads. */
  private static long tokens(Objective objective, Schema schema, ShardFacts shard) {
    return objective.feed().columns().stream()
        .filter(column -> schema.column(column).ragged())
        .mapToLong(shard::elements)
        .sum();
  }

  /** What {@code train} would refuse. */
  private static void addImpossible(Settings settings, Dataset dataset, List<String> impossible) {
    try {
      Objective objective = objective(settings, dataset);
      Mix mix = Mix.of(dataset.manifest(), settings.train().weights());
      if (settings.vectors().byMllib()) {
        mix.deal(settings.train().seed(), settings.train().workers(), objective.feed()::size);
        return;
      }
      new RoundPlanner(settings.train(), objective.feed(), mix);
      EvaluateJob.checkTraining(objective, dataset, settings);
    } catch (SettingsException e) {
      impossible.add(e.getMessage());
    }
  }

  /**
   * Seconds of a round.
   *
   * @param compute null where the speed of a worker, or the length of a round, is not known
   */
  private record Times(double transfer, Double compute) {
    double share() {
      return transfer / (transfer + compute);
    }
  }

  /** Whether a round goes once through what each worker has. */
  private static boolean roundsArePasses(Settings settings) {
    return settings.train().averagesByEpoch() || settings.vectors().byMllib();
  }

  private Times times(Objective objective, Settings settings, RunEstimate estimate) {
    TrainSettings train = settings.train();
    double transfer = estimate.transferSeconds(bandwidth * MEGABIT);
    if (tokensPerSecond == null || roundsArePasses(settings)) {
      return new Times(transfer, null);
    }
    double tokens = (double) train.stepsPerRound() * train.batch() * objective.longest();
    return new Times(transfer, tokens / tokensPerSecond);
  }

  private void print(
      Settings settings, Schema schema, Dataset dataset, RunEstimate estimate, Times times) {
    TrainSettings train = settings.train();
    line(
        "parameters",
        "%,d (%s%s)",
        estimate.parameters(),
        schema
            .find(Column.TEXT)
            .map(text -> "vocabulary %,d".formatted(text.size()) + ofTargets(schema))
            .orElse("no text"),
        dataset == null ? vocabularyWithoutDataset(settings) : "");
    line(
        "workers",
        "%d, %d at once on each of %d executors",
        train.workers(),
        estimate.workersAtOnce(),
        estimate.executors());
    line(
        "executor",
        "spark.executor.memory=%s  spark.executor.memoryOverhead=%s",
        Amounts.setting(estimate.executorHeap()),
        Amounts.setting(estimate.nativeMemory()));
    if (train.device() != TrainSettings.Device.CPU) {
      line("gpu", "%s for each worker at once", Amounts.setting(estimate.gpuMemory()));
    }
    line(
        "driver",
        "CHORALE_DRIVER_MEMORY=%s (spark.driver.memory)",
        Amounts.setting(estimate.driverHeap()));
    line(
        "or local[%d]".formatted(train.workers()),
        "CHORALE_DRIVER_MEMORY=%s, and %s outside the heap: driver and workers in one process",
        Amounts.setting(estimate.localHeap()),
        Amounts.setting(estimate.localNativeMemory()));
    line(
        "sent a round",
        "%s by all workers, %s collected by the driver",
        Amounts.bytes(estimate.traffic().sent()),
        Amounts.bytes(estimate.traffic().collected()));
    line("received a round", "%s by each executor", Amounts.bytes(estimate.traffic().anchor()));
    line(
        "stored a round",
        "%s; %s with %d checkpoints kept%s and one under way",
        Amounts.bytes(estimate.stored()),
        Amounts.bytes(
            estimate.stored() * (settings.run().keep() + (settings.run().keepBest() ? 2 : 1))),
        settings.run().keep(),
        settings.run().keepBest() ? ", the best one" : "");
    line("transfer a round", "%.2f s at %,.0f Mbit/s", times.transfer(), bandwidth);
    if (times.compute() == null) {
      line(
          "compute a round",
          "unknown: %s",
          roundsArePasses(settings)
              ? "it is one pass over the worker's shards"
              : "give --tokens-per-second, see \"chorale bench\"");
      return;
    }
    line(
        "compute a round",
        "%.2f s; %.1f %% of a round is transfer",
        times.compute(),
        100 * times.share());
    if (times.share() > LARGEST_SHARE) {
      // The share s at which H steps take c seconds and the transfer t: s = t / (t + c).
      double factor = times.transfer() * (1 / LARGEST_SHARE - 1) / times.compute();
      line(
          "advice",
          "for %.0f %%: train.average-every of %d, or average.send: int8",
          100 * LARGEST_SHARE,
          (long) Math.ceil(train.stepsPerRound() * factor));
    }
  }

  /** The vocabulary of targets, where it is another one. */
  private static String ofTargets(Schema schema) {
    return schema
        .find(Column.TARGET)
        .filter(target -> !schema.shareVocabulary(Column.TEXT, Column.TARGET))
        .map(target -> ", of targets %,d".formatted(target.size()))
        .orElse("");
  }

  private static String vocabularyWithoutDataset(Settings settings) {
    String file = settings.tokenizer().file();
    return (file.isEmpty() ? ", as asked for" : ", of " + file) + ": there is no dataset yet";
  }

  private void line(String name, String format, Object... values) {
    out().printf("%-17s %s%n", name, format.formatted(values));
  }

  private void printJson(
      RunEstimate estimate, Times times, Optional<PackingShares> packing, List<String> impossible) {
    ObjectNode object = JsonMapper.builder().build().createObjectNode();
    object.put("parameters", estimate.parameters());
    object.put("executors", estimate.executors());
    object.put("workers_at_once", estimate.workersAtOnce());
    object.put("executor_heap_bytes", estimate.executorHeap());
    object.put("executor_native_bytes", estimate.nativeMemory());
    object.put("driver_heap_bytes", estimate.driverHeap());
    object.put("local_heap_bytes", estimate.localHeap());
    object.put("local_native_bytes", estimate.localNativeMemory());
    object.put("gpu_bytes", estimate.gpuMemory());
    object.put("sent_bytes", estimate.traffic().sent());
    object.put("collected_bytes", estimate.traffic().collected());
    object.put("anchor_bytes", estimate.traffic().anchor());
    object.put("stored_bytes", estimate.stored());
    object.put("transfer_seconds", times.transfer());
    object.put("compute_seconds", times.compute());
    packing.ifPresent(
        shares -> {
          object.put("cut_documents_share", shares.cut());
          object.put("padding_share", shares.padding());
        });
    impossible.forEach(object.putArray("impossible")::add);
    out().println(object);
  }
}
