package io.chorale.jobs.command;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.SettingsException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option that says which model of a run a command opens; a mixin of all that open one. */
final class CheckpointOption {
  @Option(
      names = "--checkpoint",
      paramLabel = "best|last|ROUND",
      defaultValue = "last",
      converter = Converter.class,
      description =
          "The run's checkpoint: with the best validation measure, the last one, or that of a round"
              + " (default: ${DEFAULT-VALUE}).")
  private CheckpointChoice choice;

  CheckpointChoice choice() {
    return choice;
  }

  static final class Converter implements ITypeConverter<CheckpointChoice> {
    @Override
    public CheckpointChoice convert(String value) {
      try {
        return new CheckpointChoice(value);
      } catch (SettingsException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
