package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.chorale.duplicate.Bands;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Finds the copies among documents, exact and near ones, and which document stays for each.
 *
 * <p>Near ones are found among those that are no exact copies: they meet in bands, are confirmed by
 * their whole signatures, and connected to clusters, of each of which one stays. What is found is
 * the same for any number of partitions and, of near ones, whatever ids the documents have.
 */
public final class Duplicates {
  /** The name of a document. */
  public static final String ID = "id";

  /** Where copies of it are looked for: among documents of the same number. */
  public static final String SCOPE = "scope";

  /** Of the documents of a cluster one of the least rank stays. */
  public static final String RANK = "rank";

  /** The first eight bytes of the hash of its text. */
  public static final String HIGH = "high";

  /** The next eight. */
  public static final String LOW = "low";

  /** The bytes of its {@link io.chorale.duplicate.Signature}; null where it has too few words. */
  public static final String SIGNATURE = "signature";

  /** The document that stays for it. */
  public static final String KEPT = "kept";

  /** Whether it is a near copy, and no exact one. */
  public static final String NEAR = "near";

  /** Columns of documents. */
  public static final StructType DOCUMENTS =
      new StructType()
          .add(ID, DataTypes.LongType, false)
          .add(SCOPE, DataTypes.LongType, false)
          .add(RANK, DataTypes.LongType, false)
          .add(HIGH, DataTypes.LongType, false)
          .add(LOW, DataTypes.LongType, false)
          .add(SIGNATURE, DataTypes.BinaryType, true);

  /** A bit of the ids of documents that always stay, and of no others. */
  public static final long STORED = 1L << 62;

  private Duplicates() {}

  /** Whether a document always stays, by its id. */
  public static boolean isStored(long id) {
    return (id & STORED) != 0;
  }

  /** Of documents that do not stay for others, those that may go. */
  static Column goes() {
    return col(ID).notEqual(col(KEPT)).and(col(ID).lt(lit(STORED)));
  }

  /**
   * Finds exact copies.
   *
   * @param documents of {@link #DOCUMENTS}; their signatures are not read
   * @return {@link #ID} and {@link #KEPT} of each document that does not stay
   */
  public static Dataset<Row> exact(Dataset<Row> documents) {
    return ExactCopies.of(documents);
  }

  /**
   * Finds exact and near copies, of documents that are looked at now and of stored ones.
   *
   * @param all documents that are looked at, of {@link #DOCUMENTS}
   * @param stored those that stay, by {@link #STORED}: read several times, and kept in no step
   * @param bands that their signatures are cut into
   * @param least the share of equal hashes that confirms two documents, from 0 to 1
   * @param steps where what is found on the way is kept
   * @return {@link #ID}, {@link #KEPT} and {@link #NEAR} of each document that does not stay; the
   *     one that is kept does
   */
  public static Dataset<Row> near(
      Dataset<Row> all, Dataset<Row> stored, Bands bands, double least, Steps steps) {
    // Several steps read them, each some of their columns.
    Dataset<Row> documents = steps.keep("documents", () -> all).union(stored);
    Dataset<Row> exact = steps.keep("exact", () -> exact(documents));
    Dataset<Row> single =
        documents.join(exact, documents.col(ID).equalTo(exact.col(ID)), "left_anti");
    Dataset<Row> edges =
        steps.keep(
            "edges", () -> ConfirmJob.confirmed(BandJob.candidates(single, bands), single, least));
    Dataset<Row> near = steps.keep("near", () -> KeepJob.of(Components.of(edges, steps), single));
    Dataset<Row> moved = near.select(col(ID).as(KEPT), col(KEPT).as("moved"));
    return exact
        .join(moved, new String[] {KEPT}, "left")
        .select(col(ID), coalesce(col("moved"), col(KEPT)).as(KEPT), lit(false).as(NEAR))
        .union(near.select(col(ID), col(KEPT), lit(true).as(NEAR)));
  }
}
