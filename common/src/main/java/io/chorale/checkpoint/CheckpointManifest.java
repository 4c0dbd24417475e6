package io.chorale.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.chorale.config.TrainSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lists the files of a checkpoint with their facts. Written last: where it is missing there is no
 * checkpoint.
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
  /** As many as names of files can count. */
  private static final long MOST_WORKERS = 1_000_000_000;

  /**
   * The state of a training before its first round, as if a round 0 had been committed: no steps,
   * no files, nothing measured.
   *
   * @param workers K of the round to come
   */
  public static CheckpointManifest start(int workers) {
    return new CheckpointManifest(
        0, 0, 0, workers, List.of(), Map.of(), JsonNodeFactory.instance.objectNode());
  }

  /** Whether no round was committed yet. */
  public boolean atStart() {
    return round == 0;
  }

  /**
   * The files by what they hold: {@link CheckpointFile#MODEL}, {@link CheckpointFile#OUTER} and
   * each {@link CheckpointFile#worker}. Costs O(K); for several files ask once.
   */
  public Map<String, CheckpointFile> parts() {
    Map<String, CheckpointFile> parts = new HashMap<>();
    files.forEach(file -> parts.putIfAbsent(file.part(), file));
    return parts;
  }

  /**
   * Whether a training of those settings passes through this round.
   *
   * <p>Rounds have equally many steps, but for the last. Where a round is a pass over the data,
   * their number is not known here.
   */
  boolean isOf(TrainSettings train) {
    long perStep = (long) train.batch() * train.context();
    if (steps > train.steps() || tokens / steps / perStep > MOST_WORKERS) {
      return false;
    }
    if (train.averagesByEpoch()) {
      return true;
    }
    long full = train.stepsPerRound();
    // The product may be larger than any number.
    return steps == (round > train.steps() / full ? train.steps() : round * full);
  }
}
