package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.registry.Commit;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code chorale models promote}: lets an alias name a version. */
@Command(
    name = "promote",
    description = "Let an alias name a version; the next reader of the alias takes that.")
final class ModelsPromoteCommand extends ChangeCommand {
  @Parameters(
      arity = "0..1",
      defaultValue = "@" + State.CANDIDATE,
      paramLabel = "NAME@VERSION",
      description =
          "The version; of the model registry.name without NAME (default: ${DEFAULT-VALUE}).")
  private String argument;

  @Mixin private AliasOption alias;

  @Override
  void run(Registry registry, Settings settings) {
    ModelReference reference = reference(settings, argument, State.CANDIDATE);
    RegisteredModel model = registry.model(reference.model());
    Commit base = base(model);
    long number = model.number(base.state(), reference.version());
    Commit made = model.promote(base, number, alias.name(), why());
    Long before = base.state().aliases().get(alias.name());
    tell(
        model,
        made,
        "%s is version %d now%s"
            .formatted(alias.name(), number, before == null ? "" : ", was " + before));
  }
}
