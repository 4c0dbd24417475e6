package io.chorale.jobs.source;

import io.chorale.config.SettingsException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Opens the result of a query. It is put in the place of a table within another one, where Spark's
 * parser takes nothing that writes.
 */
final class Query {
  private Query() {}

  /**
   * The result; nothing is read yet.
   *
   * @throws SettingsException where it is no query, or Spark cannot make sense of it
   */
  static Dataset<Row> open(SparkSession sql, String query) {
    try {
      // The line end closes a comment at the end of the query.
      return sql.sql("SELECT * FROM (\n" + query + "\n) AS corpus");
    } catch (Exception e) {
      throw SparkFailure.refused(
          "corpus.query", "one query (SELECT, WITH, VALUES), which writes nothing. Correct it.", e);
    }
  }
}
