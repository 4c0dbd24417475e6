package io.chorale.jobs.command;

import io.chorale.config.RegistrySettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.Version;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;

/**
 * Finds the versions that references to the registry name. Each reference is looked up once in the
 * life of a command, so that all of it reads one version, whatever an alias names meanwhile.
 */
final class ModelLocator {
  private final RegistrySettings settings;
  private final PrintWriter err;
  private final Map<String, RegisteredModel.Opened> found = new LinkedHashMap<>();

  /**
   * @param err where is told which version is taken
   */
  ModelLocator(RegistrySettings settings, PrintWriter err) {
    this.settings = settings;
    this.err = err;
  }

  /**
   * The settings with paths in the place of references.
   *
   * @param keys where references may stand
   */
  Settings located(Settings given, List<String> keys) {
    List<String> paths = new ArrayList<>();
    for (String key : keys) {
      String value = SettingsFile.value(given, key);
      if (ModelReference.is(value)) {
        paths.add(key + "=" + path(value));
      }
    }
    return paths.isEmpty() ? given : SettingsFile.with(given, paths);
  }

  /** The path of a run that is named by it, or by a reference. */
  String path(String named) {
    return ModelReference.is(named)
        ? found.computeIfAbsent(named, this::open).path().toString()
        : named;
  }

  private RegisteredModel.Opened open(String text) {
    ModelReference reference = ModelReference.parse(text, settings.name());
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    RegisteredModel.Opened opened = Registry.of(storage, settings).open(reference);
    Version facts = opened.facts();
    err.printf(
        "%s is version %d: round %d of %s, added %s by %s%n",
        reference,
        facts.number(),
        facts.origin().round(),
        facts.origin().run(),
        facts.created(),
        facts.by());
    return opened;
  }

  /** The versions that were found, by their numbers. */
  List<ModelReference> taken() {
    return found.values().stream().map(opened -> opened.facts().reference()).toList();
  }
}
