package io.chorale.data;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The manifest's entry for what a dataset keeps of the documents that are the rows of a shard, so
 * that copies of them can be told from the dataset alone.
 *
 * <p>{@code documents/train-shard-00000.safetensors} has two arrays I64 [rows], {@code hash_high}
 * and {@code hash_low}: the {@link DocumentHash} of each row, in the order of the rows. {@code
 * documents/train-shard-00000-signatures.safetensors} has the MinHash signatures of those rows that
 * have one. Of what was added, {@code documents} lies where the splits do.
 *
 * @param hashes the CRC32C of the first, eight hexadecimal digits; empty where there is none
 * @param signatures the CRC32C of the second; empty where there is none
 */
public record DocumentFacts(String hashes, String signatures) implements Serializable {
  /** The directory of these files in the dataset. */
  public static final String DIRECTORY = "documents";

  /** The columns of a table of hashes. */
  public static final List<String> COLUMNS = List.of("hash_high", "hash_low");

  /** Of a shard whose rows are no documents, or of which nothing was kept. */
  public static final DocumentFacts NONE = new DocumentFacts("", "");

  private static final String SUFFIX = ".safetensors";

  /** Whether there are hashes. */
  public boolean any() {
    return !hashes.isEmpty();
  }

  /**
   * The path of a shard's table of hashes in the dataset.
   *
   * @param shard its path in the dataset
   */
  public static String hashesOf(String shard) {
    return path(shard, "");
  }

  /** The path of its table of signatures. */
  public static String signaturesOf(String shard) {
    return path(shard, "-signatures");
  }

  private static String path(String shard, String kind) {
    int split = shard.lastIndexOf('/', shard.lastIndexOf('/') - 1) + 1;
    String name = shard.substring(split, shard.length() - SUFFIX.length()).replace('/', '-');
    return shard.substring(0, split) + DIRECTORY + "/" + name + kind + SUFFIX;
  }

  /**
   * The paths of the tables of a shard that are there.
   *
   * @param shard its path in the dataset
   */
  public List<String> files(String shard) {
    List<String> files = new ArrayList<>();
    if (any()) {
      files.add(hashesOf(shard));
    }
    if (!signatures.isEmpty()) {
      files.add(signaturesOf(shard));
    }
    return files;
  }
}
