package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.TokenizerSettings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.data.PackingShares;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.embed.FirstEmbeddings;
import io.chorale.embed.FoundEmbeddings;
import io.chorale.embed.SkipGramObjective;
import io.chorale.export.PublishedModel;
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
  List<String> models(Settings given) {
    return List.of("embeddings.from");
  }

  @Override
  void run(Settings given) throws Exception {
    positive("--executor-cores", executorCores);
    positive("--bandwidth", bandwidth);
    positive("--executor-limit", executorLimit == null ? 1 : executorLimit);
    positive("--tokens-per-second", tokensPerSecond == null ? 1 : tokensPerSecond);
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    Settings settings = PublishedModel.settled(storage, given);
    if (settings.vectors().byMllib()) {
      MllibVectors.check(settings);
    }
    Dataset dataset = dataset(storage, settings);
    Schema schema = schema(storage, settings, dataset);
    RunEstimate estimate =
        RunEstimate.of(settings, schema, executorCores, workerTokens(settings, dataset));
    Objective objective = SkipGramObjective.atMost(settings, schema, "these settings");
    PlanText.Times times = times(objective, settings, estimate);
    Optional<PackingShares> packing =
        Optional.ofNullable(dataset).flatMap(shards -> objective.feed().packing(shards));
    List<String> impossible = new ArrayList<>();
    Optional<FoundEmbeddings> found = Optional.empty();
    if (dataset != null) {
      addImpossible(settings, dataset, impossible);
      found = embeddings(storage, settings, objective, dataset, impossible);
    }
    long executor = estimate.executorHeap() + estimate.nativeMemory();
    if (executorLimit != null && executor > executorLimit * (1L << 30)) {
      impossible.add(
          ("An executor needs %s, expected at most %s GiB. Lower train.batch, evaluate.batch,"
                  + " train.shuffle-window, the size of the model or --executor-cores (now %d).")
              .formatted(Amounts.bytes(executor), executorLimit, executorCores));
    }
    PlanText text =
        new PlanText(
            settings, schema, dataset != null, estimate, times, packing, found, impossible);
    if (json) {
      out().println(text.json());
    } else {
      text.print(out(), bandwidth);
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
    boolean ofFolder = tokenizer.file().isEmpty() && !settings.model().from().isEmpty();
    return Task.needs(
        settings,
        ofFolder ? settings.model().vocabulary() : vocabulary(storage, tokenizer, "tokenizer.file"),
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

  /** The entries that begin from word vectors; adds why they cannot. */
  private static Optional<FoundEmbeddings> embeddings(
      Storage storage,
      Settings settings,
      Objective objective,
      Dataset dataset,
      List<String> impossible) {
    if (settings.embeddings().given() && objective instanceof Task task) {
      try {
        return Optional.of(FirstEmbeddings.of(storage, settings, task, dataset).facts());
      } catch (ChoraleException e) {
        impossible.add(e.getMessage());
      }
    }
    return Optional.empty();
  }

  /** Whether a round goes once through what each worker has. */
  static boolean roundsArePasses(Settings settings) {
    return settings.train().averagesByEpoch() || settings.vectors().byMllib();
  }

  private PlanText.Times times(Objective objective, Settings settings, RunEstimate estimate) {
    TrainSettings train = settings.train();
    double transfer =
        estimate.transferSeconds(bandwidth * MEGABIT, settings.run().checkpointEvery());
    if (tokensPerSecond == null || roundsArePasses(settings)) {
      return new PlanText.Times(transfer, null);
    }
    double tokens = (double) train.stepsPerRound() * train.batch() * objective.longest();
    return new PlanText.Times(transfer, tokens / tokensPerSecond);
  }
}
