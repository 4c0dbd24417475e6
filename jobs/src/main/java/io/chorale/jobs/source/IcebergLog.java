package io.chorale.jobs.source;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The snapshots of an Iceberg table: random numbers, some of them with names.
 *
 * @param sizes stored bytes of each, also of those on other branches
 */
record IcebergLog(List<State> states, Map<String, String> names, Map<String, Long> sizes)
    implements SnapshotLog {
  private static final String MAIN = "main";

  /**
   * Reads the log.
   *
   * @param metadata gives the metadata table of a name: {@code history}, {@code refs}
   */
  static IcebergLog of(Function<String, Dataset<Row>> metadata) {
    List<State> states = new ArrayList<>();
    for (Row row :
        metadata
            .apply("history")
            .filter("is_current_ancestor")
            .orderBy("made_current_at")
            .selectExpr("CAST(snapshot_id AS STRING)", "unix_micros(made_current_at)")
            .collectAsList()) {
      states.add(new State(row.getString(0), DeltaLog.micros(row.getLong(1))));
    }
    Map<String, String> names = new TreeMap<>();
    metadata
        .apply("refs")
        .selectExpr("name", "CAST(snapshot_id AS STRING)")
        .collectAsList()
        .forEach(row -> names.put(row.getString(0), row.getString(1)));
    Map<String, Long> sizes = new HashMap<>();
    for (Row row :
        metadata
            .apply("snapshots")
            .selectExpr(
                "CAST(snapshot_id AS STRING)",
                "coalesce(CAST(summary['total-files-size'] AS BIGINT), 0)")
            .collectAsList()) {
      sizes.put(row.getString(0), row.getLong(1));
    }
    return new IcebergLog(states, names, sizes);
  }

  @Override
  public boolean has(String id) {
    return sizes.containsKey(id);
  }

  @Override
  public Optional<String> newest() {
    return Optional.ofNullable(names.get(MAIN));
  }

  @Override
  public long bytes(String id) {
    return sizes.getOrDefault(id, 0L);
  }

  @Override
  public String told(String id) {
    return "iceberg " + id;
  }
}
