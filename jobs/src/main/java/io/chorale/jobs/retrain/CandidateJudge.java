package io.chorale.jobs.retrain;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Dataset;
import io.chorale.data.Part;
import io.chorale.data.ShardFacts;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.evaluate.PartSums;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.registry.RegisteredModel;
import io.chorale.task.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * Judges the candidate of a cycle: its measures on what is held out, beside those of the model in
 * production, and its answers to a {@link Probe}.
 *
 * @param production the version that is in use
 */
record CandidateJudge(
    Session session,
    Storage storage,
    Settings settings,
    RegisteredModel model,
    Dataset dataset,
    Optional<Long> production,
    Cycles cycles,
    Coverage coverage) {

  /**
   * What was found of a candidate.
   *
   * @param sums what its measures are made from
   * @param readBack what its version in the registry must stand
   */
  record Judged(Scorecard scorecard, HeldOutSums sums, ReadBack readBack) {}

  /**
   * Refuses, before anything is trained, what could not be judged.
   *
   * @throws SettingsException where nothing is held out, or the model in production reads the rows
   *     otherwise
   */
  void check() {
    Task task = Task.of(settings, dataset.schema(), "dataset " + dataset.directory());
    EvaluateJob.check(task, dataset, split());
    if (production.isEmpty()) {
      return;
    }
    TrainedModel current = open(model.directory(production.get()));
    HeldOutSums.read(storage, model.directory(production.get()), rows(current.task()));
    boolean same = parts(current.task()).equals(parts(task));
    for (String column : current.task().feed().columns()) {
      same &= current.schema().facts(column).meansAs(dataset.schema().facts(column));
    }
    if (!same) {
      throw new SettingsException(
          "Cannot compare a candidate with version %d of %s: that was trained with another train.context, tokenizer, labels or scale, expected those of the dataset and the settings. Set them as it has them, or choose another registry.name."
              .formatted(production.get(), model.name()));
    }
  }

  /**
   * Judges a candidate.
   *
   * @param trained the settings of its training, which has ended
   * @param drift of what it was trained on
   */
  Judged judge(Settings trained, Optional<Drift> drift) {
    Path run = new Path(trained.run().path());
    TrainedModel candidate = open(run);
    Task task = candidate.task();
    Probe probe = Probe.of(dataset, split(), task);
    List<String> answers = probe.answers(storage, run);
    List<String> used =
        production
            .map(version -> probe.answers(storage, model.directory(version)))
            .orElse(List.of());
    List<String> faults = new ProbeJudge(probe, task.writes().isPresent(), used).faults(answers);
    Gate gate =
        new Gate(
            task,
            settings.retrain(),
            dataset.manifest().split(split()),
            split().key(),
            coverage.since(),
            cycles.bestFixed(task.goal().higher()),
            faults);
    List<PartSums> found = measured(candidate, parts(task));
    Scorecard scorecard =
        production.isEmpty()
            ? gate.first(found)
            : gate.judge(production.get(), ofProduction(production.get(), found), found);
    return new Judged(
        scorecard.with(drift, answers),
        HeldOutSums.of(rows(task), shards(), found),
        new ReadBack(storage, probe, answers));
  }

  private DatasetSplit split() {
    return settings.evaluate().split();
  }

  /** The model of a run or a version, to be measured on the dataset. */
  private TrainedModel open(Path run) {
    return TrainedModel.open(
        storage,
        SettingsFile.with(settings, "run.path=" + run, "data.path=" + dataset.directory()),
        RetrainJob.candidate());
  }

  /** The sums of the model in production: those that it has, and what is not among them. */
  private List<PartSums> ofProduction(long version, List<PartSums> candidate) {
    Path directory = model.directory(version);
    TrainedModel current = open(directory);
    List<Part> parts = candidate.stream().map(PartSums::part).toList();
    Map<Part, PartSums> sums = new HashMap<>();
    HeldOutSums.read(storage, directory, rows(current.task()))
        .of(shards(), parts)
        .forEach(each -> sums.put(each.part(), each));
    List<Part> missing = parts.stream().filter(part -> !sums.containsKey(part)).toList();
    if (!missing.isEmpty()) {
      measured(current, missing).forEach(each -> sums.put(each.part(), each));
    }
    return parts.stream().map(sums::get).toList();
  }

  private List<ShardFacts> shards() {
    return dataset.manifest().split(split()).shards();
  }

  private List<Part> parts(Task task) {
    return task.feed().parts(dataset, split());
  }

  private int rows(Task task) {
    return Evaluator.rows(task, settings.evaluate().batch());
  }

  private List<PartSums> measured(TrainedModel of, List<Part> parts) {
    SharedVector parameters = SharedVector.of(session.context(), of.parameters(), Format.FLOAT32);
    try {
      return EvaluateJob.batches(
          session.context(), storage, of.settings(), dataset, split(), parts, parameters);
    } finally {
      SharedVector.destroy(session.context(), parameters);
    }
  }
}
