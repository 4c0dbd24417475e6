package io.chorale.jobs.source;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The versions of a Delta table: numbers from 0 on. What they are of is known by the id of the
 * table, since another table in its place would count anew.
 *
 * @param table its id
 * @param size stored bytes of the newest version
 */
record DeltaLog(String table, long size, List<State> states) implements SnapshotLog {

  /**
   * Reads the log.
   *
   * @param name of the table in SQL
   */
  static DeltaLog of(SparkSession sql, String name) {
    Row detail = sql.sql("DESCRIBE DETAIL " + name).select("id", "sizeInBytes").first();
    List<State> states = new ArrayList<>();
    for (Row row :
        sql.sql("DESCRIBE HISTORY " + name)
            .selectExpr("CAST(version AS STRING)", "unix_micros(timestamp)")
            .collectAsList()) {
      states.add(new State(row.getString(0), micros(row.getLong(1))));
    }
    // It tells the newest one first.
    Collections.reverse(states);
    return new DeltaLog(detail.getString(0), detail.getLong(1), states);
  }

  static Instant micros(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  @Override
  public Map<String, String> names() {
    return Map.of();
  }

  @Override
  public boolean has(String id) {
    return states.stream().anyMatch(state -> state.id().equals(id));
  }

  @Override
  public Optional<String> newest() {
    return Optional.of(states.get(states.size() - 1).id());
  }

  /** Those of the newest one. */
  @Override
  public long bytes(String id) {
    return size;
  }

  @Override
  public String told(String id) {
    return "delta %s@%s".formatted(table, id);
  }
}
