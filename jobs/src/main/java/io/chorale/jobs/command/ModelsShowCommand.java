package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.TextTable;
import io.chorale.registry.Commit;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chorale models show}: a model, its aliases and its log; or all about one version. */
@Command(
    name = "show",
    description =
        "Show a model: aliases, who works on it, the last commits. Or, of NAME@VERSION, all about"
            + " that version.")
final class ModelsShowCommand extends RegistryCommand {
  private static final int LARGEST_CARD = 1 << 26;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME[@VERSION]",
      description = "The model (registry.name), and a number or an alias.")
  private String argument;

  @Option(names = "--card", description = "Print the model card of the version, in Markdown.")
  private boolean card;

  @Option(names = "--all", description = "All commits, not only the last " + SCREEN / 2 + ".")
  private boolean all;

  @Override
  void run(Registry registry, Settings settings) {
    boolean version =
        card || argument != null && (argument.contains("@") || argument.matches("[0-9]+"));
    if (version) {
      String named = argument == null ? "@" + State.PRODUCTION : argument;
      ModelReference reference = reference(settings, named, State.PRODUCTION);
      show(registry.model(reference.model()), reference.version());
    } else {
      show(model(registry, settings, argument));
    }
  }

  private void show(RegisteredModel model) {
    Commit newest = model.existing();
    State state = newest.state();
    List<Commit> commits =
        model.history().limit(all ? Long.MAX_VALUE : SCREEN / 2).collect(Collectors.toList());
    if (json()) {
      ObjectNode object = JSON.createObjectNode();
      object.put("model", model.name()).put("commit", newest.number());
      object.set("state", JSON.valueToTree(state));
      ArrayNode array = object.putArray("log");
      for (Commit commit : commits) {
        ObjectNode entry = JSON.valueToTree(commit);
        entry.remove("state");
        array.add(entry);
      }
      out().println(object);
      return;
    }
    TextTable facts = new TextTable().left("").left("");
    facts.row("model", model.name());
    facts.row("versions", numbers(state.versions().stream().map(State.Entry::number).toList()));
    state.aliases().forEach((alias, number) -> facts.row(alias, "version " + number));
    state
        .open()
        .forEach(
            open ->
                facts.row(
                    "being written",
                    "version %d by %s since %s"
                        .formatted(open.number(), open.by(), minute(open.since()))));
    state
        .leases()
        .forEach(
            lease ->
                facts.row(
                    "lease",
                    "%s since %s (commit %d)"
                        .formatted(lease.owner(), minute(lease.taken()), lease.token())));
    facts.print(out());
    out().println();
    TextTable log =
        new TextTable().right("commit").left("time (UTC)").left("by").left("what").left("why");
    commits.forEach(
        commit ->
            log.row(
                commit.number(),
                minute(commit.time()),
                commit.by(),
                commit.event(),
                commit.event().why()));
    log.print(out());
  }

  /** The numbers, or where they are many how many and from which to which. */
  private static String numbers(List<Long> numbers) {
    return numbers.size() <= SCREEN
        ? numbers.stream().map(String::valueOf).collect(Collectors.joining(", "))
        : "%d, from %d to %d"
            .formatted(numbers.size(), numbers.get(0), numbers.get(numbers.size() - 1));
  }

  private void show(RegisteredModel model, String version) {
    State state = model.existing().state();
    long number = model.number(state, version);
    Version facts = model.facts(state, number);
    if (card) {
      Path file = new Path(model.directory(number), Version.CARD);
      out().print(new String(storage().readFully(file, LARGEST_CARD), StandardCharsets.UTF_8));
    } else if (json()) {
      out().println(json(model, state, facts));
    } else {
      print(model, state, facts);
    }
  }

  private void print(RegisteredModel model, State state, Version facts) {
    List<String> aliases = state.aliasesOf(facts.number());
    TextTable table = new TextTable().left("").left("");
    table.row("model", model.name());
    table.row("version", facts.number());
    table.row("aliases", aliases.isEmpty() ? null : String.join(", ", aliases));
    table.row("added", minute(facts.created()) + " UTC by " + facts.by());
    table.row("parent", facts.parent() == 0 ? null : facts.parent());
    table.row("run", "%s, round %d".formatted(facts.origin().run(), facts.origin().round()));
    table.row("task", facts.task());
    table.row("directory", model.directory(facts.number()));
    table.row("size", Amounts.bytes(facts.bytes()));
    table.row("scorecard", facts.has(Version.SCORECARD) ? Version.SCORECARD : null);
    table.print(out());
    section(
        "measured on %s, better is %s %s"
            .formatted(
                facts.measured().split().isEmpty() ? "nothing" : facts.measured().split(),
                facts.measured().higher() ? "more" : "less",
                facts.measured().goal()));
    TextTable measures = new TextTable().left("").right("");
    facts.measured().values().forEach((name, value) -> measures.row(name, number(value)));
    measures.print(out());
    section("trained on, by");
    TextTable provenance = new TextTable().left("").left("");
    facts.datasets().forEach(provenance::row);
    facts.provenance().entrySet().stream()
        .filter(fact -> !facts.datasets().containsKey(fact.getKey()))
        .forEach(fact -> provenance.row(fact.getKey(), fact.getValue()));
    provenance.print(out());
  }

  private void section(String title) {
    out().printf("%n%s%n", title);
  }
}
