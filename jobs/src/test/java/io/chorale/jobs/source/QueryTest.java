package io.chorale.jobs.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class QueryTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;

  private SparkSession table() {
    SparkSession sql = SPARK.session().sql();
    sql.sql("DROP TABLE IF EXISTS t");
    sql.sql(
        "CREATE TABLE t (text STRING) USING parquet LOCATION '%s'"
            .formatted(directory.resolve("t")));
    sql.sql("INSERT INTO t VALUES ('one'), ('two')");
    return sql;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.sorted().toList();
    }
  }

  @Test
  void whatWritesIsRefusedAndNothingIsWritten() throws IOException {
    SparkSession sql = table();
    String views = "SHOW VIEWS";
    List<Path> before = files();
    for (String query :
        List.of(
            "INSERT INTO t VALUES ('x')",
            "INSERT OVERWRITE t VALUES ('x')",
            "WITH a AS (SELECT 'x') INSERT INTO t SELECT * FROM a",
            "FROM t INSERT INTO t SELECT *",
            "INSERT OVERWRITE DIRECTORY '%s' USING parquet SELECT * FROM t"
                .formatted(directory.resolve("out")),
            "CREATE TABLE u USING parquet AS SELECT * FROM t",
            "CREATE TEMPORARY VIEW v AS SELECT * FROM t",
            "DROP TABLE t",
            "DELETE FROM t",
            "UPDATE t SET text = 'x'",
            "MERGE INTO t USING t AS s ON t.text = s.text WHEN MATCHED THEN DELETE",
            "TRUNCATE TABLE t",
            "ALTER TABLE t ADD COLUMN n INT",
            "SET spark.sql.files.ignoreCorruptFiles = true",
            "CALL system.run()",
            "CACHE TABLE t",
            "EXPLAIN SELECT * FROM t",
            "BEGIN INSERT INTO t VALUES ('x'); END",
            "SELECT * FROM t;",
            "SELECT 1; DROP TABLE t",
            "SELECT * FROM t /* open",
            "SELECT 1); DROP TABLE t; SELECT (1",
            "SELECT 1) AS a; INSERT INTO t VALUES ('x') --",
            "",
            "-- nothing")) {
      SettingsException refused =
          assertThrows(SettingsException.class, () -> Query.open(sql, query), query);
      assertTrue(
          refused.getMessage().startsWith("Cannot read corpus.query: ")
              && refused.getMessage().contains("expected one query (SELECT, WITH, VALUES)"),
          refused.getMessage());
    }
    assertEquals(before, files());
    assertEquals(2, sql.table("t").count());
    assertEquals(List.of("text"), List.of(sql.table("t").columns()));
    assertEquals(0, sql.sql(views).filter("viewName = 'v'").count());
    assertEquals("false", sql.conf().get("spark.sql.files.ignoreCorruptFiles"));
  }

  @Test
  void whatReadsIsTaken() {
    SparkSession sql = table();
    for (String query :
        List.of(
            "SELECT text FROM t",
            "WITH a AS (SELECT * FROM t) SELECT * FROM a",
            "VALUES ('one'), ('two')",
            "TABLE t",
            "FROM t SELECT text",
            "SELECT a.text FROM t a JOIN t b ON a.text = b.text ORDER BY 1 -- in no order")) {
      assertEquals(2, Query.open(sql, query).count(), query);
    }
  }

  @Test
  void anUnknownTableIsNamed() {
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> Query.open(table(), "SELECT text FROM nowhere.u"));
    assertTrue(refused.getMessage().contains("`nowhere`.`u`"), refused.getMessage());
  }
}
