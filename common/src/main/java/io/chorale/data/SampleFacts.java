package io.chorale.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sample of a corpus tells of the whole.
 *
 * @param share that was asked for, above 0 and at most 1
 * @param sources by name, in the order of the settings
 * @param trained whether the tokenizer was trained on the sample
 * @param unit of what rows hold: tokens, or numbers where no column is text
 * @param notes whatever else is to be known about it, a sentence each
 * @param shardBytes of the dataset of the whole
 * @param coreSeconds of reading and encoding the whole, on one core
 * @param cores that the job had
 */
public record SampleFacts(
    double share,
    Map<String, OfSource> sources,
    boolean trained,
    String unit,
    List<String> notes,
    double shardBytes,
    double coreSeconds,
    int cores) {

  /** The unit of text. */
  public static final String TOKENS = "tokens";

  /** The unit of all else. */
  public static final String NUMBERS = "numbers";

  public SampleFacts {
    sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
    notes = List.copyOf(notes);
  }

  /**
   * A source.
   *
   * @param table whether Spark reads it, so that rows were chosen
   * @param files how many it has
   * @param begun how many of these were read at their begin alone
   * @param read stored bytes that were read
   * @param documents the records that the whole has, whatever becomes of them
   * @param rows of the dataset of the whole
   * @param bytes of their texts in UTF-8 and of their numbers
   * @param units tokens or numbers of these rows
   */
  public record OfSource(
      boolean table,
      long files,
      long begun,
      long read,
      Estimate documents,
      Estimate rows,
      Estimate bytes,
      Estimate units) {}

  /** Whether some column is text. */
  public boolean ofText() {
    return unit.equals(TOKENS);
  }

  /** All sources together. */
  public OfSource all() {
    return sources.values().stream()
        .reduce(
            new OfSource(
                false,
                0,
                0,
                0,
                Estimate.NOTHING,
                Estimate.NOTHING,
                Estimate.NOTHING,
                Estimate.NOTHING),
            (all, one) ->
                new OfSource(
                    all.table || one.table,
                    all.files + one.files,
                    all.begun + one.begun,
                    all.read + one.read,
                    all.documents.plus(one.documents),
                    all.rows.plus(one.rows),
                    all.bytes.plus(one.bytes),
                    all.units.plus(one.units)));
  }

  /** The time that the whole takes on as many cores, in seconds. */
  public double seconds() {
    return coreSeconds / cores;
  }
}
