package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    List<CheckpointFile> files,
    Map<String, String> provenance,
    JsonNode metrics) {

  /**
   * The file of a part.
   *
   * @param part {@link CheckpointFile#MODEL}, {@link CheckpointFile#OUTER} or {@link
   *     CheckpointFile#worker}
   */
  public CheckpointFile file(String part) {
    return find(part).orElseThrow(() -> new IllegalArgumentException("no file of " + part));
  }

  /** Whether there is a file of that part. */
  boolean holds(String part) {
    return find(part).isPresent();
  }

  private Optional<CheckpointFile> find(String part) {
    return files.stream().filter(file -> file.part().equals(part)).findFirst();
  }

  /** Whether there is a file of that name. */
  boolean names(String name) {
    return files.stream().anyMatch(file -> file.name().equals(name));
  }
}
