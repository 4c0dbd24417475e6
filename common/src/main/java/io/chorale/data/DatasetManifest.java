package io.chorale.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.DataType;
import io.chorale.io.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
  private static final String CHECKSUM = "crc32c";
  private static final Pattern SHARD_NAME = Pattern.compile("shard-[0-9]{5,9}\\.safetensors");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

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

  public Split split(DatasetSplit split) {
    return splits.get(split.key());
  }

  /** The bytes of the file. */
  public byte[] toBytes() {
    try {
      ObjectNode body = body();
      body.put(CHECKSUM, checksum(body));
      return (JSON.writeValueAsString(body) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest is JSON", e);
    }
  }

  /** Writes the manifest: after this the directory is a dataset. */
  public void publish(Storage storage, Path directory) {
    storage.publish(new Path(directory, FILE), toBytes());
  }

  /** Reads and checks the manifest of a dataset. */
  public static DatasetManifest read(Storage storage, Path directory) {
    Path file = new Path(directory, FILE);
    if (!storage.exists(file)) {
      throw new ChoraleException(
          "Cannot read dataset %s: it holds no %s, expected one. Check data.path, and that tokenize has finished."
              .formatted(directory, FILE));
    }
    return parse(storage.readFully(file, MAX_BYTES), file.toString());
  }

  static DatasetManifest parse(byte[] bytes, String name) {
    try {
      JsonNode root = JSON.readTree(bytes);
      if (!(root instanceof ObjectNode body)
          || !body.path("format").asText().equals(FORMAT)
          || !body.path("version").isInt()) {
        throw corrupt(name, "it is no manifest of a dataset");
      }
      int version = body.get("version").intValue();
      if (version != VERSION) {
        throw new ChoraleException(
            "Cannot read dataset manifest %s: its format is version %d, expected %d. %s"
                .formatted(
                    name,
                    version,
                    VERSION,
                    version > VERSION
                        ? "It was written by a newer Chorale: use that one."
                        : "It was written by an older Chorale: tokenize again."));
      }
      JsonNode checksum = body.remove(CHECKSUM);
      if (checksum == null || !checksum.asText().equals(checksum(body))) {
        throw corrupt(name, "its checksum does not fit its contents");
      }
      body.remove(List.of("format", "version"));
      DatasetManifest manifest = JSON.treeToValue(body, DatasetManifest.class);
      manifest.check(name);
      return manifest;
    } catch (IOException e) {
      throw new ChoraleException(corrupt(name, "it is not the JSON of one").getMessage(), e);
    }
  }

  private ObjectNode body() {
    ObjectNode body = JSON.createObjectNode();
    body.put("format", FORMAT);
    body.put("version", VERSION);
    body.setAll((ObjectNode) JSON.valueToTree(this));
    return body;
  }

  /** Over the contents without white space, so that the file may be indented otherwise. */
  private static String checksum(ObjectNode body) {
    return Checksums.crc32c(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  private void check(String name) {
    if (!task.equals(LANGUAGE_MODEL)) {
      throw new ChoraleException(
          "Cannot read dataset manifest %s: its task is %s, expected %s. Use another dataset."
              .formatted(name, task, LANGUAGE_MODEL));
    }
    Column text = new Column(Dataset.TEXT, Dataset.IDS, ShardWriter.type(vocabulary));
    if (!columns.equals(List.of(text)) || vocabulary < 1) {
      throw corrupt(name, "its columns are " + columns + " for " + vocabulary + " tokens");
    }
    for (DatasetSplit split : DatasetSplit.values()) {
      Split facts = split(split);
      if (splits.size() != DatasetSplit.values().length || facts == null) {
        throw corrupt(name, "its splits are " + splits.keySet());
      }
      Split sum = Split.of(facts.shards(), facts.bytes());
      if (facts.rows() != sum.rows() || facts.tokens() != sum.tokens() || facts.bytes() < 0) {
        throw corrupt(name, "the shards of " + split.key() + " do not make up the split");
      }
      for (ShardFacts shard : facts.shards()) {
        // The name must not lead out of the directory.
        String prefix = split.key() + "/";
        if (!shard.name().startsWith(prefix)
            || !SHARD_NAME.matcher(shard.name().substring(prefix.length())).matches()
            || shard.rows() < 1
            || shard.tokens() < 1) {
          throw corrupt(name, "it names the shard " + shard);
        }
      }
    }
  }

  private static ChoraleException corrupt(String name, String found) {
    return new ChoraleException(
        "Cannot read dataset manifest %s: %s, expected one that Chorale wrote. The file is corrupt; restore it or tokenize again."
            .formatted(name, found));
  }
}
