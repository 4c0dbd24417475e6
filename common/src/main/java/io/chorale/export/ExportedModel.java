package io.chorale.export;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Float16;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Version;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * A model that is to be written in another form: of a run, or a version of a registry.
 *
 * @param directory of its files
 * @param trained with its own settings
 * @param version what the registry knows of it, where it comes from one
 */
public record ExportedModel(
    RunDirectory directory, TrainedModel trained, Optional<Version> version) {
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
        directory, TrainedModel.open(storage, settings, round), Optional.of(version.facts()));
  }

  /** The name of the version, or of the run's directory. */
  String name() {
    return version.map(found -> found.reference().toString()).orElse(directory.path().getName());
  }

  /** The safetensors file with the parameters by their names. */
  Path parameters() {
    Path round = directory.checkpoints().path(trained.checkpoint().round());
    return new Path(round, trained.checkpoint().parts().get(CheckpointFile.MODEL).name());
  }

  /** The checksum of the parameters' file, with which its name ends: eight hexadecimal digits. */
  String checksum() {
    return trained.checkpoint().parts().get(CheckpointFile.MODEL).crc32c();
  }

  /** Refuses a type in which a parameter would be infinite. */
  void checkFits(ExportFormat format, NumberType type) {
    FloatVector parameters = trained.parameters();
    for (long i = 0; type == NumberType.FLOAT16 && i < parameters.length(); i++) {
      if (Math.abs(parameters.get(i)) > Float16.LARGEST) {
        throw refused(
            format,
            "its parameter %s is too large for --type float16".formatted(parameters.get(i)),
            "at most " + Float16.LARGEST,
            "Take bfloat16 or float32.");
      }
    }
  }

  /** Refuses a file that is there already. */
  static void checkNew(Storage storage, Path file, ExportOptions options) {
    if (storage.exists(file) && (!options.overwrite() || storage.status(file).isDirectory())) {
      throw new SettingsException(
          "Cannot write %s: it exists, expected a new path. Choose another --output, or give --overwrite for a file."
              .formatted(file));
    }
  }

  /** An error about a model that a format cannot carry. */
  SettingsException refused(ExportFormat format, String found, String expected, String advice) {
    return new SettingsException(
        "Cannot export %s as %s: %s, expected %s. %s"
            .formatted(name(), format.key(), found, expected, advice));
  }
}
