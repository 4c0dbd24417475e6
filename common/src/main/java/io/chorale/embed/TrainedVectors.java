package io.chorale.embed;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings.Kind;
import io.chorale.data.Dataset;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizer;
import io.chorale.vectors.WordVectors;
import org.apache.hadoop.fs.Path;

/**
 * The word vectors of one of a run's checkpoints.
 *
 * @param checkpoint where they come from
 */
public record TrainedVectors(WordVectors vectors, CheckpointManifest checkpoint) {
  /**
   * Opens them. Memory: all rows of the training, those of outputs among them.
   *
   * @throws SettingsException where there is no run, it has other models, or not that checkpoint
   */
  public static TrainedVectors open(Storage storage, Path path, CheckpointChoice choice) {
    RunDirectory run = new RunDirectory(storage, path);
    Settings settings = run.settings();
    if (settings.task().kind() != Kind.WORD_VECTORS) {
      throw new SettingsException(
          "Cannot open word vectors of run %s: its task.kind is %s, expected word-vectors. Choose another run.path."
              .formatted(run.path(), SettingsFile.value(settings, "task.kind")));
    }
    CheckpointManifest checkpoint = choice.of(run);
    Tokenizer tokenizer =
        TrainedModel.tokenizer(run, checkpoint, Dataset.TOKENIZER)
            .orElseThrow(
                () ->
                    new SettingsException(
                        "Cannot open word vectors of run %s: its checkpoint names no tokenizer, expected one. Train again in another run.path."
                            .formatted(run.path())));
    SkipGram skipGram = WordCounts.read(run).skipGram(settings, tokenizer);
    SkipGramObjective objective = new SkipGramObjective(settings, skipGram.words());
    FloatVector rows = run.checkpoints().parameters(checkpoint, objective.layout());
    return new TrainedVectors(skipGram.vectors(rows), checkpoint);
  }
}
