package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.export.ExportedModel;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

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

  @Mixin private ExportOption export;

  @Override
  void run(Registry registry, Settings settings) {
    ModelReference reference = reference(settings, argument, State.PRODUCTION);
    RegisteredModel.Opened opened = registry.open(reference);
    Path path = export.write(storage(), ExportedModel.of(storage(), opened, settings));
    ModelReference version = opened.facts().reference();
    if (json()) {
      ObjectNode object = JSON.createObjectNode();
      object.put("model", version.toString()).put("format", export.format().key());
      out().println(object.put("path", path.toString()));
    } else {
      out().printf("%s is in %s, for %s%n", version, path, export.format().key());
    }
  }
}
