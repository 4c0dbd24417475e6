package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.checkpoint.GrownVocabulary;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.SourceFolder;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Dataset;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout;
import io.chorale.model.ParameterLayout.Entry;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * A published model in a folder of Hugging Face's library, from which a training begins ({@code
 * model.from}): the shape of the model, its parameters and its tokenizer.
 *
 * <p>Nothing of the folder is run, and nothing that it says is believed before it is compared with
 * what lies there.
 */
public final class PublishedModel {
  private static final Map<String, Integer> LIMITS =
      Map.of(SourceFolder.CONFIG, 1 << 20, SourceFolder.TOKENIZER, 1 << 28);
  private static final int LIMIT = 1 << 24;

  private final Path folder;
  private final SourceFolder files;
  private final ParameterLayout layout;
  private final int rows; // for tokens, in the folder
  private final Set<Entry> tables; // the parameters with a row for each token
  private final HubArrays arrays;
  private final Map<String, MappedArray> found;
  private String fingerprint; // null before the parameters are read

  private PublishedModel(Storage storage, Path folder, Settings settings, ParameterLayout layout) {
    this.folder = folder;
    this.layout = layout;
    HubConfig config = config(storage, folder);
    this.rows = settings.model().vocabulary();
    ModelFacts facts = new ModelFacts(settings, layout, rows, Optional.empty());
    HubLayout theirs =
        config.type().equals(HubConfig.GPT2)
            ? new Gpt2Layout(facts)
            : new LlamaLayout(facts, config.type());
    List<MappedArray> wanted = new ArrayList<>(theirs.arrays());
    List<MappedArray> repeated = new ArrayList<>();
    (facts.tied() ? repeated : wanted).add(MappedArray.of(theirs.head(), facts.headMatrix()));
    this.tables = Set.copyOf(List.of(facts.parameter("embedding.weight"), facts.headMatrix()));
    wanted.replaceAll(this::withoutNewRows);
    repeated.replaceAll(this::withoutNewRows);
    this.arrays = new HubArrays(storage, folder);
    this.found = arrays.checked(wanted, Gpt2Layout.POSITIONS, repeated);
    this.files = SourceFolder.of(name -> file(storage, folder, name));
  }

  /** The rows that the folder has of what has one for each token. */
  private MappedArray withoutNewRows(MappedArray array) {
    return array
        .source()
        .filter(tables::contains)
        .map(table -> MappedArray.rows(array.name(), table, 0, rows))
        .orElse(array);
  }

  /**
   * The settings with the shape of the model that {@code model.from} names, and of the adapters
   * that {@code lora.from} names; of a training that goes on, or from a model that has begun there,
   * the shape that it has stored.
   *
   * @throws SettingsException where the folder's model cannot be computed here, or the settings say
   *     something else than it
   */
  public static Settings settled(Storage storage, Settings given) {
    return PublishedAdapters.settled(storage, shaped(storage, given));
  }

  private static Settings shaped(Storage storage, Settings asked) {
    Settings given = begunThere(storage, asked);
    if (given.model().from().isEmpty()) {
      return given;
    }
    Settings settled =
        stored(storage, given, "run.path", given.run().path())
            .or(() -> stored(storage, given, "train.from", given.train().from()))
            .map(stored -> shapedAs(given, stored))
            .orElseGet(() -> ofFolder(storage, given));
    Settings defaults = SettingsFile.defaults();
    for (String key : HubShape.KEYS.stream().sorted().toList()) {
      String said = SettingsFile.value(given, key);
      String has = SettingsFile.value(settled, key);
      if (!said.equals(has) && !said.equals(SettingsFile.value(defaults, key))) {
        throw new SettingsException(
            "Cannot begin from %s: %s is %s, expected %s, which its model has. Remove %s, or choose another model.from."
                .formatted(given.model().from(), key, said, has, key));
      }
    }
    return settled;
  }

  /** The settings with the folder that the model has begun from which {@code train.from} names. */
  private static Settings begunThere(Storage storage, Settings given) {
    if (!given.model().from().isEmpty() || given.train().from().isEmpty()) {
      return given;
    }
    return stored(storage, "run.path", given.run().path())
        .or(() -> stored(storage, "train.from", given.train().from()))
        .map(stored -> SettingsFile.with(given, "model.from=" + stored.model().from()))
        .orElse(given);
  }

  /** The settings of a run that has begun there. */
  private static Optional<Settings> stored(
      Storage storage, Settings given, String key, String path) {
    return stored(storage, key, path)
        .filter(stored -> stored.model().from().equals(given.model().from()));
  }

