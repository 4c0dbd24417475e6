package io.chorale.jobs.round;

import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** The parts of a round's workers, each partition wanted where its worker's state waits. */
final class PlacedParts extends RDD<SlicePart> {
  private static final long serialVersionUID = 1L;
  private static final ClassTag<SlicePart> PART = ClassTag$.MODULE$.apply(SlicePart.class);

  private final String[] places;

  /**
   * @param places of the partitions, as Spark names executors: {@code executor_HOST_ID}
   */
  PlacedParts(RDD<SlicePart> parts, String[] places) {
    super(parts, PART);
    this.places = places;
  }

  @Override
  public Iterator<SlicePart> compute(Partition split, TaskContext context) {
    return parent().iterator(split, context);
  }

  @Override
  public Partition[] getPartitions() {
    return parent().partitions();
  }

  @Override
  public Seq<String> getPreferredLocations(Partition split) {
    return CollectionConverters.asScala(List.of(places[split.index()])).toSeq();
  }

  private RDD<SlicePart> parent() {
    return firstParent(PART);
  }
}
