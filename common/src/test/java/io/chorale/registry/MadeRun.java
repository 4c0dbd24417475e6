package io.chorale.registry;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Schema;
import io.chorale.io.ArrayContent;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** Writes runs of a tiny model, as a training leaves them, without training. */
public final class MadeRun {
  private static final Schema SCHEMA = Schema.text(7, "");

  private MadeRun() {}

  /**
   * A run with committed rounds, each with its own parameters.
   *
   * @param losses on the validation split, after each round
   * @return the directory
   */
  public static Path write(Storage storage, Path path, double... losses) {
    Settings settings =
        SettingsFile.with(
            SettingsFile.defaults(),
            "run.path=" + path,
            "run.keep=100",
            "model.layers=1",
            "model.width=8",
            "attention.heads=2",
            "train.context=8",
            "train.batch=2",
            "train.workers=1",
            "train.average-every=4",
            "train.steps=" + 4 * losses.length);
    RunDirectory run = new RunDirectory(storage, path);
    run.begin(settings, SCHEMA, Map.of());
    ParameterLayout layout = Task.of(settings, SCHEMA, "a made run").layout();
    List<String> lines = new ArrayList<>();
    for (int round = 1; round <= losses.length; round++) {
      FloatVector parameters = new FloatVector(layout.size());
      for (long i = 0; i < layout.size(); i++) {
        parameters.set(i, round + i * 0.001f);
      }
      List<CheckpointFile> files =
          new ArrayList<>(run.checkpoints().save(round, layout, parameters, Map.of()));
      files.add(
          CheckpointFile.write(
              storage,
              run.checkpoints().path(round),
              CheckpointFile.worker(0),
              "chorale-worker-1",
              ArrayContent.of(Map.of("average.residual", new FloatVector(3)))));
      ObjectNode metrics = JsonNodeFactory.instance.objectNode();
      metrics.put("round", round).put("local_steps", 4 * round);
      metrics.put("validation_loss", losses[round - 1]).put("validation_split", "validation");
      metrics.putObject("validation").put("loss", losses[round - 1]).put("perplexity", Double.NaN);
      lines.add(metrics.toString());
      run.checkpoints()
          .commit(
              new CheckpointManifest(
                  round,
                  4L * round,
                  64L * round,
                  1,
                  files,
                  Map.of("dataset", "d".repeat(64), "source.web", "snapshot 7", "seed", "1"),
                  metrics));
      run.writeMetrics(lines);
    }
    return run.path();
  }
}
