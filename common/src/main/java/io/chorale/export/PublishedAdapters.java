package io.chorale.export;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedAdapters;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.LoraSettings.Target;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.Adapter;
import io.chorale.model.ParameterLayout;
import io.chorale.model.ParameterLayout.Entry;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;

/**
 * Low-rank adapters in a folder of PEFT's, from which those of a training begin ({@code
 * lora.from}). Nothing of the folder is run, and nothing that it says is believed before it is
 * compared with what lies there.
 */
public final class PublishedAdapters {
  private static final int LIMIT = 1 << 20;
  private static final List<String> DECIDED = List.of("lora.rank", "lora.alpha", "lora.targets");

  private final Path folder;
  private final PeftConfig config;
  private final HubArrays arrays;
  private Map<String, MappedArray> found = Map.of(); // by their names in the file

  private PublishedAdapters(Storage storage, Settings settings) {
    this.folder = storage.qualify(Storage.path("lora.from", settings.lora().from()));
    Path file = new Path(folder, PeftConfig.FILE);
    if (!storage.exists(file)) {
      throw new SettingsException(
          "Cannot begin from adapters %s: it holds no %s, expected a folder that PEFT has saved. Check lora.from."
              .formatted(folder, PeftConfig.FILE));
    }
    this.config = new PeftConfig(storage.readFully(file, LIMIT), folder.toString());
    this.arrays = new HubArrays(storage, folder, PeftConfig.WEIGHTS, "lora.from");
  }

  /**
   * The settings with rank, alpha and targets of the adapters that {@code lora.from} names; of a
   * training that goes on those that it has stored.
   *
   * @param given with the shape of the model
   * @throws SettingsException where such adapters cannot be trained here, or the settings say
   *     something else than they
   */
  static Settings settled(Storage storage, Settings given) {
    if (given.lora().from().isEmpty()) {
      return given;
    }
    Settings settled = stored(storage, given).orElseGet(() -> ofFolder(storage, given));
    Settings defaults = SettingsFile.defaults();
    for (String key : DECIDED) {
      String said = SettingsFile.value(given, key);
      String has = SettingsFile.value(settled, key);
      if (!said.equals(has) && !said.equals(SettingsFile.value(defaults, key))) {
        throw new SettingsException(
            "Cannot begin from adapters %s: %s is %s, expected %s, which they have. Remove %s, or choose another lora.from."
                .formatted(given.lora().from(), key, said, has, key));
      }
    }
    return settled;
  }

  private static Optional<Settings> stored(Storage storage, Settings given) {
    if (given.run().path().isEmpty()) {
      return Optional.empty();
    }
    RunDirectory run = new RunDirectory(storage, Storage.path("run.path", given.run().path()));
    if (run.checkpoints().latest().isEmpty()) {
      return Optional.empty();
    }
    Settings stored = run.settings();
    return Optional.of(stored)
        .filter(same -> same.lora().from().equals(given.lora().from()))
        .map(same -> SettingsFile.with(given, values(same)));
  }

  private static List<String> values(Settings settings) {
    return DECIDED.stream().map(key -> key + "=" + SettingsFile.value(settings, key)).toList();
  }

  private static Settings ofFolder(Storage storage, Settings given) {
    PublishedAdapters adapters = new PublishedAdapters(storage, given);
    String targets =
        adapters.targets(modules(given, layout(given))).stream()
            .map(Target::key)
            .collect(Collectors.joining(", ", "[", "]"));
    return SettingsFile.with(
        given,
        "lora.rank=" + adapters.config.rank(),
        "lora.alpha=" + adapters.config.alpha(),
        "lora.targets=" + targets);
  }

  /** The layout of a model's blocks: how many tokens it knows says nothing about them. */
  private static ParameterLayout layout(Settings settings) {
    Settings plain = TrainedModel.unadapted(settings);
    int tokens = Math.max(1, plain.model().vocabulary());
    return Task.of(plain, Task.needs(plain, tokens, 1), "these settings").layout();
  }

  private static List<PeftModule> modules(Settings settings, ParameterLayout layout) {
    ModelFacts facts =
        new ModelFacts(settings, layout, settings.model().vocabulary(), Optional.empty());
    return PeftModule.of(facts, HubLayout.of(facts, ""));
  }

  /** The layers that have an adapter, which must be the same in every block. */
  private Set<Target> targets(List<PeftModule> modules) {
    Set<String> there = arrays.there().keySet();
    Map<Integer, Set<Target>> byLayer = new HashMap<>();
    for (PeftModule module : modules) {
      byLayer.computeIfAbsent(module.layer(), layer -> EnumSet.noneOf(Target.class));
      if (there.contains(module.factor('A'))) {
        byLayer.get(module.layer()).add(module.target());
      }
    }
    Set<Target> targets = byLayer.get(0);
    if (targets.isEmpty()) {
      throw config.refused(
          "its %s has no adapter of a linear layer of this model".formatted(PeftConfig.WEIGHTS),
          "such as " + modules.get(0).factor('A'),
          "They are another model's: check model.from and lora.from.");
    }
    byLayer.forEach(
        (layer, found) -> {
          if (!found.equals(targets)) {
            throw config.refused(
                "layer %d has adapters of %s".formatted(layer, found),
                targets + " as in layer 0",
                "Merge them into their model by PEFT (merge_and_unload), and set model.from to it.");
          }
        });
    return targets;
  }

  /**
   * Opens the folder that {@code lora.from} names, and compares all of it but the numbers.
   *
   * @param settings as {@link PublishedModel#settled} has given them
   * @param whole layout of the model without adapters
   * @param task with adapters
   * @throws SettingsException where it has other arrays
   */
  public static PublishedAdapters open(
      Storage storage, Settings settings, ParameterLayout whole, Task task) {
    PublishedAdapters adapters = new PublishedAdapters(storage, settings);
    adapters.found = adapters.arrays.checked(wanted(modules(settings, whole), task), "", List.of());
    return adapters;
  }

  private static List<MappedArray> wanted(List<PeftModule> modules, Task task) {
    Map<String, Entry> entries = new HashMap<>();
    for (ParameterLayout layout : List.of(task.layout(), TrainedAdapters.fixed(task))) {
      layout.entries().forEach(entry -> entries.put(entry.name(), entry));
    }
    List<MappedArray> wanted = new ArrayList<>();
    for (Adapter adapter : task.adapters()) {
      PeftModule module =
          modules.stream()
              .filter(
                  one ->
                      one.target() == adapter.target()
                          && one.matrix().name().equals(adapter.matrix().name()))
              .findFirst()
              .orElseThrow();
      wanted.add(MappedArray.of(module.factor('A'), entries.get(adapter.a().name())));
      wanted.add(
          MappedArray.ordered(
              module.factor('B'),
              entries.get(adapter.b().name()),
              adapter.rows(),
              row -> module.rows()[Math.toIntExact(row)] - adapter.begin()));
    }
    return wanted;
  }

  /**
   * Reads the values of matrices.
   *
   * @param layout of some that the task has
   */
  public void write(FloatVector values, ParameterLayout layout) {
    Map<String, MappedArray> some = new HashMap<>();
    found.forEach(
        (name, array) -> {
          if (layout.entries().contains(array.source().orElseThrow())) {
            some.put(name, array);
          }
        });
    arrays.read(some, values);
  }
}
