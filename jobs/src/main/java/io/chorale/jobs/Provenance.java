package io.chorale.jobs;

import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** Where a checkpoint comes from. */
final class Provenance {
  static final String DATASET = "dataset";
  static final String TOKENIZER = "tokenizer";

  private Provenance() {}

  /**
   * The facts.
   *
   * @param engine what a worker computed with
   */
  static Map<String, String> of(
      JavaSparkContext spark, Settings settings, Dataset dataset, Map<String, String> engine) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("chorale", Main.version());
    facts.put("spark", spark.version());
    facts.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
    facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.putAll(engine);
    facts.put("workers", Integer.toString(settings.train().workers()));
    facts.put("seed", Long.toString(settings.train().seed()));
    facts.put(DATASET, dataset.fingerprint());
    facts.put(TOKENIZER, dataset.schema().tokenizer().orElseThrow());
    return facts;
  }
}
