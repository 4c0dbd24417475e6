package io.chorale.data;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.io.ArrayInput;
import io.chorale.io.Checksums;
import io.chorale.io.DataType;
import io.chorale.io.ManifestName;
import io.chorale.io.SafeTensorsHeader;
import io.chorale.io.Storage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.apache.hadoop.fs.Path;

/**
 * An open dataset: its manifest and tokenizer were checked, its shards are as they are read.
 * Thread-safe.
 */
public final class Dataset {
  /** The tokenizer's file. */
  public static final String TOKENIZER = "tokenizer.json";

  static final String TEXT = "text";
  static final String IDS = "ids";
  static final String VALUES = ".values";
  static final String OFFSETS = ".offsets";
  private static final int MAX_TOKENIZER_BYTES = 1 << 28;
  private static final int BUFFER = 1 << 16;

  private final Storage storage;
  private final Path directory;
  private final DatasetManifest manifest;
  private final byte[] tokenizer;
  private final String fingerprint;

  private Dataset(Storage storage, Path directory, DatasetManifest manifest, byte[] tokenizer) {
    this.storage = storage;
    this.directory = directory;
    this.manifest = manifest;
    this.tokenizer = tokenizer;
    this.fingerprint = Checksums.sha256(manifest.toBytes());
  }

  /** Opens a dataset and checks its manifest and its tokenizer. */
  public static Dataset open(Storage storage, Path path) {
    Path directory = storage.qualify(path);
    DatasetManifest manifest = DatasetManifest.read(storage, directory);
    Path file = new Path(directory, TOKENIZER);
    byte[] tokenizer = storage.readFully(file, MAX_TOKENIZER_BYTES);
    String found = Checksums.sha256(tokenizer);
    if (!found.equals(manifest.tokenizer())) {
      throw new ChoraleException(
          "Cannot use tokenizer %s: its SHA-256 is %s, expected %s as the dataset was written with. It is corrupt or another one; restore it or tokenize again."
              .formatted(file, found, manifest.tokenizer()));
    }
    return new Dataset(storage, directory, manifest, tokenizer);
  }

  /** Where it is: absolute, with its scheme. */
  public Path directory() {
    return directory;
  }

  /** What the dataset holds. */
  public DatasetManifest manifest() {
    return manifest;
  }

  /** The bytes of {@code tokenizer.json}. */
  public byte[] tokenizer() {
    return tokenizer.clone();
  }

  /** SHA-256 over the manifest, which holds the checksums of all else. */
  public String fingerprint() {
    return fingerprint;
  }

  /** Tokens of each shard of a split. */
  public long[] shardTokens(DatasetSplit split) {
    return manifest.split(split).shards().stream().mapToLong(ShardFacts::tokens).toArray();
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

  /** The ids of a shard, from the memory of this JVM where it was read lately. */
  public Tokens tokens(DatasetSplit split, int shard) {
    ShardFacts facts = manifest.split(split).shards().get(shard);
    return ShardCache.SHARED.get(
        directory + "\n" + fingerprint + "\n" + facts.name(), () -> read(facts));
  }

  private Tokens read(ShardFacts facts) {
    Path file = ManifestName.in(directory, facts.name());
    DataType type = manifest.columns().get(0).type();
    long length = storage.status(file).getLen();
    try (CheckedInputStream in =
        new CheckedInputStream(new BufferedInputStream(storage.open(file), BUFFER), new CRC32C())) {
      SafeTensorsHeader header = SafeTensorsHeader.read(in, length, file.toString());
      SafeTensorsHeader.Entry offsets =
          new SafeTensorsHeader.Entry(
              DataType.I64, List.of(facts.rows() + 1), 0, (facts.rows() + 1) * Long.BYTES);
      SafeTensorsHeader.Entry values =
          new SafeTensorsHeader.Entry(
              type,
              List.of(facts.tokens()),
              offsets.end(),
              offsets.end() + facts.tokens() * type.bytes());
      if (header.arrays().size() != 2
          || !offsets.equals(header.arrays().get(TEXT + OFFSETS))
          || !values.equals(header.arrays().get(TEXT + VALUES))) {
        throw corrupt(file, "its arrays are " + header.arrays(), facts.toString());
      }
      long[] starts = new long[Math.toIntExact(facts.rows() + 1)];
      ArrayInput.longs(in, starts);
      Tokens tokens = ids(in, type, Math.toIntExact(facts.tokens()));
      String crc = Checksums.hex(in.getChecksum());
      if (!crc.equals(facts.crc32c())) {
        throw corrupt(file, "its CRC32C is " + crc, facts.crc32c() + " by the manifest");
      }
      checkRows(file, starts, facts);
      checkIds(file, tokens);
      return tokens;
    } catch (IOException | ArithmeticException e) {
      throw Storage.failure("read shard", file, e);
    }
  }

  private static Tokens ids(CheckedInputStream in, DataType type, int count) throws IOException {
    if (type == DataType.U16) {
      short[] ids = new short[count];
      ArrayInput.shorts(in, ids);
      return Tokens.narrow(ids);
    }
    int[] ids = new int[count];
    ArrayInput.ints(in, ids);
    return Tokens.wide(ids);
  }

  private static void checkRows(Path file, long[] starts, ShardFacts facts) {
    boolean fine = starts[0] == 0 && starts[starts.length - 1] == facts.tokens();
    for (int i = 1; i < starts.length; i++) {
      fine &= starts[i] > starts[i - 1];
    }
    if (!fine) {
      throw corrupt(file, "its offsets do not ascend", "from 0 to " + facts.tokens());
    }
  }

  private void checkIds(Path file, Tokens tokens) {
    for (int i = 0; i < tokens.length(); i++) {
      int id = tokens.get(i);
      if (id < 0 || id >= manifest.vocabulary()) {
        throw corrupt(file, "it holds the id " + id, "ids below " + manifest.vocabulary());
      }
    }
  }

  private static ChoraleException corrupt(Path file, String found, String expected) {
    return new ChoraleException(
        "Cannot read shard %s: %s, expected %s. The file is corrupt; restore it or tokenize again."
            .formatted(file, found, expected));
  }
}
