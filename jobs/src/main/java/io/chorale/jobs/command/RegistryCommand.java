package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.registry.ModelReference;
import io.chorale.registry.RegisteredModel;
import io.chorale.registry.Registry;
import io.chorale.registry.State;
import io.chorale.registry.Version;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;

/** A command about the models of {@code registry.path}. Starts no Spark. */
abstract class RegistryCommand extends SettingsCommand {
  static final JsonMapper JSON = JsonMapper.builder().build();

  /** Rows that fit on a screen. */
  static final int SCREEN = 20;

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  private Storage storage;

  /** Does the command's work. */
  abstract void run(Registry registry, Settings settings) throws Exception;

  @Override
  final void run(Settings settings) throws Exception {
    storage = new Storage(Session.hadoop(new SparkConf()));
    run(Registry.of(storage, settings.registry()), settings);
  }

  final Storage storage() {
    return storage;
  }

  /** Whether results are printed as JSON. */
  final boolean json() {
    return json;
  }

  /** The model of that name, or the usual one where none is given. */
  static RegisteredModel model(Registry registry, Settings settings, String name) {
    String usual = settings.registry().name();
    return registry.model(name == null ? ModelReference.usual(usual, "the command line") : name);
  }

  /**
   * The version that an argument names.
   *
   * @param version where the argument names a model alone
   */
  static ModelReference reference(Settings settings, String argument, String version) {
    return ModelReference.parse(argument, settings.registry().name(), version);
  }

  /** A time as people read it, UTC. */
  static String minute(String time) {
    return MINUTE.format(Instant.parse(time));
  }

  /** Such as {@code loss 0.4312}; empty where it was not measured. */
  static String score(Version facts) {
    return facts
        .score()
        .map(value -> "%s %s".formatted(facts.measured().goal(), number(value)))
        .orElse("");
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** All that is known of a version. */
  static ObjectNode json(RegisteredModel model, State state, Version facts) {
    ObjectNode object = JSON.valueToTree(facts);
    strings(object.putArray("aliases"), state.aliasesOf(facts.number()));
    object.put("bytes", facts.bytes());
    object.put("path", model.directory(facts.number()).toString());
    return object;
  }

  static void strings(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }
}
