package io.chorale.jobs.retrain;

import io.chorale.config.ChoraleException;
import io.chorale.config.RetrainSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import io.chorale.data.Dataset;
import io.chorale.data.Feed;
import io.chorale.data.Mix;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.jobs.round.RoundPlanner;
import io.chorale.jobs.spark.Session;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.State;
import io.chorale.task.Task;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * Makes the dataset and the settings of a cycle's training. The learning rate rises anew and falls
 * again in each cycle, and some of the old data is gone through with the new (Ibrahim et al., arXiv
 * 2403.08763).
 *
 * @param since additions that are no news
 */
record CycleTraining(
    Session session, Storage storage, Settings settings, Dataset dataset, int since) {

  /** What else decides what is trained. */
  private static final Set<String> DECIDING =
      Set.of(
          "retrain.from",
          "retrain.replay",
          "retrain.drift-limit",
          "retrain.drift-replay",
          "retrain.epochs",
          "retrain.learning-rate",
          "retrain.warmup");

  /** There is not even a batch of what a cycle would train on. */
  static final class TooLittle extends ChoraleException {
    private static final long serialVersionUID = 1L;

    TooLittle(SettingsException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * The hash of all that decides what a cycle trains.
   *
   * @param parent the version that it begins from; 0 for none
   */
  String made(long parent, RegisteredModel model, State state) {
    StringBuilder made = new StringBuilder();
    made.append(dataset.fingerprint()).append('\n').append(since).append('\n');
    made.append(parent == 0 ? "" : state.find(parent).orElseThrow().sha256()).append('\n');
    for (String key : SettingsFile.keys()) {
      String section = key.substring(0, key.indexOf('.'));
      if (Settings.SHAPING.contains(section) || DECIDING.contains(key)) {
        made.append(key).append('=').append(SettingsFile.value(settings, key)).append('\n');
      }
    }
    return Checksums.sha256(made.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The settings of a training on all of the dataset. */
  Settings fromScratch(CycleDirectory directory) {
    return SettingsFile.with(settings, "run.path=" + directory.run(), "train.from=");
  }

  /**
   * Writes what the cycle trains on.
   *
   * @param from the model that it begins from
   * @param replay the share of old rows in that
   * @return the settings of a training on that
   */
  Settings onward(CycleDirectory directory, Path from, long cycle, double replay) {
    RetrainSettings retrain = settings.retrain();
    Feed feed = Task.of(settings, dataset.schema(), "dataset " + dataset.directory()).feed();
    List<CycleShards> chosen = CycleShards.of(dataset, settings, cycle, since, replay);
    Dataset data =
        new CycleData(session.context(), storage, dataset, directory.data()).write(chosen, since);
    double rate = retrain.learningRate() * settings.train().learningRate();
    Settings onward =
        SettingsFile.with(
            settings,
            "data.path=" + data.directory(),
            "run.path=" + directory.run(),
            "embeddings.from=",
            "train.from=" + from,
            "train.epochs=" + retrain.epochs(),
            "train.learning-rate=" + rate,
            "train.min-learning-rate=" + Math.min(rate, settings.train().minLearningRate()),
            "train.patience=0",
            "evaluate.split=validation");
    return planned(onward, feed, Mix.of(data.manifest(), settings.train().weights()), retrain);
  }

  /**
   * With as many workers as the data give work to, and a schedule over the steps that they take.
   */
  private static Settings planned(Settings onward, Feed feed, Mix mix, RetrainSettings retrain) {
    int most = Math.min(onward.train().workers(), mix.size());
    for (int workers = most; ; workers--) {
      Settings tried = SettingsFile.with(onward, "train.workers=" + workers);
      try {
        TrainSettings train = tried.train();
        long steps = new RoundPlanner(train, feed, mix).steps();
        return SettingsFile.with(
            tried,
            "train.epochs=0",
            "train.steps=" + steps,
            "train.warmup=" + Math.round(retrain.warmup() * steps));
      } catch (SettingsException e) {
        if (workers == 1) {
          throw new TooLittle(e);
        }
      }
    }
  }
}
