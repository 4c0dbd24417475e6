package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What a checkpoint holds. Written last: where it is missing there is no checkpoint.
 *
 * @param round rounds committed, from 1
 * @param steps place in the learning-rate schedule: local steps of each worker so far
 * @param tokens tokens trained on by all workers so far
 * @param workers K in the round that ended here
 * @param files every other file of the checkpoint
 * @param provenance versions, fingerprints of dataset and tokenizer, seed, operating system, CPU
 * @param metrics the round's line of {@code metrics.jsonl}
 */
public record CheckpointManifest(
    long round,
    long steps,
    long tokens,
    int workers,
    List<StoredFile> files,
    Map<String, String> provenance,
    JsonNode metrics) {

  /**
   * A file of a checkpoint.
   *
   * @param crc32c of all its bytes, eight hexadecimal digits
   */
  public record StoredFile(String name, long bytes, String crc32c) implements Serializable {}

  /** The file of that name. */
  public StoredFile file(String name) {
    return files.stream()
        .filter(file -> file.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no file " + name));
  }

  /** Whether there is a file of that name. */
  boolean names(String name) {
    return files.stream().anyMatch(file -> file.name().equals(name));
  }
}
