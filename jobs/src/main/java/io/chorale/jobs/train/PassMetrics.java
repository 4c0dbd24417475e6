package io.chorale.jobs.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * The line that a pass of MLlib through the text leaves in {@code metrics.jsonl}: those facts of
 * {@link io.chorale.checkpoint.RoundMetrics} that MLlib lets be known, by the same names.
 *
 * @param round passes so far
 * @param workers K
 * @param localSteps passes so far
 * @param tokens tokens trained on so far
 * @param learningRate at the end of the pass
 * @param tokensPerSecond of the pass
 * @param computeSeconds of the pass
 * @param starts how many times the training was begun
 * @param time when the training had ended, in ISO 8601
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record PassMetrics(
    long round,
    int workers,
    long localSteps,
    long tokens,
    double learningRate,
    double tokensPerSecond,
    double computeSeconds,
    int starts,
    String time) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  JsonNode toJson() {
    return JSON.valueToTree(this);
  }
}