  /** The settings of a run. */
  private static Optional<Settings> stored(Storage storage, String key, String path) {
    if (path.isEmpty()) {
      return Optional.empty();
    }
    RunDirectory run = new RunDirectory(storage, Storage.path(key, path));
    return run.checkpoints().latest().map(checkpoint -> run.settings());
  }

  private static Settings shapedAs(Settings given, Settings stored) {
    return SettingsFile.with(
        SettingsFile.with(given, stored, Set.of("model", "attention")),
        "model.dropout=" + given.model().dropout(),
        "attention.recompute=" + given.attention().recompute());
  }

  private static Settings ofFolder(Storage storage, Settings given) {
    Path folder = folder(storage, given);
    return SettingsFile.with(given, HubShape.of(config(storage, folder)));
  }

  /**
   * Opens the folder that {@code model.from} names, and compares all of it but the numbers.
   *
   * @param settings as {@link #settled} has given them
   * @param layout of the parameters that they ask for
   * @throws SettingsException where it has other arrays, or the dataset another tokenizer
   */
  public static PublishedModel open(
      Storage storage, Settings settings, ParameterLayout layout, Dataset dataset) {
    PublishedModel model = open(storage, settings, layout);
    model.checkTokenizer(dataset);
    long entries = model.tables.iterator().next().shape()[0];
    GrownVocabulary.check(settings, model.folder.toString(), model.rows, entries);
    return model;
  }

  static PublishedModel open(Storage storage, Settings settings, ParameterLayout layout) {
    return new PublishedModel(storage, folder(storage, settings), settings, layout);
  }

  private static Path folder(Storage storage, Settings settings) {
    Path folder = Storage.path("model.from", settings.model().from());
    if (!storage.exists(folder)) {
      throw new SettingsException(
          "Cannot begin from %s: %s, expected a folder with a published model. Fetch it first (hf download NAME --local-dir DIRECTORY), and set model.from to it."
              .formatted(folder, Storage.absence(folder)));
    }
    if (!storage.status(folder).isDirectory()) {
      throw new SettingsException(
          "Cannot begin from %s: it is a file, expected a folder with config.json and %s. Set model.from to that."
              .formatted(folder, HubArrays.WEIGHTS));
    }
    return storage.qualify(folder);
  }

  private static Optional<byte[]> file(Storage storage, Path folder, String name) {
    Path file = new Path(folder, name);
    return storage.exists(file)
        ? Optional.of(storage.readFully(file, LIMITS.getOrDefault(name, LIMIT)))
        : Optional.empty();
  }

  private static HubConfig config(Storage storage, Path folder) {
    byte[] json =
        file(storage, folder, SourceFolder.CONFIG)
            .orElseThrow(
                () ->
                    new SettingsException(
                        "Cannot begin from %s: it holds no config.json, expected the folder of a published model. Check model.from."
                            .formatted(folder)));
    return new HubConfig(json, folder.toString());
  }

  private void checkTokenizer(Dataset dataset) {
    Optional<byte[]> own = files.file(SourceFolder.TOKENIZER);
    if (own.isEmpty()) {
      throw new SettingsException(
          "Cannot begin from %s: it holds no tokenizer.json, expected one. Load its tokenizer by transformers, and save_pretrained it there."
              .formatted(folder));
    }
    byte[] used = dataset.tokenizers().get(Dataset.TOKENIZER);
    if (used == null || !Tokenizers.extend(used, own.get())) {
      throw new SettingsException(
          "Cannot begin from %s: dataset %s has another tokenizer, expected that of the folder. Tokenize with tokenizer.file: %s."
              .formatted(folder, dataset.directory(), folder));
    }
  }

  /**
   * Reads the parameters: each array once, straight to its place. Tokens that were added to the
   * tokenizer get rows as {@link GrownVocabulary} has them.
   */
  public FloatVector parameters() {
    FloatVector parameters = new FloatVector(layout.size());
    String sum = arrays.read(found, parameters);
    tables.forEach(table -> GrownVocabulary.addRows(parameters, table, rows));
    String config = Checksums.sha256(files.file(SourceFolder.CONFIG).orElseThrow());
    fingerprint = Checksums.sha256((config + sum).getBytes(UTF_8));
    return parameters;
  }

  /**
   * The name of the folder with the SHA-256 of its config.json and all its parameters; after {@link
   * #parameters}.
   */
  public String identity() {
    return "%s@sha256:%s".formatted(folder.getName(), fingerprint);
  }

  /** What a run keeps of the folder, by the names of the files in a run. */
  public Map<String, byte[]> files() {
    return files.kept();
  }
}
