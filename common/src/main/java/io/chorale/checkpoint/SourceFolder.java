package io.chorale.checkpoint;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a run keeps of the published model that it began from, as it was there: all files but the
 * parameters, in a directory of the run. Exports give back what training does not change.
 */
public final class SourceFolder {
  /** The settings of the model, as Hugging Face's library has them. */
  public static final String CONFIG = "config.json";

  public static final String TOKENIZER = "tokenizer.json";
  public static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  public static final String GENERATION = "generation_config.json";
  public static final String SPECIAL_TOKENS = "special_tokens_map.json";
  public static final String CHAT_TEMPLATE = "chat_template.jinja";

  /** The files by their names there. */
  public static final List<String> FILES =
      List.of(CONFIG, TOKENIZER, TOKENIZER_CONFIG, GENERATION, SPECIAL_TOKENS, CHAT_TEMPLATE);

  private static final String DIRECTORY = "source/";

  private final Map<String, byte[]> files;

  private SourceFolder(Map<String, byte[]> files) {
    this.files = files;
  }

  /** The name of a file in a run. */
  public static String inRun(String file) {
    return DIRECTORY + file;
  }

  /**
   * Takes the files that are there.
   *
   * @param read gives the bytes of a file by its name, where there is one
   */
  public static SourceFolder of(Function<String, Optional<byte[]>> read) {
    Map<String, byte[]> files = new TreeMap<>();
    FILES.forEach(name -> read.apply(name).ifPresent(bytes -> files.put(name, bytes)));
    return new SourceFolder(files);
  }

  /** What a run has kept; empty where it began from no published model. */
  public static Optional<SourceFolder> of(RunDirectory run) {
    SourceFolder kept = of(name -> run.find(inRun(name)));
    return kept.file(CONFIG).map(config -> kept);
  }

  /** The bytes of a file, where it is there. */
  public Optional<byte[]> file(String name) {
    return Optional.ofNullable(files.get(name));
  }

  /** The files by their names in a run. */
  public Map<String, byte[]> kept() {
    Map<String, byte[]> kept = new TreeMap<>();
    files.forEach((name, bytes) -> kept.put(inRun(name), bytes));
    return kept;
  }
}
