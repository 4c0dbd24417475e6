package io.chorale.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.BestRound;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.embed.FoundEmbeddings;
import io.chorale.io.Storage;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * Reads the history of a training from its run directory, finished or not.
 *
 * @param name the last part of its path
 * @param rounds their lines of {@code metrics.jsonl}, each round once, in order
 * @param checkpoint the newest one; empty where there is none that can be read
 * @param embeddings where the table of text began from word vectors
 * @param failure of the round that ended the training
 * @param lastCommit empty where nobody knows
 * @param troubles what could not be read, each a sentence
 */
record RunHistory(
    String name,
    Path path,
    Settings settings,
    List<JsonNode> rounds,
    Optional<CheckpointManifest> checkpoint,
    Optional<FoundEmbeddings> embeddings,
    Optional<RunDirectory.Failure> failure,
    Optional<Instant> lastCommit,
    List<String> troubles) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * Reads a run directory.
   *
   * @throws io.chorale.config.SettingsException where it is none
   */
  static RunHistory read(Storage storage, Path directory) {
    RunDirectory run = new RunDirectory(storage, directory);
    Settings settings = run.settings();
    List<String> troubles = new ArrayList<>();
    Map<Long, JsonNode> rounds = rounds(run.metrics(), troubles);
    Optional<CheckpointManifest> checkpoint = Optional.empty();
    try {
      checkpoint = run.checkpoints().latest();
    } catch (ChoraleException e) {
      troubles.add(e.getMessage());
    }
    checkpoint.ifPresent(last -> rounds.putIfAbsent(last.round(), last.metrics()));
    List<JsonNode> inOrder = List.copyOf(rounds.values());
    return new RunHistory(
        run.path().getName(),
        run.path(),
        settings,
        inOrder,
        checkpoint,
        embeddings(run, settings, troubles),
        run.failure(),
        lastCommit(storage, run, inOrder),
        troubles);
  }

  private static Optional<FoundEmbeddings> embeddings(
      RunDirectory run, Settings settings, List<String> troubles) {
    if (!settings.embeddings().given()) {
      return Optional.empty();
    }
    try {
      return Optional.of(FoundEmbeddings.read(run));
    } catch (ChoraleException e) {
      troubles.add(e.getMessage());
      return Optional.empty();
    }
  }

  private static Map<Long, JsonNode> rounds(List<String> lines, List<String> troubles) {
    Map<Long, JsonNode> rounds = new TreeMap<>();
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line;
      try {
        line = JSON.readTree(lines.get(i));
      } catch (JsonProcessingException e) {
        line = JSON.createObjectNode();
      }
      long round = line.path("round").asLong();
      if (round > 0) {
        rounds.put(round, line);
      } else {
        troubles.add(
            "%s of metrics.jsonl is damaged and was left out."
                .formatted(i == lines.size() - 1 ? "The last line" : "Line " + (i + 1)));
      }
    }
    return rounds;
  }

  /** What the last round tells itself, else when the newest checkpoint's directory changed. */
  private static Optional<Instant> lastCommit(
      Storage storage, RunDirectory run, List<JsonNode> rounds) {
    if (rounds.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse(rounds.get(rounds.size() - 1).path("time").asText()));
    } catch (DateTimeParseException e) {
      Path metrics = new Path(run.path(), "metrics.jsonl");
      return storage.exists(metrics)
          ? Optional.of(Instant.ofEpochMilli(storage.status(metrics).getModificationTime()))
          : Optional.empty();
    }
  }

  /** A number of a round; not a number where its line has none. */
  static double number(JsonNode round, String field) {
    JsonNode value = round.path(field);
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /** Seconds that a round took, with its evaluation and its commit. */
  static double seconds(JsonNode round) {
    double sum = 0;
    for (String part : SecondsOfRound.FIELDS) {
      double seconds = number(round, part);
      sum += Double.isFinite(seconds) ? seconds : 0;
    }
    return sum;
  }

  /** Local steps of each worker so far. */
  long steps() {
    return rounds.isEmpty() ? 0 : rounds.get(rounds.size() - 1).path("local_steps").asLong();
  }

  long lastRound() {
    return rounds.isEmpty() ? 0 : rounds.get(rounds.size() - 1).path("round").asLong();
  }

  /** Whether the training has ended as it should. */
  boolean finished() {
    return failure.isEmpty() && (steps() >= settings.train().steps() || endedEarly());
  }

  /** Whether it ended because the model got no better. */
  boolean endedEarly() {
    long patience = settings.train().patience();
    return patience > 0
        && checkpoint
            .flatMap(BestRound::of)
            .filter(best -> best.evaluationsSince() >= patience)
            .isPresent();
  }

  /** Whether a training that went on from a checkpoint began with that round. */
  boolean restarted(int index) {
    return index > 0
        && number(rounds.get(index), "starts") > number(rounds.get(index - 1), "starts");
  }
}
