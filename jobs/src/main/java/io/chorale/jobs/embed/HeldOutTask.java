package io.chorale.jobs.embed;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Dataset;
import io.chorale.data.Part;
import io.chorale.embed.SkipGram;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedVector;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;

/** Measures the loss of parts of a split, one after the other: the sums of each. */
final class HeldOutTask implements FlatMapFunction<Iterator<Part>, double[]> {
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final SkipGramSource source;
  private final DatasetSplit split;
  private final SharedVector rows;

  HeldOutTask(Storage storage, SkipGramSource source, DatasetSplit split, SharedVector rows) {
    this.storage = storage;
    this.source = source;
    this.split = split;
    this.rows = rows;
  }

  @Override
  public Iterator<double[]> call(Iterator<Part> parts) {
    Dataset dataset = source.dataset(storage);
    SkipGram.HeldOut heldOut = source.skipGram().heldOut(rows);
    List<double[]> sums = new ArrayList<>();
    parts.forEachRemaining(
        part ->
            sums.add(
                heldOut.sums(
                    part.shard(),
                    part.from(),
                    source.feed().read(dataset, split, part, source.rows()))));
    return sums.iterator();
  }
}
