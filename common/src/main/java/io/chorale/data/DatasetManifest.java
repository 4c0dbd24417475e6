package io.chorale.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * The content of {@code dataset.json}, written last, so that a directory without it holds no
 * dataset. It holds no time and no path outside the dataset: equal datasets are equal to the byte,
 * wherever they lie.
 *
 * @param columns of each shard
 * @param facts of the columns that have any, by their names
 * @param sources of the corpus, in the order of the settings; at least one
 * @param signatures how those of its documents were made, where it has any
 * @param additions what was added since it was made: the directories in which each lies, in their
 *     order; see {@link Additions}
 * @param splits by name; one that holds nothing is there, with no shards
 */
public record DatasetManifest(
    List<Column> columns,
    Map<String, Facts> facts,
    List<SourceFacts> sources,
    SignatureFacts signatures,
    List<String> additions,
    Map<String, Split> splits) {
  /** The file's name. */
  public static final String FILE = "dataset.json";

  static final int MAX_BYTES = 1 << 28;
  private static final Pattern SHARD_NAME = Pattern.compile("shard-[0-9]{5,9}\\.safetensors");

  private static final SealedJson JSON =
      new SealedJson(
          "chorale-dataset",
          1,
          5,
          List.of(
              DatasetManifest::ofText,
              SchemaFile::ofVersion1,
              DatasetManifest::ofOneSource,
              DatasetManifest::ofOneRun),
          "restore it, or tokenize again");

  /**
   * A split.
   *
   * @param rows of all its shards
   * @param elements of all its shards, by column; see {@link ShardFacts#elements}
   * @param bytes of the text, in UTF-8
   */
  public record Split(long rows, Map<String, Long> elements, long bytes, List<ShardFacts> shards) {
    public Split {
      elements = Collections.unmodifiableMap(new LinkedHashMap<>(elements));
      shards = List.copyOf(shards);
    }

    /** The split that those shards make, in their order. */
    public static Split of(List<Column> columns, List<ShardFacts> shards, long bytes) {
      long rows = shards.stream().mapToLong(ShardFacts::rows).sum();
      Map<String, Long> elements = new LinkedHashMap<>();
      for (Column column : columns) {
        String name = column.name();
        elements.put(name, shards.stream().mapToLong(shard -> shard.elements(name)).sum());
      }
      return new Split(rows, elements, bytes, shards);
    }

    /** Tokens or steps of a column, in all its shards. */
    public long elements(String column) {
      return elements.get(column);
    }
  }

  public DatasetManifest {
    Schema schema = new Schema(columns, facts);
    columns = schema.columns();
    facts = schema.facts();
    sources = List.copyOf(sources);
    additions = List.copyOf(additions);
    splits = Collections.unmodifiableMap(new LinkedHashMap<>(splits));
  }

  /** The manifest of a dataset of one source; splits that are not given hold nothing. */
  public static DatasetManifest of(Schema schema, Map<DatasetSplit, Split> splits) {
    return of(schema, List.of(SourceFacts.ONLY), splits);
  }

  /** The manifest of a dataset; splits that are not given hold nothing. */
  public static DatasetManifest of(
      Schema schema, List<SourceFacts> sources, Map<DatasetSplit, Split> splits) {
    Map<String, Split> named = new LinkedHashMap<>();
    for (DatasetSplit split : DatasetSplit.values()) {
      Split facts = splits.get(split);
      named.put(split.key(), facts == null ? Split.of(schema.columns(), List.of(), 0) : facts);
    }
    return new DatasetManifest(
        schema.columns(), schema.facts(), sources, SignatureFacts.NONE, List.of(), named);
  }

  /** The same, whose documents have signatures that were made so. */
  public DatasetManifest with(SignatureFacts made) {
    return new DatasetManifest(columns, facts, sources, made, additions, splits);
  }

  /**
   * The dataset with what was added to it: more shards of each split, behind those that it has.
   *
   * @param directory of what was added, the next of {@link Additions}
   * @param added what lies there, by its paths there; of the same schema
   */
  public DatasetManifest with(String directory, DatasetManifest added) {
    Map<String, Split> grown = new LinkedHashMap<>();
    splits.forEach(
        (name, split) -> {
          Split more = added.splits.get(name);
          List<ShardFacts> shards = new ArrayList<>(split.shards());
          more.shards().forEach(shard -> shards.add(shard.in(directory)));
          grown.put(name, Split.of(columns, shards, split.bytes() + more.bytes()));
        });
    Map<String, SourceFacts> all = new LinkedHashMap<>();
    sources.forEach(source -> all.put(source.name(), source));
    added.sources.forEach(source -> all.merge(source.name(), source, SourceFacts::then));
    List<String> directories = new ArrayList<>(additions);
    directories.add(directory);
    Map<String, Facts> counted = schema().countedWith(added.schema()).facts();
    return new DatasetManifest(
        columns, counted, List.copyOf(all.values()), signatures, directories, grown);
  }

  /** Columns and what is known of them. */
  public Schema schema() {
    return new Schema(columns, facts);
  }

  /** What it says of a split; one that holds nothing has no shards. */
  public Split split(DatasetSplit split) {
    return splits.get(split.key());
  }

  /** A source that it has, by its name. */
  public SourceFacts source(String name) {
    return sources.stream()
        .filter(source -> source.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no source " + name));
  }

  /** Rows of all splits by source, in the order of the sources. */
  public Map<String, Long> rowsBySource() {
    Map<String, Long> rows = new LinkedHashMap<>();
    sources.forEach(source -> rows.put(source.name(), 0L));
    splits
        .values()
        .forEach(
            split ->
                split
                    .shards()
                    .forEach(shard -> rows.merge(shard.source(), shard.rows(), Long::sum)));
    return rows;
  }

  /** The bytes of the file. */
  public byte[] toBytes() {
    return JSON.write(this);
  }

  /** The files that it names, by their paths in the dataset. */
  public List<String> files() {
    List<String> files = new ArrayList<>(schema().tokenizers().keySet());
    files.addAll(shardFiles());
    return files;
  }

  /** Shards, and what is kept of their documents, by their paths in the dataset. */
  public List<String> shardFiles() {
    List<String> files = new ArrayList<>();
    for (Split split : splits.values()) {
      for (ShardFacts shard : split.shards()) {
        files.add(shard.name());
        shard.documents().files(shard.name()).forEach(files::add);
      }
    }
    return files;
  }

  /** Writes the manifest: after this the directory is a dataset. */
  public void publish(Storage storage, Path directory) {
    storage.publish(new Path(directory, FILE), toBytes());
  }

  /** The bytes of a dataset's manifest, as they lie there: what its fingerprint is over. */
  static byte[] read(Storage storage, Path directory) {
    Path file = new Path(directory, FILE);
    if (!storage.exists(file)) {
      throw new SettingsException(
          "Cannot read dataset %s: it holds no %s, expected one. Check the path, and that tokenize has finished."
              .formatted(directory, FILE));
    }
    return storage.readFully(file, MAX_BYTES);
  }

  /**
   * Reads and checks a manifest of any version.
   *
   * @param name of the file, for messages
   */
  static DatasetManifest parse(byte[] bytes, String name) {
    DatasetManifest manifest = JSON.read(bytes, name, DatasetManifest.class);
    manifest.check(name);
    return manifest;
  }

  /** Version 1: text for language models, whose longest rows nobody has counted. */
  private static ObjectNode ofText(ObjectNode old) {
    if (old.path("task").asText().equals("language-model")) {
      old.remove("task");
    }
    JsonNode vocabulary = old.remove("vocabulary");
    for (JsonNode column : old.path("columns")) {
      if (column instanceof ObjectNode text) {
        text.set("size", vocabulary);
      }
    }
    ObjectNode facts = old.putObject("facts").putObject(Column.TEXT);
    facts.putArray("labels");
    facts.putArray("mean");
    facts.putArray("deviation");
    facts.set("tokenizer", old.remove("tokenizer"));
    for (JsonNode split : old.path("splits")) {
      countText(split);
      for (JsonNode shard : split.path("shards")) {
        countText(shard);
        if (shard instanceof ObjectNode counted) {
          counted.putObject("longest");
        }
      }
    }
    return old;
  }

  /** Version 3: of one source, of which nothing was said. */
  private static ObjectNode ofOneSource(ObjectNode old) {
    ObjectNode only = old.putArray("sources").addObject();
    only.put("name", SourceFacts.ONLY.name());
    only.putArray("tags");
    only.put("weight", SourceFacts.ONLY.weight());
    only.put("snapshot", SourceFacts.ONLY.snapshot());
    for (JsonNode split : old.path("splits")) {
      for (JsonNode shard : split.path("shards")) {
        if (shard instanceof ObjectNode facts) {
          facts.put("source", SourceFacts.ONLY.name());
        }
      }
    }
    return old;
  }

  /** Version 4: of one run, and nothing was kept of documents. */
  private static ObjectNode ofOneRun(ObjectNode old) {
    old.putArray("additions");
    ObjectNode signatures = old.putObject("signatures");
    List.of("words", "bands", "rows", "seed").forEach(name -> signatures.put(name, 0));
    for (JsonNode split : old.path("splits")) {
      for (JsonNode shard : split.path("shards")) {
        if (shard instanceof ObjectNode facts) {
          ObjectNode documents = facts.putObject("documents");
          List.of("hashes", "signatures").forEach(name -> documents.put(name, ""));
        }
      }
    }
    return old;
  }

  private static void countText(JsonNode node) {
    if (node instanceof ObjectNode counted) {
      JsonNode tokens = counted.remove("tokens");
      counted.putObject("elements").set(Column.TEXT, tokens);
    }
  }

  private void check(String name) {
    Schema schema = schema();
    Set<String> names = new HashSet<>();
    for (SourceFacts source : sources) {
      if (!names.add(source.name()) || source.weight() < 0) {
        throw JSON.damaged(name, "its sources are " + sources);
      }
    }
    if (!Additions.areInOrder(additions)) {
      throw JSON.damaged(name, "its additions are " + additions);
    }
    Set<String> directories = new HashSet<>(Set.of(""));
    additions.forEach(directory -> directories.add(directory + "/"));
    for (DatasetSplit split : DatasetSplit.values()) {
      Split facts = split(split);
      if (splits.size() != DatasetSplit.values().length || facts == null) {
        throw JSON.damaged(name, "its splits are " + splits.keySet());
      }
      for (ShardFacts shard : facts.shards()) {
        // The name must not lead out of the directory.
        int begin = shard.name().lastIndexOf(split.key() + "/");
        if (begin < 0
            || !directories.contains(shard.name().substring(0, begin))
            || !SHARD_NAME
                .matcher(shard.name().substring(begin + split.key().length() + 1))
                .matches()
            || !names.contains(shard.source())
            || !shard.fits(schema)) {
          throw JSON.damaged(name, "it names the shard " + shard);
        }
      }
      Split sum = Split.of(columns, facts.shards(), facts.bytes());
      if (facts.rows() != sum.rows()
          || !facts.elements().equals(sum.elements())
          || facts.bytes() < 0) {
        throw JSON.damaged(name, "the shards of " + split.key() + " do not make up the split");
      }
    }
  }
}
