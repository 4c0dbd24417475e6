package io.chorale.export;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Version;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * A version of a registry that is to be written in another form.
 *
 * @param directory of its files, as those of a run
 * @param trained with its own settings
 */
public record ExportedModel(RunDirectory directory, TrainedModel trained, Version facts) {
  /**
   * A version, with the settings that it was trained with; only how it writes texts is told now.
   *
   * @param given of which {@code generate} is taken
   * @throws SettingsException where there is no model that predicts
   */
  public static ExportedModel of(Storage storage, RegisteredModel.Opened version, Settings given) {
    RunDirectory directory = new RunDirectory(storage, version.path());
    Settings own = SettingsFile.with(directory.settings(), "run.path=" + version.path());
    Settings settings = SettingsFile.with(own, given, Set.of("generate"));
    CheckpointChoice round = new CheckpointChoice(Long.toString(version.facts().origin().round()));
    return new ExportedModel(
        directory, TrainedModel.open(storage, settings, round), version.facts());
  }

  /** The safetensors file with the parameters by their names. */
  Path parameters() {
    Path round = directory.checkpoints().path(trained.checkpoint().round());
    return new Path(round, trained.checkpoint().parts().get(CheckpointFile.MODEL).name());
  }

  /** An error about a model that a format cannot carry. */
  SettingsException refused(ExportFormat format, String found, String expected, String advice) {
    return new SettingsException(
        "Cannot export %s as %s: %s, expected %s. %s"
            .formatted(facts.reference(), format.key(), found, expected, advice));
  }
}
