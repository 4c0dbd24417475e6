package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.registry.Commit;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.Retention;
import io.chorale.registry.State;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chorale models remove}: removes versions, or an alias. */
@Command(
    name = "remove",
    description =
        "Remove versions that no alias names, with their files; or an alias, or what the settings"
            + " do not keep.")
final class ModelsRemoveCommand extends ChangeCommand {
  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The model of --alias and --due (registry.name).")
  private String name;

  /** One of these. */
  private static final class What {
    @Parameters(
        arity = "1..*",
        paramLabel = "NAME@VERSION",
        description = "Versions of one model, by their numbers.")
    private List<String> versions = List.of();

    @Option(names = "--alias", paramLabel = "ALIAS", description = "The alias, not its version.")
    private String alias;

    @Option(
        names = "--due",
        description =
            "What registry.keep and registry.keep-days do not keep, and what killed writers left.")
    private boolean due;
  }

  @Override
  void run(Registry registry, Settings settings) {
    if (what.due) {
      removeDue(model(registry, settings, name), Retention.of(settings.registry()));
    } else if (what.alias != null) {
      RegisteredModel model = model(registry, settings, name);
      Commit base = base(model);
      Commit made = model.unname(base, what.alias, why());
      tell(model, made, "alias %s removed".formatted(what.alias));
    } else {
      removeVersions(registry, settings);
    }
  }

  private void removeDue(RegisteredModel model, Retention rule) {
    model.existing();
    List<Long> removed = model.retain(rule);
    tell(
        model,
        model.newest(),
        removed.isEmpty() ? "nothing is due (%s)".formatted(rule) : "removed " + shown(removed));
  }

  private void removeVersions(Registry registry, Settings settings) {
    List<ModelReference> references =
        what.versions.stream()
            .map(version -> reference(settings, version, State.PRODUCTION))
            .toList();
    String model = references.get(0).model();
    for (ModelReference reference : references) {
      if (!reference.byNumber()) {
        throw new SettingsException(
            "Cannot remove %s: it names no number, and an alias may name another version by now, expected NAME@NUMBER. Give the number; to remove the alias, --alias."
                .formatted(reference));
      }
      if (!reference.model().equals(model)) {
        throw new SettingsException(
            "Cannot remove versions of %s and %s at once: expected those of one model. Remove them by two commands."
                .formatted(model, reference.model()));
      }
    }
    RegisteredModel owner = registry.model(model);
    Commit base = base(owner);
    Set<Long> numbers = new TreeSet<>();
    references.forEach(reference -> numbers.add(owner.number(base.state(), reference.version())));
    List<Long> all = List.copyOf(numbers);
    tell(owner, owner.remove(base, all, why()), "removed " + shown(all));
  }

  private static String shown(List<Long> numbers) {
    return "version%s %s"
        .formatted(
            numbers.size() == 1 ? "" : "s",
            numbers.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }
}
