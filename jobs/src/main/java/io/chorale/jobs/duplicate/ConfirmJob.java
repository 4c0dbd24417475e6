package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import io.chorale.duplicate.Signature;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;

/**
 * Keeps of the candidates those whose whole signatures agree in enough hashes, beyond the band in
 * which they met.
 */
final class ConfirmJob {
  private ConfirmJob() {}

  /**
   * The candidates that are near-duplicates.
   *
   * @param candidates of {@link Edges#COLUMNS}
   * @param documents of {@link Duplicates#DOCUMENTS}
   * @param least the share of equal hashes, from 0 to 1
   * @return edges of {@link Edges#COLUMNS}
   */
  static Dataset<Row> confirmed(Dataset<Row> candidates, Dataset<Row> documents, double least) {
    UDF2<byte[], byte[], Boolean> agree =
        (one, other) -> Signature.of(one).similarity(Signature.of(other)) >= least;
    UserDefinedFunction similar = udf(agree, DataTypes.BooleanType);
    return candidates
        .join(signatures(documents, Edges.ID, "one"), Edges.ID)
        .join(signatures(documents, Edges.LEAST, "other"), Edges.LEAST)
        .filter(similar.apply(col("one"), col("other")))
        .select(Edges.ID, Edges.LEAST);
  }

  private static Dataset<Row> signatures(Dataset<Row> documents, String id, String signature) {
    return documents.select(col(Duplicates.ID).as(id), col(Duplicates.SIGNATURE).as(signature));
  }
}
