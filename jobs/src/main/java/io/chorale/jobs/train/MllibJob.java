package io.chorale.jobs.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.average.Distance;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointStore;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.embed.SkipGramObjective;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.embed.MllibVectors;
import io.chorale.jobs.monitor.LiveTraining;
import io.chorale.jobs.round.RoundsDone;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A training of word vectors by MLlib: all passes in one go, of which the last is committed as a
 * round. One that is killed begins anew.
 */
final class MllibJob {
  /** The share of the first learning rate below which MLlib does not go. */
  private static final double LOWEST_RATE = 1e-4;

  private final Storage storage;
  private final Settings settings;
  private final PrintWriter out;
  private final TrainingRun run;
  private final MllibVectors vectors;

  /** Tokens of a pass. */
  private final long tokens;

  /**
   * Checks settings and data, and counts words; writes nothing.
   *
   * @throws SettingsException where the settings and the dataset do not go together
   */
  MllibJob(JavaSparkContext spark, Storage storage, Settings given, PrintWriter out) {
    this.storage = storage;
    this.out = out;
    MllibVectors.check(given);
    this.settings = SettingsFile.with(given, "train.steps=" + given.train().epochs());
    this.run = new TrainingRun(spark, storage, settings);
    Dataset dataset = run.dataset();
    SkipGramObjective.text(dataset.schema(), "dataset " + dataset.directory());
    Mix mix = Mix.of(dataset.manifest(), settings.train().weights());
    this.vectors = new MllibVectors(spark, storage, settings, dataset, mix, run.begun());
    this.tokens = vectors.objective().feed().predictions(mix.epoch());
  }

  /** Trains, unless that is done. */
  void run() {
    run.check(settings, 1);
    int starts = run.starts();
    run.begin(settings, vectors.files(), Optional.empty(), Optional.empty());
    say(
        "%s: %s, %,d parameters, %d workers, %,d training tokens"
            .formatted(
                run.path(),
                vectors.name(),
                vectors.objective().layout().size(),
                settings.train().workers(),
                tokens));
    Stopwatch watch = new Stopwatch();
    try {
      if (run.committed().atStart()) {
        train(starts);
      } else {
        say("ended after round %d".formatted(run.committed().round()));
      }
    } catch (CheckpointStore.Taken e) {
      throw e;
    } catch (Throwable e) {
      run.fail(e);
      throw e;
    } finally {
      LiveTraining.ended();
    }
    say("done in %s: %s".formatted(Amounts.duration(watch.total()), run.path()));
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }

  private void train(int starts) {
    long passes = settings.train().epochs();
    run.roundBegins(passes);
    MllibVectors.Fit fit = vectors.fit(this::say);
    if (!Double.isFinite(Distance.norm(fit.rows()))) {
      throw new ChoraleException(
          "Cannot train word vectors by MLlib: with train.learning-rate %s they have grown beyond all numbers, expected finite ones. Lower it, or train.workers."
              .formatted(settings.train().learningRate()));
    }
    CheckpointStore checkpoints = run.checkpoints();
    List<CheckpointFile> files =
        new ArrayList<>(
            checkpoints.save(passes, vectors.objective().layout(), fit.rows(), Map.of()));
    for (int worker = 0; worker < settings.train().workers(); worker++) {
      files.add(
          CheckpointFile.write(
              storage,
              checkpoints.path(passes),
              CheckpointFile.worker(worker),
              "chorale-worker-1",
              List.of()));
    }
    List<JsonNode> lines = lines(fit.seconds(), starts);
    RoundsDone done = new RoundsDone(passes, passes, passes * tokens);
    run.commit(settings, done, files, Map.of(), lines.get(lines.size() - 1));
    run.roundEnds(settings, done, lines);
  }

  /** A line for each pass. */
  private List<JsonNode> lines(List<Double> seconds, int starts) {
    double rate = settings.train().learningRate();
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    List<JsonNode> lines = new ArrayList<>();
    for (int i = 0; i < seconds.size(); i++) {
      int pass = i + 1;
      lines.add(
          new PassMetrics(
                  pass,
                  settings.train().workers(),
                  pass,
                  pass * tokens,
                  rate * Math.max(LOWEST_RATE, 1 - (double) pass / seconds.size()),
                  tokens / seconds.get(i),
                  seconds.get(i),
                  starts,
                  time)
              .toJson());
    }
    return lines;
  }
}
