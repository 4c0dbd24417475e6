package io.chorale.jobs.evaluate;

import io.chorale.data.Part;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What the measures of a part of a split are made from.
 *
 * @param sums of its batches, one by one or added up
 */
public record PartSums(Part part, ArrayList<double[]> sums) implements Serializable {
  PartSums(Part part, List<double[]> sums) {
    this(part, new ArrayList<>(sums));
  }
}
