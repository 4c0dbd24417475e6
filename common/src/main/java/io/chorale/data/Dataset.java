package io.chorale.data;

import static java.util.stream.Collectors.toSet;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.io.Checksums;
import io.chorale.io.ManifestName;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * An open dataset: its manifest and tokenizers were checked, its shards are when they are read.
 * Thread-safe.
 */
public final class Dataset {
  /** The file of the tokenizer that columns of text share. */
  public static final String TOKENIZER = "tokenizer.json";

  /** The file of a tokenizer that the target has for itself. */
  public static final String TARGET_TOKENIZER = "target-tokenizer.json";

  /** The directory of what the corpus held besides documents. */
  public static final String REJECTED = "rejected";

  private static final int MAX_TOKENIZER_BYTES = 1 << 28;

  private final Storage storage;
  private final Path directory;
  private final DatasetManifest manifest;
  private final Map<String, byte[]> tokenizers; // by the names of their files
  private final String fingerprint;

  private Dataset(
      Storage storage,
      Path directory,
      DatasetManifest manifest,
      Map<String, byte[]> tokenizers,
      String fingerprint) {
    this.storage = storage;
    this.directory = directory;
    this.manifest = manifest;
    this.tokenizers = tokenizers;
    this.fingerprint = fingerprint;
  }

  /** Opens a dataset and checks its manifest and its tokenizers. */
  public static Dataset open(Storage storage, Path path) {
    return of(storage, path, DatasetManifest.read(storage, storage.qualify(path)));
  }

  /**
   * Opens a dataset whose manifest is still to be published, and checks both as {@link #open} does.
   *
   * @param path where all else lies
   * @param bytes of the manifest
   */
  public static Dataset of(Storage storage, Path path, byte[] bytes) {
    Path directory = storage.qualify(path);
    DatasetManifest manifest =
        DatasetManifest.parse(bytes, new Path(directory, DatasetManifest.FILE).toString());
    Map<String, byte[]> tokenizers = new LinkedHashMap<>();
    manifest
        .schema()
        .tokenizers()
        .forEach(
            (name, expected) ->
                tokenizers.put(name, tokenizer(storage, new Path(directory, name), expected)));
    return new Dataset(storage, directory, manifest, tokenizers, Checksums.sha256(bytes));
  }

  private static byte[] tokenizer(Storage storage, Path file, String expected) {
    byte[] tokenizer = storage.readFully(file, MAX_TOKENIZER_BYTES);
    String found = Checksums.sha256(tokenizer);
    if (!found.equals(expected)) {
      throw new ChoraleException(
          "Cannot use tokenizer %s: its SHA-256 is %s, expected %s as the dataset was written with. It is corrupt or another one; restore it or tokenize again."
              .formatted(file, found, expected));
    }
    return tokenizer;
  }

  /** Where it is: absolute, with its scheme. */
  public Path directory() {
    return directory;
  }

  /**
   * The directories in which the runs that have made it wrote what they tell of it, in their order:
   * its own, and one for each that has added to it.
   */
  public List<Path> runs() {
    return Additions.runs(directory, manifest.additions());
  }

  /** What the dataset holds. */
  public DatasetManifest manifest() {
    return manifest;
  }

  /** Its columns, and what is known of them. */
  public Schema schema() {
    return manifest.schema();
  }

  /** The bytes of its tokenizers, by the names of their files. */
  public Map<String, byte[]> tokenizers() {
    Map<String, byte[]> copies = new LinkedHashMap<>(tokenizers);
    copies.replaceAll((name, json) -> json.clone());
    return copies;
  }

  /**
   * The tokenizer that made a column's ids, where one did; takes about a second for 100,000
   * entries.
   */
  public Optional<Tokenizer> tokenizer(String column) {
    return schema()
        .tokenizer(column)
        .map(name -> Tokenizers.load(tokenizers.get(name), directory + "/" + name));
  }

  /**
   * SHA-256 over the manifest as it lies there, which holds the checksums of all else. It stays
   * what it is while Chorale's own idea of a manifest grows.
   */
  public String fingerprint() {
    return fingerprint;
  }

  /** Tokens or steps of a column in each shard of a split. */
  public long[] shardElements(DatasetSplit split, String column) {
    return manifest.split(split).shards().stream()
        .mapToLong(shard -> shard.elements(column))
        .toArray();
  }

  /**
   * Looks for every shard, by a list of each split, and reads none of them.
   *
   * @throws ChoraleException where one is missing
   */
  public void checkShards() {
    for (DatasetSplit split : DatasetSplit.values()) {
      Map<Path, Set<String>> listed = new HashMap<>();
      for (ShardFacts facts : manifest.split(split).shards()) {
        Path file = ManifestName.in(directory, facts.name());
        Set<String> there = listed.computeIfAbsent(file.getParent(), this::names);
        // A store may list what is new a little late.
        if (!there.contains(file.getName()) && !storage.exists(file)) {
          throw new ChoraleException(
              "Cannot use dataset %s: shard %s is missing, expected every one that its manifest names. Restore it or tokenize again."
                  .formatted(directory, facts.name()));
        }
      }
    }
  }

  private Set<String> names(Path of) {
    return storage.exists(of)
        ? storage.list(of).stream().map(found -> found.getPath().getName()).collect(toSet())
        : Set.of();
  }

  /** A shard, from the memory of this JVM where it was read lately. */
  public Shard shard(DatasetSplit split, int shard) {
    ShardFacts facts = manifest.split(split).shards().get(shard);
    return ShardCache.SHARED.get(
        directory + "\n" + fingerprint + "\n" + facts.name(),
        () ->
            ShardReader.read(
                storage, ManifestName.in(directory, facts.name()), manifest.columns(), facts));
  }
}
