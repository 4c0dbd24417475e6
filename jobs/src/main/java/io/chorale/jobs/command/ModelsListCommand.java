package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.jobs.console.TextTable;
import io.chorale.registry.Commit;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chorale models list}: the versions of a model, or the models. */
@Command(
    name = "list",
    description =
        "List the versions of a model, newest first; or the models, where neither NAME nor"
            + " registry.name is given.")
final class ModelsListCommand extends RegistryCommand {
  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The model (registry.name).")
  private String name;

  @Option(names = "--models", description = "The models, even where registry.name is set.")
  private boolean models;

  @Option(names = "--all", description = "All versions, not only the newest " + SCREEN + ".")
  private boolean all;

  @Override
  void run(Registry registry, Settings settings) {
    if (models || name == null && settings.registry().name().isEmpty()) {
      listModels(registry);
    } else {
      listVersions(model(registry, settings, name));
    }
  }

  private void listModels(Registry registry) {
    TextTable table =
        new TextTable()
            .left("model")
            .right("versions")
            .right("newest")
            .right(State.PRODUCTION)
            .left("last change (UTC)")
            .left("what");
    ObjectNode object = JSON.createObjectNode();
    object.put("registry", registry.path().toString());
    ArrayNode array = object.putArray("models");
    for (String each : registry.models()) {
      Commit newest = registry.model(each).newest();
      State state = newest.state();
      List<State.Entry> versions = state.versions();
      Long last = versions.isEmpty() ? null : versions.get(versions.size() - 1).number();
      table.row(
          each,
          versions.size(),
          last,
          state.aliases().get(State.PRODUCTION),
          minute(newest.time()),
          newest.event());
      ObjectNode row = array.addObject();
      row.put("model", each).put("versions", versions.size()).put("newest", last);
      row.set("aliases", JSON.valueToTree(state.aliases()));
      row.put("commit", newest.number()).put("time", newest.time());
    }
    if (json()) {
      out().println(object);
    } else if (array.isEmpty()) {
      out()
          .printf(
              storage().exists(registry.path())
                  ? "Registry %s has no models.%n"
                  : "There is no registry %s yet.%n",
              registry.path());
    } else {
      table.print(out());
    }
  }

  private void listVersions(RegisteredModel model) {
    Commit newest = model.existing();
    State state = newest.state();
    TextTable table =
        new TextTable()
            .right("version")
            .right("parent")
            .left("added (UTC)")
            .right("round")
            .left("validation")
            .left("aliases");
    ObjectNode object = JSON.createObjectNode();
    object.put("model", model.name()).put("commit", newest.number());
    ArrayNode array = object.putArray("versions");
    List<State.Entry> shown = new ArrayList<>(state.versions());
    Collections.reverse(shown);
    int older = all ? 0 : Math.max(0, shown.size() - SCREEN);
    for (State.Entry entry : shown.subList(0, shown.size() - older)) {
      Optional<Version> facts = facts(model, state, entry.number());
      table.row(
          entry.number(),
          entry.parent() == 0 ? null : entry.parent(),
          minute(entry.created()),
          facts.map(known -> known.origin().round()).orElse(null),
          facts.map(RegistryCommand::score).orElse(null),
          String.join(", ", state.aliasesOf(entry.number())));
      facts.ifPresent(known -> array.add(json(model, state, known)));
    }
    if (json()) {
      object.put("older", older);
      out().println(object);
      return;
    }
    table.print(out());
    if (older > 0) {
      out().printf("%d older versions are not shown: --all.%n", older);
    }
  }

  /** One that is damaged is told, and the others are listed. */
  private Optional<Version> facts(RegisteredModel model, State state, long number) {
    try {
      return Optional.of(model.facts(state, number));
    } catch (ChoraleException e) {
      err().println(e.getMessage());
      return Optional.empty();
    }
  }
}
