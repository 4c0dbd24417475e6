package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Finds documents whose text another one of their scope has too; the one of the least rank stays,
 * of equal ranks the one of the least id, since nothing else tells them apart.
 *
 * <p>Copies are combined before they are shuffled, and a text that occurs once is dropped there:
 * what is joined is small, however often a text occurs.
 */
final class ExactCopies {
  private ExactCopies() {}

  /**
   * The copies.
   *
   * @param documents of {@link Duplicates#DOCUMENTS}
   * @return a row for each that does not stay: its id, and that of the one that does
   */
  static Dataset<Row> of(Dataset<Row> documents) {
    Column[] text = {col(Duplicates.SCOPE), col(Duplicates.HIGH), col(Duplicates.LOW)};
    Dataset<Row> repeated =
        documents
            .groupBy(text)
            .agg(
                min(struct(col(Duplicates.RANK), col(Duplicates.ID))).as("first"),
                count(lit(1)).as("copies"))
            .filter(col("copies").gt(1))
            .select(text[0], text[1], text[2], col("first." + Duplicates.ID).as(Duplicates.KEPT));
    return documents
        .join(repeated, new String[] {Duplicates.SCOPE, Duplicates.HIGH, Duplicates.LOW})
        .filter(Duplicates.goes())
        .select(Duplicates.ID, Duplicates.KEPT);
  }
}
