package io.chorale.jobs.command;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.registry.Addition;
import io.chorale.registry.Condition;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.Retention;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chorale models add}: makes a checkpoint of a run the newest version of a model. */
@Command(
    name = "add",
    description =
        "Copy a checkpoint of a run into the registry, as the newest version of a model. Then"
            + " versions go that registry.keep and registry.keep-days do not keep.")
final class ModelsAddCommand extends RegistryCommand {
  private static final int LARGEST_SCORECARD = 1 << 26;

  @Parameters(arity = "0..1", paramLabel = "RUN", description = "Its directory (run.path).")
  private String run;

  @Mixin private CheckpointOption checkpoint;

  @Option(names = "--name", paramLabel = "NAME", description = "The model (registry.name).")
  private String name;

  @Option(
      names = "--alias",
      paramLabel = "ALIAS",
      defaultValue = State.CANDIDATE,
      description = "Names the version from then on; \"\": none (default: ${DEFAULT-VALUE}).")
  private String alias;

  @Option(
      names = "--parent",
      paramLabel = "VERSION",
      description = "The version that it was made from: a number or an alias.")
  private String parent;

  @Option(
      names = "--scorecard",
      paramLabel = "FILE",
      description = "What was found of the model, JSON; is kept beside it.")
  private String scorecard;

  @Option(names = "--why", paramLabel = "TEXT", description = "Is kept in the log.")
  private String why = "";

  @Override
  void run(Registry registry, Settings settings) {
    RegisteredModel model = model(registry, settings, name);
    Path directory =
        run == null ? Storage.path("run.path", settings.run().path()) : Storage.path("RUN", run);
    long made = parent == null ? 0 : model.number(model.existing().state(), parent);
    RegisteredModel.Opened added =
        model.add(
            new Addition(
                directory,
                checkpoint.choice(),
                made,
                alias,
                files(),
                new TreeMap<>(),
                why,
                Condition.NONE));
    List<Long> removed = model.retain(Retention.of(settings.registry()));
    long number = added.facts().number();
    if (json()) {
      ObjectNode object = json(model, model.newest().state(), added.facts());
      removed.forEach(object.putArray("removed")::add);
      out().println(object);
      return;
    }
    String score = score(added.facts());
    out()
        .printf(
            "%s: version %d%s, after round %d%s (%s in %s)%n",
            model.name(),
            number,
            alias.isEmpty() ? "" : " is the " + alias,
            added.facts().origin().round(),
            score.isEmpty() ? "" : ", " + score,
            Amounts.bytes(added.facts().bytes()),
            added.path());
    if (!removed.isEmpty()) {
      out()
          .printf(
              "Removed: %s (%s)%n",
              removed.stream().map(String::valueOf).collect(Collectors.joining(", ")),
              Retention.of(settings.registry()));
    }
  }

  private SortedMap<String, byte[]> files() {
    SortedMap<String, byte[]> files = new TreeMap<>();
    if (scorecard != null) {
      files.put(Version.SCORECARD, scorecard());
    }
    return files;
  }

  private byte[] scorecard() {
    byte[] content = storage().readFully(Storage.path("--scorecard", scorecard), LARGEST_SCORECARD);
    try {
      if (JSON.readTree(content).isContainerNode()) {
        return content;
      }
    } catch (IOException e) {
      throw unfit(e instanceof JacksonException ? "it is no JSON" : Storage.reason(e), e);
    }
    throw unfit("it is one value", null);
  }

  private SettingsException unfit(String found, Exception cause) {
    return new SettingsException(
        "Cannot keep scorecard %s: %s, expected a JSON object. Correct --scorecard."
            .formatted(scorecard, found),
        cause);
  }
}
