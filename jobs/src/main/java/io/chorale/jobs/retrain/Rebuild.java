package io.chorale.jobs.retrain;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Additions;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.train.TrainJob;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import java.io.PrintWriter;
import org.apache.hadoop.fs.Path;

/**
 * Trains a version of the registry again from what its cycle says of it: the dataset as it was
 * then, the version that it began from, the settings that it keeps. Costs what the cycle did.
 *
 * @param settings with the dataset and the registry
 * @param to a directory for what it makes; nothing else is written
 */
public record Rebuild(Session session, Settings settings, Path to, PrintWriter out) {

  /**
   * Rebuilds a version.
   *
   * @param version an alias, or the number in digits
   * @return the name of the file with its parameters, which ends in their checksum
   * @throws SettingsException where no cycle has made it
   * @throws ChoraleException where the parameters are other ones
   */
  public String run(String version) {
    Storage storage = new Storage(session.context().hadoopConfiguration());
    RegisteredModel model =
        Registry.of(storage, settings.registry()).model(settings.registry().name());
    State state = model.existing().state();
    long number = model.number(state, version);
    if (storage.exists(to)) {
      throw new SettingsException(
          "Cannot rebuild into %s: it exists, expected a new directory. Choose another --to."
              .formatted(to));
    }
    Cycles.Cycle cycle = Cycles.of(model, state).of(number, model.name());
    RegisteredModel.Opened expected = model.open(Long.toString(number));
    RunDirectory kept = new RunDirectory(storage, expected.path());
    Settings trained = kept.settings();
    Dataset dataset = past(storage, cycle);
    CycleData data = new CycleData(session.context(), storage, dataset, new Path(to, "data"));
    Settings again =
        SettingsFile.with(trained, "run.path=" + new Path(to, "run"), "data.path=" + data.to());
    if (cycle.parent() == 0) {
      data.write(CycleShards.all(dataset.manifest()), -1);
    } else {
      String parent = model.open(Long.toString(cycle.parent())).path().toString();
      again = SettingsFile.with(again, "train.from=" + parent);
      data.write(
          CycleShards.of(dataset, trained, cycle.number(), cycle.since(), cycle.replay()),
          cycle.since());
    }
    long rounds = expected.facts().origin().round();
    new TrainJob(session.context(), storage, again, out).run(round -> round >= rounds);
    String found = parameters(new RunDirectory(storage, new Path(to, "run")));
    String file = parameters(kept);
    if (!found.equals(file)) {
      throw new ChoraleException(
          "Cannot rebuild version %d of %s: its parameters are %s, expected %s. Rebuild it with the Chorale and on the kind of processor that its provenance names (\"chorale models show\")."
              .formatted(number, model.name(), found, file));
    }
    return found;
  }

  /** The dataset as it was in the cycle. */
  private Dataset past(Storage storage, Cycles.Cycle cycle) {
    Dataset now = Dataset.open(storage, Storage.path("data.path", settings.data().path()));
    Dataset past =
        cycle.additions() == now.manifest().additions().size()
            ? now
            : Additions.bytes(storage, now, cycle.additions())
                .map(bytes -> Dataset.of(storage, now.directory(), bytes))
                .orElse(now);
    if (!past.fingerprint().equals(cycle.dataset())) {
      throw new ChoraleException(
          "Cannot rebuild cycle %d: dataset %s with %d additions has the fingerprint %s, expected %s. Restore it from a copy."
              .formatted(
                  cycle.number(),
                  now.directory(),
                  cycle.additions(),
                  past.fingerprint(),
                  cycle.dataset()));
    }
    return past;
  }

  private static String parameters(RunDirectory run) {
    return RetrainJob.candidate().of(run).parts().get(CheckpointFile.MODEL).name();
  }
}
