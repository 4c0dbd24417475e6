package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.registry.Commit;
import io.chorale.registry.RegisteredModel;
import picocli.CommandLine.Option;

/** A command that commits a change of what aliases and versions a model has. */
abstract class ChangeCommand extends RegistryCommand {
  @Option(names = "--why", paramLabel = "TEXT", description = "Is kept in the log.")
  private String why = "";

  @Option(
      names = "--after",
      paramLabel = "COMMIT",
      description =
          "Only where nothing has happened since that commit, of which the decision was made"
              + " (\"models show\" tells its number).")
  private Long after;

  final String why() {
    return why;
  }

  /** What the change is made of: nothing may have happened since. */
  final Commit base(RegisteredModel model) {
    return after == null ? model.existing() : model.unchangedSince(after);
  }

  /** Tells what is now. */
  final void tell(RegisteredModel model, Commit made, String text) {
    if (json()) {
      ObjectNode object = JSON.createObjectNode();
      object.put("model", model.name()).put("commit", made.number());
      object.set("event", JSON.valueToTree(made.event()));
      object.set("aliases", JSON.valueToTree(made.state().aliases()));
      out().println(object);
    } else {
      out().printf("%s: %s (commit %d)%n", model.name(), text, made.number());
    }
  }
}
