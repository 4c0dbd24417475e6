package io.chorale.jobs.retrain;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Finds models that answer without sense, whatever their loss: what is no number, the same answer
 * whatever is read, texts that are one piece over and over.
 *
 * @param probe what was asked
 * @param writes whether the answers are texts
 * @param used the answers of the model in use, which a candidate may be as dull as; empty for none
 */
record ProbeJudge(Probe probe, boolean writes, List<String> used) {
  /**
   * Texts that deflate to a smaller share than so much of what held-out texts do are repetition.
   * Held-out text is the yardstick, since tunes and source code repeat themselves more than prose.
   */
  private static final double LEAST_DEFLATED = 0.25;

  private static final int SHOWN = 80;

  /**
   * What is wrong with a model.
   *
   * @param answers as {@link Probe#answers} gives them
   * @return a sentence for each fault
   */
  List<String> faults(List<String> answers) {
    List<JsonNode> found = answers.stream().map(ProbeJudge::parse).toList();
    List<String> faults = new ArrayList<>();
    if (found.stream().anyMatch(answer -> !finite(answer))) {
      faults.add("one of its answers to held-out rows is no number");
    } else if (writes && repeats(found)) {
      faults.add(
          "what it writes for %d held-out rows is empty, or one piece over and over: %s"
              .formatted(answers.size(), shown(answers.get(0))));
    } else if (!writes && same(found) && !usedIsSame() && differ()) {
      faults.add(
          "its answers to %d held-out rows that differ are all the same: %s"
              .formatted(answers.size(), shown(answers.get(0))));
    }
    return faults;
  }

  private static JsonNode parse(String answer) {
    try {
      return Probe.JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("an answer must be JSON (got: %s)".formatted(answer), e);
    }
  }

  private static boolean finite(JsonNode answer) {
    if (answer.isNumber()) {
      return Double.isFinite(answer.asDouble());
    }
    for (JsonNode part : answer) {
      if (!finite(part)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the answers should not all be the same one. */
  private boolean differ() {
    return probe.expected().stream().distinct().count() > 1 || probe.expected().contains("");
  }

  private boolean usedIsSame() {
    return same(used.stream().map(ProbeJudge::parse).toList());
  }

  /** Whether a model does not look at what it reads. */
  private static boolean same(List<JsonNode> answers) {
    return answers.size() > 1 && answers.stream().map(ProbeJudge::flat).distinct().count() == 1;
  }

  /** An answer; of a list of one value over and over, that value. */
  private static String flat(JsonNode answer) {
    if (answer.isValueNode()) {
      return answer.asText();
    }
    List<String> parts = new ArrayList<>();
    answer.forEach(part -> parts.add(flat(part)));
    boolean one = answer.isArray() && parts.stream().distinct().count() == 1;
    return one ? parts.get(0) : parts.toString();
  }

  private boolean repeats(List<JsonNode> answers) {
    String written = String.join(" ", answers.stream().map(each -> each.path(0).asText()).toList());
    String held = String.join(" ", probe.expected());
    if (answers.isEmpty() || held.isBlank()) {
      return false;
    }
    // As much of the one as of the other: longer texts deflate better.
    String asLong = held.substring(0, Math.min(held.length(), written.length()));
    return written.isBlank() || deflated(written) < LEAST_DEFLATED * deflated(asLong);
  }

  /** What a text shrinks to, as a share of its bytes. */
  private static double deflated(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] chunk = new byte[1 << 12];
      long length = 0;
      while (!deflater.finished()) {
        length += deflater.deflate(chunk);
      }
      return (double) length / bytes.length;
    } finally {
      deflater.end();
    }
  }

  /** The beginning of an answer, for messages. */
  static String shown(String answer) {
    return answer.length() <= SHOWN ? answer : answer.substring(0, SHOWN) + "...";
  }
}
