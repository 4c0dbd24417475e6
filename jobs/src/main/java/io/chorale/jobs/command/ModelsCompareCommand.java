package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.jobs.console.TextTable;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chorale models compare}: two versions beside each other. */
@Command(
    name = "compare",
    description = "Two versions beside each other: measures, data, and settings that differ.")
final class ModelsCompareCommand extends RegistryCommand {
  /** What differs between runs and shapes nothing. */
  private static final List<String> ELSEWHERE = List.of("run.", "registry.");

  @Parameters(index = "0", paramLabel = "A", description = "A version: NAME@VERSION, or a number.")
  private String one;

  @Parameters(index = "1", paramLabel = "B", description = "The one that is compared with it.")
  private String other;

  /** A version with its settings. */
  private record Side(ModelReference name, Version facts, Settings settings) {
    Double measure(String measure) {
      return facts.measured().values().get(measure);
    }
  }

  @Override
  void run(Registry registry, Settings settings) {
    Side a = side(registry, reference(settings, one, State.PRODUCTION));
    Side b = side(registry, reference(settings, other, State.PRODUCTION));
    if (json()) {
      printJson(a, b);
    } else {
      print(a, b);
    }
    if (!comparable(a.facts(), b.facts())) {
      err()
          .println(
              "They were measured on other data or on another split: their measures do not compare."
                  + " Evaluate both on one dataset.");
    }
  }

  private Side side(Registry registry, ModelReference reference) {
    RegisteredModel.Opened opened = registry.open(reference);
    ModelReference named =
        new ModelReference(reference.model(), Long.toString(opened.facts().number()));
    return new Side(named, opened.facts(), new RunDirectory(storage(), opened.path()).settings());
  }

  /** Equal fingerprints are equal splits, but for what tables they were made of. */
  private static boolean comparable(Version a, Version b) {
    return a.datasets().equals(b.datasets())
        && a.measured().split().equals(b.measured().split())
        && a.task().equals(b.task());
  }

  private void print(Side a, Side b) {
    TextTable table =
        new TextTable().left("").right(name(a)).right(name(b)).right("difference").left("");
    for (String measure : measures(a, b)) {
      Double from = a.measure(measure);
      Double to = b.measure(measure);
      table.row(
          measure,
          from == null ? null : number(from),
          to == null ? null : number(to),
          from == null || to == null ? null : "%+.4f".formatted(to - from),
          verdict(a, b, measure));
    }
    table.print(out());
    out().println();
    TextTable differing = new TextTable().left("differs").left(name(a)).left(name(b));
    addWhereDiffering(differing, "run", origin(a), origin(b));
    for (String fact : keys(a.facts().datasets().keySet(), b.facts().datasets().keySet())) {
      addWhereDiffering(
          differing, fact, a.facts().datasets().get(fact), b.facts().datasets().get(fact));
    }
    for (String key : differing(a, b)) {
      differing.row(
          key, SettingsFile.value(a.settings(), key), SettingsFile.value(b.settings(), key));
    }
    if (differing.isEmpty()) {
      out().println("Run, data and settings are the same.");
    } else {
      differing.print(out());
    }
  }

  private static String origin(Side side) {
    return "%s, round %d".formatted(side.facts().origin().run(), side.facts().origin().round());
  }

  private static void addWhereDiffering(TextTable table, String name, String a, String b) {
    if (!Objects.equals(a, b)) {
      table.row(name, a, b);
    }
  }

  private static String name(Side side) {
    return "%s@%s".formatted(side.name().model(), side.name().version());
  }

  /** Of the measure by which models are chosen, whether the second is better. */
  private static String verdict(Side a, Side b, String measure) {
    Version.Measured measured = a.facts().measured();
    Double from = a.measure(measure);
    Double to = b.measure(measure);
    if (!measured.goal().equals(measure)
        || !b.facts().measured().goal().equals(measure)
        || from == null
        || to == null) {
      return "";
    }
    int sign = Double.compare(to, from);
    return sign == 0 ? "equal" : sign > 0 == measured.higher() ? "better" : "worse";
  }

  private static Set<String> measures(Side a, Side b) {
    return keys(a.facts().measured().values().keySet(), b.facts().measured().values().keySet());
  }

  private static Set<String> keys(Set<String> some, Set<String> others) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(others);
    return all;
  }

  private static List<String> differing(Side a, Side b) {
    return SettingsFile.keys().stream()
        .filter(key -> ELSEWHERE.stream().noneMatch(key::startsWith))
        .filter(
            key -> SettingsFile.reads(a.settings(), key) || SettingsFile.reads(b.settings(), key))
        .filter(
            key ->
                !SettingsFile.value(a.settings(), key)
                    .equals(SettingsFile.value(b.settings(), key)))
        .toList();
  }

  private void printJson(Side a, Side b) {
    ObjectNode object = JSON.createObjectNode();
    object.set("a", JSON.valueToTree(a.facts()));
    object.set("b", JSON.valueToTree(b.facts()));
    object.put("comparable", comparable(a.facts(), b.facts()));
    ObjectNode differences = object.putObject("differences");
    for (String measure : measures(a, b)) {
      if (a.measure(measure) != null && b.measure(measure) != null) {
        differences.put(measure, b.measure(measure) - a.measure(measure));
      }
    }
    ObjectNode settings = object.putObject("settings");
    for (String key : differing(a, b)) {
      settings
          .putArray(key)
          .add(SettingsFile.value(a.settings(), key))
          .add(SettingsFile.value(b.settings(), key));
    }
    out().println(object);
  }
}
