package io.chorale.checkpoint;

import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.data.SourceFacts;
import java.util.LinkedHashMap;
import java.util.Map;

/** Records the origin of a checkpoint: versions, machine, dataset and settings. */
public final class Provenance {
  public static final String DATASET = "dataset";

  /** The file of the model that a training began from; see {@link InitialModel}. */
  public static final String INITIAL = "initial";

  /** The file with what a training of adapters only reads; see {@link BaseFile}. */
  public static final String BASE = "base";

  /** Begins the fact that holds the state of a table which the dataset was made of. */
  private static final String SOURCE = "source.";

  private Provenance() {}

  /**
   * The facts.
   *
   * @param chorale version of Chorale
   * @param spark version of Spark
   * @param engine what a worker computed with
   */
  public static Map<String, String> of(
      String chorale,
      String spark,
      Settings settings,
      Dataset dataset,
      Map<String, String> engine) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("chorale", chorale);
    facts.put("spark", spark);
    facts.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
    facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.putAll(engine);
    facts.put("workers", Integer.toString(settings.train().workers()));
    facts.put("seed", Long.toString(settings.train().seed()));
    facts.put(DATASET, dataset.fingerprint());
    for (SourceFacts source : dataset.manifest().sources()) {
      if (!source.snapshot().isEmpty()) {
        facts.put(SOURCE + source.name(), source.snapshot());
      }
    }
    dataset.schema().tokenizers().forEach((file, sha256) -> facts.put(tokenizer(file), sha256));
    return facts;
  }

  /** Whether a fact tells what the model was trained on: the dataset, or what that was made of. */
  public static boolean isDataset(String fact) {
    return fact.equals(DATASET) || fact.startsWith(SOURCE);
  }

  /** The fact that holds the SHA-256 of a tokenizer's file: its name without the extension. */
  static String tokenizer(String file) {
    return file.substring(0, file.lastIndexOf('.'));
  }
}
