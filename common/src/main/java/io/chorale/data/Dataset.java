package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.io.Checksums;
import io.chorale.io.ManifestName;
import io.chorale.io.Storage;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * An open dataset: its manifest and tokenizer were checked, its shards are when they are read.
 * Thread-safe.
 */
public final class Dataset {
  /** The tokenizer's file. */
  public static final String TOKENIZER = "tokenizer.json";

  private static final int MAX_TOKENIZER_BYTES = 1 << 28;

  private final Storage storage;
  private final Path directory;
  private final DatasetManifest manifest;
  private final Optional<byte[]> tokenizer;
  private final String fingerprint;

  private Dataset(
      Storage storage,
      Path directory,
      DatasetManifest manifest,
      Optional<byte[]> tokenizer,
      String fingerprint) {
    this.storage = storage;
    this.directory = directory;
    this.manifest = manifest;
    this.tokenizer = tokenizer;
    this.fingerprint = fingerprint;
  }

  /** Opens a dataset and checks its manifest and, where it has one, its tokenizer. */
  public static Dataset open(Storage storage, Path path) {
    Path directory = storage.qualify(path);
    byte[] bytes = DatasetManifest.read(storage, directory);
    DatasetManifest manifest =
        DatasetManifest.parse(bytes, new Path(directory, DatasetManifest.FILE).toString());
    Optional<byte[]> tokenizer =
        manifest.schema().tokenizer().map(expected -> tokenizer(storage, directory, expected));
    return new Dataset(storage, directory, manifest, tokenizer, Checksums.sha256(bytes));
  }

  private static byte[] tokenizer(Storage storage, Path directory, String expected) {
    Path file = new Path(directory, TOKENIZER);
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

  /** What the dataset holds. */
  public DatasetManifest manifest() {
    return manifest;
  }

  /** Its columns, and what is known of them. */
  public Schema schema() {
    return manifest.schema();
  }

  /** The bytes of {@code tokenizer.json}, where there is text. */
  public Optional<byte[]> tokenizer() {
    return tokenizer.map(byte[]::clone);
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
      Set<String> listed = new HashSet<>();
      for (ShardFacts facts : manifest.split(split).shards()) {
        Path file = ManifestName.in(directory, facts.name());
        if (listed.isEmpty() && storage.exists(file.getParent())) {
          storage.list(file.getParent()).forEach(found -> listed.add(found.getPath().getName()));
        }
        // A store may list what is new a little late.
        if (!listed.contains(file.getName()) && !storage.exists(file)) {
          throw new ChoraleException(
              "Cannot use dataset %s: shard %s is missing, expected every one that its manifest names. Restore it or tokenize again."
                  .formatted(directory, facts.name()));
        }
      }
    }
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
