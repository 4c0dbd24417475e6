package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that opens a trained model: of a run, or a version in the registry. */
abstract class ModelCommand extends SettingsCommand {
  @Mixin private CheckpointOption checkpoint;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "The model, instead of run.path: the directory of a run, or registry:NAME@VERSION with"
              + " the number of a version or an alias.")
  private String model;

  @Override
  List<String> options() {
    return model == null ? List.of() : List.of("run.path=" + model);
  }

  @Override
  List<String> models(Settings given) {
    return List.of("run.path");
  }

  /** What {@code --model} says. */
  final Optional<String> model() {
    return Optional.ofNullable(model);
  }

  /** The checkpoint that was asked for. */
  final CheckpointChoice choice() {
    return checkpoint.choice();
  }

  /** Opens the model of {@code run.path}, and tells what {@code --set} has no say in. */
  final TrainedModel open(Storage storage, Settings given) {
    TrainedModel opened = TrainedModel.open(storage, given, choice());
    // Adapters are merged: what is opened has none.
    Settings told =
        opened.adapters().isEmpty()
            ? opened.settings()
            : SettingsFile.with(
                opened.settings(),
                new RunDirectory(storage, Storage.path("run.path", given.run().path())).settings(),
                Set.of("lora"));
    for (String key : SettingsFile.overridden(overrides())) {
      String asked = SettingsFile.value(given, key);
      String taken = SettingsFile.value(told, key);
      if (!taken.equals(asked)) {
        err()
            .printf(
                "%s is %s, not %s: what shaped run %s is taken from it.%n",
                key, taken, asked, given.run().path());
      }
    }
    return opened;
  }

  /** Adds the version that the registry gave, by its number, where it gave one. */
  final void addModel(ObjectNode object) {
    locator().taken().forEach(version -> object.put("model", version.toString()));
  }
}
