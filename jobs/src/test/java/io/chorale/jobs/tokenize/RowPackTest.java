package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.data.Column;
import io.chorale.data.DocumentHash;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

class RowPackTest {
  private static final List<Column> COLUMNS =
      List.of(Column.ids("narrow", 1 << 16), Column.ids("wide", 1 << 20), Column.series("s", 2));

  private static Tuple2<RowKey, RowPart> row(int i) {
    int[] ids = new int[i % 7 + 1];
    ids[0] = 65535 - i;
    Row row =
        new Row(
            Map.of(
                "narrow", Ids.of(ids),
                "wide", Ids.of(1_000_000 + i),
                "s", Numbers.of(2, i, -0.5f)));
    KeptDocument document =
        switch (i % 3) {
          case 0 -> null;
          case 1 -> new KeptDocument(new DocumentHash(-i, i), null);
          default -> new KeptDocument(new DocumentHash(i, -i), new byte[] {1, 2, (byte) i, 0});
        };
    return new Tuple2<>(
        new RowKey(i % 5, Long.MIN_VALUE + i, i, 1L << 40),
        new RowPart(row, i, 3, i % 2 == 0, document));
  }

  private static void check(KeptDocument expected, KeptDocument found) {
    assertEquals(expected == null, found == null);
    if (expected != null) {
      assertEquals(expected.hash(), found.hash());
      assertArrayEquals(expected.signature(), found.signature());
    }
  }

  @Test
  void allRowsComeBackShardByShardInTheirOrder() {
    List<Tuple2<RowKey, RowPart>> rows = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      rows.add(row(i));
    }
    BitSet left = new BitSet();
    left.set(3);
    RowPacks packs = new RowPacks(rows.iterator(), COLUMNS, left, 2000);
    TreeMap<Integer, List<Integer>> found = new TreeMap<>();
    int count = 0;
    while (packs.hasNext()) {
      Tuple2<Integer, byte[]> pack = packs.next();
      assertTrue(pack._2().length < 2000, pack._2().length + " bytes");
      count++;
      RowPack.read(
          pack._2(),
          pack._1(),
          COLUMNS,
          (key, part) -> {
            Tuple2<RowKey, RowPart> expected = row(key.file());
            assertEquals(expected._1(), key);
            assertEquals(expected._2().size(), part.size());
            assertEquals(expected._2().bytes(), part.bytes());
            assertEquals(expected._2().endsRow(), part.endsRow());
            check(expected._2().document(), part.document());
            for (String ids : List.of("narrow", "wide")) {
              assertArrayEquals(
                  ((Ids) expected._2().cells().cell(ids)).values(),
                  ((Ids) part.cells().cell(ids)).values());
            }
            assertArrayEquals(
                new float[] {key.file(), -0.5f}, ((Numbers) part.cells().cell("s")).values());
            found.computeIfAbsent(key.shard(), shard -> new ArrayList<>()).add(key.file());
          });
    }
    assertTrue(count > 40, count + " packs");
    for (int shard = 0; shard < 5; shard++) {
      List<Integer> expected = new ArrayList<>();
      for (int i = shard; i < 1000 && shard != 3; i += 5) {
        expected.add(i);
      }
      assertEquals(expected, found.getOrDefault(shard, List.of()));
    }
  }
}
