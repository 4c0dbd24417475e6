package io.chorale.jobs.retrain;

import io.chorale.data.Part;
import io.chorale.data.ShardFacts;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.PartSums;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * What the measures of a version on held-out rows are made from, kept beside it in the registry as
 * {@code sums.json}, so that a later cycle measures it on those rows alone that have come since.
 * Takes about 20 bytes a number, of which a batch has a few. Where a task is given other sums, this
 * is another version of the format.
 *
 * @param rows of a batch
 * @param measured the parts that were measured
 */
record HeldOutSums(int rows, List<Measured> measured) {
  static final String FILE = "sums.json";

  private static final SealedJson JSON =
      new SealedJson("chorale-held-out-sums", 1, "restore it from a copy of the registry");

  private static final int LIMIT = 1 << 30;

  HeldOutSums {
    measured = List.copyOf(measured);
  }

  /**
   * A part of a shard.
   *
   * @param shard its name
   * @param crc32c of the shard: another one of that name is not the same
   * @param from first unit, as {@link Part} has it
   * @param to the unit after the last
   * @param sums of its batches
   */
  record Measured(String shard, String crc32c, int from, int to, List<double[]> sums) {
    private static Measured of(ShardFacts shard, PartSums part) {
      return new Measured(
          shard.name(), shard.crc32c(), part.part().from(), part.part().to(), part.sums());
    }

    private List<Object> key() {
      return List.of(shard, crc32c, from, to);
    }
  }

  /**
   * The sums of some parts.
   *
   * @param shards of the split
   */
  static HeldOutSums of(int rows, List<ShardFacts> shards, List<PartSums> parts) {
    return new HeldOutSums(
        rows,
        parts.stream().map(part -> Measured.of(shards.get(part.part().shard()), part)).toList());
  }

  /**
   * Those of a version; nothing where it has none, or they were made of batches of another size.
   */
  static HeldOutSums read(Storage storage, Path version, int rows) {
    Path file = new Path(version, FILE);
    if (storage.exists(file)) {
      HeldOutSums kept =
          JSON.read(storage.readFully(file, LIMIT), file.toString(), HeldOutSums.class);
      if (kept.rows == rows) {
        return kept;
      }
    }
    return new HeldOutSums(rows, List.of());
  }

  /**
   * Those of the parts that are known.
   *
   * @param shards of the split
   */
  List<PartSums> of(List<ShardFacts> shards, List<Part> parts) {
    Map<List<Object>, List<double[]>> known = new HashMap<>();
    measured.forEach(each -> known.put(each.key(), each.sums()));
    List<PartSums> found = new ArrayList<>();
    for (Part part : parts) {
      ShardFacts shard = shards.get(part.shard());
      List<double[]> sums =
          known.get(List.of(shard.name(), shard.crc32c(), part.from(), part.to()));
      if (sums != null) {
        found.add(new PartSums(part, new ArrayList<>(sums)));
      }
    }
    return found;
  }

  /** The bytes of the file; none where a number is not finite, which JSON cannot hold. */
  Optional<byte[]> toBytes() {
    boolean finite =
        measured.stream()
            .flatMap(each -> each.sums().stream())
            .flatMapToDouble(Arrays::stream)
            .allMatch(Double::isFinite);
    return finite ? Optional.of(JSON.write(this)) : Optional.empty();
  }
}
