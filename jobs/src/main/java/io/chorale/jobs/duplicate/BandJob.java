package io.chorale.jobs.duplicate;

import static org.apache.spark.sql.functions.col;

import io.chorale.duplicate.Bands;
import io.chorale.duplicate.Signature;
import io.chorale.duplicate.Star;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Finds candidates for near-duplicates: documents whose signatures agree in a whole band lie in one
 * bucket, and each is joined to a leader of it, see {@link Star}.
 *
 * <p>A band of a document is 24 bytes in the shuffle. Members of a bucket are ordered by the hash
 * of their text, so that who leads does not depend on where in the corpus they stand; they are
 * streamed, so a bucket may be of any size.
 */
final class BandJob {
  private static final String KEY = "key";

  private static final StructType COLUMNS =
      new StructType()
          .add(KEY, DataTypes.LongType, false)
          .add(Duplicates.HIGH, DataTypes.LongType, false)
          .add(Duplicates.ID, DataTypes.LongType, false);

  private BandJob() {}

  /**
   * The candidates.
   *
   * @param documents of {@link Duplicates#DOCUMENTS}; those without a signature have none
   * @return edges of {@link Edges#COLUMNS}, each once
   */
  static Dataset<Row> candidates(Dataset<Row> documents, Bands bands) {
    FlatMapFunction<Row, Row> keys = document -> keys(document, bands);
    MapPartitionsFunction<Row, Row> connect = Connect::new;
    return documents
        .select(Duplicates.ID, Duplicates.SCOPE, Duplicates.HIGH, Duplicates.SIGNATURE)
        .filter(col(Duplicates.SIGNATURE).isNotNull())
        .flatMap(keys, Encoders.row(COLUMNS))
        .repartition(col(KEY))
        .sortWithinPartitions(KEY, Duplicates.HIGH, Duplicates.ID)
        .mapPartitions(connect, Encoders.row(Edges.COLUMNS))
        .distinct();
  }

  private static Iterator<Row> keys(Row document, Bands bands) {
    Signature signature = Signature.of(document.getAs(3));
    return IntStream.range(0, bands.bands())
        .mapToObj(
            band ->
                RowFactory.create(
                    bands.key(signature, band, document.getLong(1)),
                    document.getLong(2),
                    document.getLong(0)))
        .iterator();
  }

  /** Goes through the members of buckets. */
  private static final class Connect extends RowWalk {
    private final Star star = new Star();

    Connect(Iterator<Row> members) {
      super(members);
    }

    @Override
    Row take(Row member) {
      long id = member.getLong(2);
      boolean edge = star.add(member.getLong(0), id);
      // Of two that stay anyway nobody asks whether they are copies.
      return edge && !(Duplicates.isStored(id) && Duplicates.isStored(star.end()))
          ? Edges.row(id, star.end())
          : null;
    }
  }
}
