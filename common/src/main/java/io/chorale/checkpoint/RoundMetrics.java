package io.chorale.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The line that a round leaves in {@code metrics.jsonl}.
 *
 * @param round rounds so far
 * @param workers K
 * @param localSteps local steps of each worker so far
 * @param tokens tokens trained on by all workers so far
 * @param trainLoss mean over the round's tokens, before each step, in nats
 * @param validationLoss of the averaged model, in nats a prediction; null where it was not
 *     evaluated
 * @param validation all measures of the averaged model, by name; empty where it was not evaluated
 * @param validationSplit what it was evaluated on; null where it was not
 * @param best the round with the best model so far; null where none was evaluated
 * @param learningRate of the round's last local step
 * @param tokensPerSecond the round's tokens by the time from its start to the end of its averaging
 * @param computeSeconds the slowest worker's local steps
 * @param averagingSeconds the rest of the round: starting tasks, exchanging, averaging, outer step
 * @param evaluationSeconds evaluating the averaged model
 * @param commitSeconds writing the shared parameters and the outer state
 * @param bytesUp slices sent by all workers, as encoded
 * @param bytesAveraged means sent to the driver
 * @param bytesDown the anchor as encoded, sent to all workers (at most: workers of one executor
 *     share it)
 * @param slowestWorker its number
 * @param fastestWorker its number
 * @param fastestSeconds its local steps
 * @param deltaNorm Euclidean norm of anchor minus mean
 * @param gradientNorm Euclidean norm of the gradient before it is clipped, the mean of all local
 *     steps; null where nothing is clipped, so that nobody asks for it
 * @param parameterNorm Euclidean norm of the averaged model
 * @param workerDistance root mean square distance of the workers' parameters from their mean,
 *     before averaging; null for one worker, and where they are not averaged to their mean
 * @param starts how many times the training was begun or gone on with, up to this round
 * @param time when the round had ended, in ISO 8601
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record RoundMetrics(
    long round,
    int workers,
    long localSteps,
    long tokens,
    double trainLoss,
    Double validationLoss,
    Map<String, Double> validation,
    String validationSplit,
    BestRound best,
    double learningRate,
    double tokensPerSecond,
    double computeSeconds,
    double averagingSeconds,
    double evaluationSeconds,
    double commitSeconds,
    long bytesUp,
    long bytesAveraged,
    long bytesDown,
    int slowestWorker,
    int fastestWorker,
    double fastestSeconds,
    double deltaNorm,
    Double gradientNorm,
    double parameterNorm,
    Double workerDistance,
    int starts,
    String time) {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  /** Those of the lines that tell of earlier rounds than the given one, each round once. */
  public static List<String> before(long round, List<String> lines) {
    Map<Long, String> earlier = new TreeMap<>();
    for (String line : lines) {
      try {
        long told = JSON.readTree(line).path("round").asLong();
        if (told > 0 && told < round) {
          earlier.put(told, line);
        }
      } catch (JsonProcessingException e) {
        // A line that is damaged tells nothing; the training does not depend on it.
      }
    }
    return List.copyOf(earlier.values());
  }

  /** A line that {@link #before} gave. */
  public static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a line of metrics must be JSON", e);
    }
  }

  /** The names of those fields of a line that hold numbers, in their order. */
  public static List<String> numbers() {
    PropertyNamingStrategies.NamingBase naming = new PropertyNamingStrategies.SnakeCaseStrategy();
    return Stream.of(RoundMetrics.class.getRecordComponents())
        .filter(
            component -> component.getType().isPrimitive() || component.getType() == Double.class)
        .map(component -> naming.translate(component.getName()))
        .toList();
  }

  public JsonNode toJson() {
    return JSON.valueToTree(this);
  }
}
