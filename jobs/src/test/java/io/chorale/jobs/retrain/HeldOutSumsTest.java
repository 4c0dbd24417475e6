package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.data.DocumentFacts;
import io.chorale.data.Part;
import io.chorale.data.ShardFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.PartSums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutSumsTest {
  private static final List<ShardFacts> SHARDS = List.of(shard("a", "1"), shard("b", "2"));

  @TempDir Path version;

  private final Storage storage = new Storage(new Configuration());

  @Test
  void whatIsKeptIsOfTheSamePartsOfTheSameShards() throws IOException {
    write(List.of(sums(0, 0, 8, 1.5, 2.25), sums(1, 0, 8, 0.1)));

    List<Part> parts = List.of(new Part(1, 0, 8), new Part(0, 0, 8), new Part(0, 8, 16));
    List<PartSums> found = read(4).of(SHARDS, parts);
    assertEquals(parts.subList(0, 2), found.stream().map(PartSums::part).toList());
    assertArrayEquals(new double[] {0.1, 1}, found.get(0).sums().get(0));
    assertArrayEquals(new double[] {2.25, 1}, found.get(1).sums().get(1));

    List<ShardFacts> moved = List.of(shard("new", "3"), shard("a", "1"), shard("b", "other"));
    assertEquals(
        List.of(new Part(1, 0, 8)),
        read(4).of(moved, List.of(new Part(0, 0, 8), new Part(1, 0, 8), new Part(2, 0, 8))).stream()
            .map(PartSums::part)
            .toList());
  }

  @Test
  void batchesOfAnotherSizeAreNotTheSame() throws IOException {
    write(List.of(sums(0, 0, 8, 1.5)));
    assertTrue(read(8).measured().isEmpty());
    Files.delete(version.resolve(HeldOutSums.FILE));
    assertTrue(read(4).measured().isEmpty());
  }

  @Test
  void aDamagedFileIsNoMeasure() throws IOException {
    write(List.of(sums(0, 0, 8, 1.5)));
    Path file = version.resolve(HeldOutSums.FILE);
    Files.writeString(file, Files.readString(file).replace("1.5", "0.5"));
    assertThrows(ChoraleException.class, () -> read(4));
  }

  @Test
  void whatIsNoNumberIsNotKept() {
    HeldOutSums sums = HeldOutSums.of(4, SHARDS, List.of(sums(0, 0, 8, Double.NaN)));
    assertTrue(sums.toBytes().isEmpty());
  }

  private void write(List<PartSums> parts) throws IOException {
    Files.write(
        version.resolve(HeldOutSums.FILE),
        HeldOutSums.of(4, SHARDS, parts).toBytes().orElseThrow());
  }

  private HeldOutSums read(int rows) {
    return HeldOutSums.read(storage, new org.apache.hadoop.fs.Path(version.toUri()), rows);
  }

  private static PartSums sums(int shard, int from, int to, double... losses) {
    ArrayList<double[]> batches = new ArrayList<>();
    for (double loss : losses) {
      batches.add(new double[] {loss, 1});
    }
    return new PartSums(new Part(shard, from, to), batches);
  }

  private static ShardFacts shard(String name, String crc32c) {
    return new ShardFacts(
        "validation/" + name, "s", 16, Map.of(), Map.of(), crc32c, DocumentFacts.NONE);
  }
}
