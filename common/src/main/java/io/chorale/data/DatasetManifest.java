package io.chorale.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.io.DataType;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * What {@code dataset.json} says: written last, so that a directory without it holds no dataset. It
 * holds no time and no path outside the dataset: equal datasets are equal to the byte, wherever
 * they lie.
 *
 * @param task what the dataset is for: {@code language-model}
 * @param columns of each shard
 * @param vocabulary entries of the vocabulary
 * @param tokenizer SHA-256 of {@code tokenizer.json}
 * @param splits by name; one that holds nothing is there, with no shards
 */
public record DatasetManifest(
    String task,
    List<Column> columns,
    int vocabulary,
    String tokenizer,
    Map<String, Split> splits) {
  /** The file's name. */
  public static final String FILE = "dataset.json";

  static final String FORMAT = "chorale-dataset";
  static final int VERSION = 1;
  static final String LANGUAGE_MODEL = "language-model";
  private static final int MAX_BYTES = 1 << 28;
  private static final Pattern SHARD_NAME = Pattern.compile("shard-[0-9]{5,9}\\.safetensors");

  private static final SealedJson JSON =
      new SealedJson(FORMAT, VERSION, "restore it, or tokenize again");

  /**
   * A column of every shard.
   *
   * @param name of the column
   * @param kind what its arrays are: {@code ids}
   * @param type of its values
   */
  public record Column(String name, String kind, @JsonProperty("dtype") DataType type) {}

  /**
   * A split.
   *
   * @param rows of all its shards
   * @param tokens of all its shards
   * @param bytes of the text, in UTF-8
   */
  public record Split(long rows, long tokens, long bytes, List<ShardFacts> shards) {
    public Split {
      shards = List.copyOf(shards);
    }

    /** The split that those shards make, in their order. */
    public static Split of(List<ShardFacts> shards, long bytes) {
      long rows = shards.stream().mapToLong(ShardFacts::rows).sum();
      long tokens = shards.stream().mapToLong(ShardFacts::tokens).sum();
      return new Split(rows, tokens, bytes, shards);
    }
  }

  public DatasetManifest {
    columns = List.copyOf(columns);
    splits = Collections.unmodifiableMap(new LinkedHashMap<>(splits));
  }

  /** The manifest of a dataset for language models, with one column of ids. */
  public static DatasetManifest languageModel(
      int vocabulary, String tokenizer, Map<DatasetSplit, Split> splits) {
    Map<DatasetSplit, Split> ordered = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      ordered.put(split, splits.getOrDefault(split, Split.of(List.of(), 0)));
    }
    Map<String, Split> named = new LinkedHashMap<>();
    ordered.forEach((split, facts) -> named.put(split.key(), facts));
    Column text = new Column(Dataset.TEXT, Dataset.IDS, ShardWriter.type(vocabulary));
    return new DatasetManifest(LANGUAGE_MODEL, List.of(text), vocabulary, tokenizer, named);
  }

  /** What it says of a split; one that holds nothing has no shards. */
  public Split split(DatasetSplit split) {
    return splits.get(split.key());
  }

  /** The bytes of the file. */
  public byte[] toBytes() {
    return JSON.write(this);
  }

  /** The files that it names, by their paths in the dataset. */
  public List<String> files() {
    List<String> files = new ArrayList<>(List.of(Dataset.TOKENIZER));
    splits.values().forEach(split -> split.shards().forEach(shard -> files.add(shard.name())));
    return files;
  }

  /** Writes the manifest: after this the directory is a dataset. */
  public void publish(Storage storage, Path directory) {
    storage.publish(new Path(directory, FILE), toBytes());
  }

  /** Reads and checks the manifest of a dataset. */
  public static DatasetManifest read(Storage storage, Path directory) {
    Path file = new Path(directory, FILE);
    if (!storage.exists(file)) {
      throw new SettingsException(
          "Cannot read dataset %s: it holds no %s, expected one. Check data.path, and that tokenize has finished."
              .formatted(directory, FILE));
    }
    return parse(storage.readFully(file, MAX_BYTES), file.toString());
  }

  static DatasetManifest parse(byte[] bytes, String name) {
    DatasetManifest manifest = JSON.read(bytes, name, DatasetManifest.class);
    manifest.check(name);
    return manifest;
  }

  private void check(String name) {
    if (!task.equals(LANGUAGE_MODEL)) {
      throw new ChoraleException(
          "Cannot read dataset manifest %s: its task is %s, expected %s. Use another dataset."
              .formatted(name, task, LANGUAGE_MODEL));
    }
    Column text = new Column(Dataset.TEXT, Dataset.IDS, ShardWriter.type(vocabulary));
    if (!columns.equals(List.of(text)) || vocabulary < 1) {
      throw JSON.damaged(name, "its columns are " + columns + " for " + vocabulary + " tokens");
    }
    for (DatasetSplit split : DatasetSplit.values()) {
      Split facts = split(split);
      if (splits.size() != DatasetSplit.values().length || facts == null) {
        throw JSON.damaged(name, "its splits are " + splits.keySet());
      }
      Split sum = Split.of(facts.shards(), facts.bytes());
      if (facts.rows() != sum.rows() || facts.tokens() != sum.tokens() || facts.bytes() < 0) {
        throw JSON.damaged(name, "the shards of " + split.key() + " do not make up the split");
      }
      for (ShardFacts shard : facts.shards()) {
        // The name must not lead out of the directory.
        String prefix = split.key() + "/";
        if (!shard.name().startsWith(prefix)
            || !SHARD_NAME.matcher(shard.name().substring(prefix.length())).matches()
            || shard.rows() < 1
            || shard.tokens() < 1) {
          throw JSON.damaged(name, "it names the shard " + shard);
        }
      }
    }
  }
}
