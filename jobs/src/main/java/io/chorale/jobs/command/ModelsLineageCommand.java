package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.Provenance;
import io.chorale.config.Settings;
import io.chorale.jobs.console.TextTable;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chorale models lineage}: a version, what it was made from, and so on. */
@Command(
    name = "lineage",
    description = "A version, the one that it was made from, and so on to the first.")
final class ModelsLineageCommand extends RegistryCommand {
  /** Digits of a fingerprint that tell it from others. */
  private static final int DIGITS = 12;

  @Parameters(
      arity = "0..1",
      defaultValue = "@" + State.PRODUCTION,
      paramLabel = "NAME@VERSION",
      description =
          "The version; of the model registry.name without NAME (default: ${DEFAULT-VALUE}).")
  private String argument;

  @Override
  void run(Registry registry, Settings settings) {
    ModelReference reference = reference(settings, argument, State.PRODUCTION);
    RegisteredModel model = registry.model(reference.model());
    State state = model.existing().state();
    TextTable table =
        new TextTable()
            .right("version")
            .left("added (UTC)")
            .left("validation")
            .left("dataset")
            .left("run")
            .left("aliases");
    ArrayNode array = JSON.createArrayNode();
    long number = model.number(state, reference.version());
    while (number != 0 && state.find(number).isPresent()) {
      Version facts = model.facts(state, number);
      String dataset = facts.datasets().getOrDefault(Provenance.DATASET, "");
      table.row(
          number,
          minute(facts.created()),
          score(facts),
          dataset.substring(0, Math.min(DIGITS, dataset.length())),
          "%s, round %d".formatted(facts.origin().run(), facts.origin().round()),
          String.join(", ", state.aliasesOf(number)));
      array.add(json(model, state, facts));
      number = facts.parent();
    }
    if (json()) {
      ObjectNode object = JSON.createObjectNode();
      object.put("model", model.name());
      object.set("lineage", array);
      if (number != 0) {
        object.put("removed", number);
      }
      out().println(object);
      return;
    }
    table.print(out());
    if (number != 0) {
      out().printf("It was made from version %d, which was removed.%n", number);
    }
  }
}
