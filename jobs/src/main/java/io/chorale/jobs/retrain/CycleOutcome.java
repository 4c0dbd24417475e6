package io.chorale.jobs.retrain;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * The outcome of a cycle, for whoever scheduled it.
 *
 * @param cycle its number; 0 where none was begun
 * @param version that it has made; 0 where none
 * @param production the version in use after it; 0 where none is, or the cycle failed
 * @param reason a sentence
 */
public record CycleOutcome(
    Kind kind, String model, long cycle, long version, long production, String reason) {
  /** The kinds of outcomes. */
  public enum Kind {
    /** The new model is in use. */
    PROMOTED,
    /** The new model is no better: the old one stays in use. */
    KEPT,
    /** The new model is better, and a person decides. */
    HELD,
    /** There was too little to learn from. */
    NOTHING_NEW,
    /** Something went wrong; the old model stays in use. */
    FAILED;

    /** As it is written in files. */
    public String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Of a cycle that went wrong. */
  public static CycleOutcome failed(String model, String reason) {
    return new CycleOutcome(Kind.FAILED, model, 0, 0, 0, reason);
  }

  /** For people: {@code promoted: version 3 of news, as on all held-out rows ...}. */
  @Override
  public String toString() {
    String made = version == 0 ? "" : ", version %d of cycle %d".formatted(version, cycle);
    if (kind == Kind.FAILED) {
      return "%s: %s".formatted(kind.key(), reason);
    }
    String use = production == 0 ? "no version" : "version " + production;
    return "%s%s: %s. In use: %s of %s".formatted(kind.key(), made, reason, use, model);
  }

  /** As one object. */
  public ObjectNode json() {
    ObjectNode json = JsonMapper.builder().build().createObjectNode();
    json.put("outcome", kind.key());
    json.put("model", model);
    json.put("cycle", cycle);
    json.put("version", version);
    json.put("production", production);
    json.put("reason", reason);
    return json;
  }
}
