package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Chooses the document of each cluster that stays: the one of the least rank, of equal ranks the
 * one whose text has the least hash. So the choice depends on what the documents are, and not on
 * where in the corpus they stand.
 */
final class KeepJob {
  private KeepJob() {}

  /**
   * The documents that do not stay.
   *
   * @param components of {@link Edges#COLUMNS}, as {@link Components} finds them
   * @param documents of {@link Duplicates#DOCUMENTS}
   * @return a row for each: its id, and that of the one that stays
   */
  static Dataset<Row> of(Dataset<Row> components, Dataset<Row> documents) {
    Dataset<Row> members =
        components.union(
            components.select(col(Edges.LEAST).as(Edges.ID), col(Edges.LEAST)).distinct());
    Dataset<Row> best =
        members
            .join(
                documents.select(Duplicates.ID, Duplicates.RANK, Duplicates.HIGH, Duplicates.LOW),
                Duplicates.ID)
            .groupBy(Edges.LEAST)
            .agg(
                min(struct(
                        col(Duplicates.RANK),
                        col(Duplicates.HIGH),
                        col(Duplicates.LOW),
                        col(Duplicates.ID)))
                    .as("best"))
            .select(col(Edges.LEAST), col("best." + Duplicates.ID).as(Duplicates.KEPT));
    return members
        .join(best, Edges.LEAST)
        .filter(Duplicates.goes())
        .select(Duplicates.ID, Duplicates.KEPT);
  }
}
