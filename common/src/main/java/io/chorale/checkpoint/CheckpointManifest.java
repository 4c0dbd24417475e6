package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
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
    List<CheckpointFile> files,
    Map<String, String> provenance,
    JsonNode metrics) {

  /**
   * The files by what they hold: {@link CheckpointFile#MODEL}, {@link CheckpointFile#OUTER} and
   * each {@link CheckpointFile#worker}. Costs O(K); for several files ask once.
   */
  public Map<String, CheckpointFile> parts() {
    Map<String, CheckpointFile> parts = new HashMap<>();
    files.forEach(file -> parts.putIfAbsent(file.part(), file));
    return parts;
  }

  /** The file of one part; fails where there is none. */
  CheckpointFile file(String part) {
    CheckpointFile found = parts().get(part);
    if (found == null) {
      throw new IllegalArgumentException("no file of " + part);
    }
    return found;
  }
}
