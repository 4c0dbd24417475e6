package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.config.Shown;
import io.chorale.export.ExportFormat;
import io.chorale.export.ExportedModel;
import io.chorale.io.Storage;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code chorale models export}: writes a version in a form that another tool reads. */
@Command(
    name = "export",
    description =
        "Write a version in a form that another tool reads. How it writes texts is told by"
            + " generate.* settings, all else by those that the version was trained with.")
final class ModelsExportCommand extends RegistryCommand {
  @Parameters(
      arity = "0..1",
      defaultValue = "@" + State.PRODUCTION,
      paramLabel = "NAME@VERSION",
      description =
          "The version; of the model registry.name without NAME (default: ${DEFAULT-VALUE}).")
  private String argument;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      converter = Format.class,
      description = "mlflow: a folder with the flavor python_function.")
  private ExportFormat format;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where it is written, a new path on any Hadoop file system.")
  private String output;

  @Option(names = "--overwrite", description = "Replace what an export has written there before.")
  private boolean overwrite;

  @Override
  void run(Registry registry, Settings settings) {
    ModelReference reference = reference(settings, argument, State.PRODUCTION);
    Path path = storage().qualify(Storage.path("--output", output));
    RegisteredModel.Opened opened = registry.open(reference);
    format.write(storage(), path, overwrite, ExportedModel.of(storage(), opened, settings));
    ModelReference version = opened.facts().reference();
    if (json()) {
      ObjectNode object = JSON.createObjectNode();
      object.put("model", version.toString()).put("format", format.key());
      out().println(object.put("path", path.toString()));
    } else {
      out().printf("%s is in %s, for %s%n", version, path, format.key());
    }
  }

  static final class Format implements ITypeConverter<ExportFormat> {
    @Override
    public ExportFormat convert(String value) {
      return Stream.of(ExportFormat.values())
          .filter(each -> each.key().equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected %s (got: %s)"
                          .formatted(
                              Stream.of(ExportFormat.values())
                                  .map(ExportFormat::key)
                                  .collect(Collectors.joining(", ")),
                              Shown.of(value))));
    }
  }
}
