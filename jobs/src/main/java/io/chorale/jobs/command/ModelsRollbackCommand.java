package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.registry.Commit;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code chorale models rollback}: lets an alias name again what it named before. */
@Command(
    name = "rollback",
    description = "Let an alias name again what it named before; repeated, one step further.")
final class ModelsRollbackCommand extends ChangeCommand {
  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The model (registry.name).")
  private String name;

  @Mixin private AliasOption alias;

  @Override
  void run(Registry registry, Settings settings) {
    RegisteredModel model = model(registry, settings, name);
    Commit base = base(model);
    Commit made = model.rollBack(base, alias.name(), why());
    tell(
        model,
        made,
        "%s is version %d again, was %d"
            .formatted(
                alias.name(),
                made.state().aliases().get(alias.name()),
                base.state().aliases().get(alias.name())));
  }
}
