package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsFile;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Documents by hash, and tokens by their place, to splits and shards. */
class DealingTest {
  @Test
  void theHashIsTheTextsAlone() {
    // sha256("abc") begins with these bytes.
    assertEquals(
        new DocumentHash(0xba7816bf8f01cfeaL, 0x414140de5dae2223L), DocumentHash.of("abc"));
    assertEquals(0x4141, DocumentHash.of("abc").bucket());
  }

  @Test
  void splitsGetTheirSharesAndOneShareDoesNotMoveTheOther() {
    DataSettings settings = byHash(0.1, 0.05);
    DataSettings largerShares = byHash(0.2, 0.15);
    DataSettings moreValidates = byHash(0.3, 0.05);
    Map<DatasetSplit, Integer> counts = new TreeMap<>();
    for (int i = 0; i < 20_000; i++) {
      DocumentHash hash = DocumentHash.of("document " + i);
      DatasetSplit split = hash.split(settings);
      counts.merge(split, 1, Integer::sum);
      if (split != DatasetSplit.TRAIN) {
        assertEquals(split, hash.split(largerShares));
      }
      assertEquals(split == DatasetSplit.TEST, hash.split(moreValidates) == DatasetSplit.TEST);
    }
    assertEquals(17_000, counts.get(DatasetSplit.TRAIN), 300);
    assertEquals(2_000, counts.get(DatasetSplit.VALIDATION), 200);
    assertEquals(1_000, counts.get(DatasetSplit.TEST), 150);
  }

  @Test
  void hashShardsAreRangesOfAboutEqualLength() {
    long[] tokens = new long[DocumentHash.BUCKETS];
    long total = 0;
    for (int i = 0; i < 20_000; i++) {
      int length = 1 + i % 300;
      tokens[DocumentHash.of("document " + i).bucket()] += length;
      total += length;
    }
    HashShards shards = new HashShards(tokens, 16);
    assertEquals(16, shards.count());
    long[] held = new long[16];
    int last = 0;
    for (int bucket = 0; bucket < tokens.length; bucket++) {
      if (tokens[bucket] > 0) {
        int shard = shards.shard(new DocumentHash(0, (long) bucket << 48));
        assertTrue(shard == last || shard == last + 1);
        last = shard;
        held[shard] += tokens[bucket];
      }
    }
    for (long tokensOfShard : held) {
      assertEquals(total / 16.0, (double) tokensOfShard, 1200);
    }
  }

  @Test
  void orderIsThatOfTheRanges() {
    long[] lows = {0, 1L << 48, Long.MAX_VALUE, Long.MIN_VALUE, -1};
    for (int i = 1; i < lows.length; i++) {
      DocumentHash before = new DocumentHash(0, lows[i - 1]);
      DocumentHash after = new DocumentHash(0, lows[i]);
      assertTrue(before.order() < after.order());
      assertTrue(before.bucket() <= after.bucket());
    }
  }

  @Test
  void fewDocumentsMakeFewShardsAndNoEmptyOne() {
    long[] tokens = new long[DocumentHash.BUCKETS];
    assertEquals(0, new HashShards(tokens, 16).count());
    tokens[40_000] = 7;
    assertEquals(1, new HashShards(tokens, 16).count());
    assertEquals(0, new HashShards(tokens, 16).shard(new DocumentHash(0, 40_000L << 48)));
    tokens[65_535] = 1_000_000;
    tokens[0] = 3;
    HashShards shards = new HashShards(tokens, 16);
    boolean[] used = new boolean[shards.count()];
    for (int bucket : new int[] {0, 40_000, 65_535}) {
      used[shards.shard(new DocumentHash(0, (long) bucket << 48))] = true;
    }
    assertEquals(2, used.length);
    assertTrue(used[0] && used[1]);
  }

  @Test
  void theTailIsHeldOut() {
    // The counts that nanoGPT's script gives for tiny Shakespeare.
    TailLayout layout =
        TailLayout.of(byTail(0.1, 0, 0, 4096), new long[] {1_115_394, 0, 0}, 1_115_394);
    assertEquals(1_003_854, layout.tokens(DatasetSplit.TRAIN));
    assertEquals(111_540, layout.tokens(DatasetSplit.VALIDATION));
    assertEquals(0, layout.tokens(DatasetSplit.TEST));
    assertEquals(16, layout.shards(DatasetSplit.TRAIN));
    assertEquals(1, layout.shards(DatasetSplit.VALIDATION));
    assertEquals(0, layout.shards(DatasetSplit.TEST));
    TailLayout three = TailLayout.of(byTail(0.2, 0.1, 0, 4096), new long[] {1000, 0, 0}, 1000);
    assertEquals(700, three.tokens(DatasetSplit.TRAIN));
    assertEquals(200, three.tokens(DatasetSplit.VALIDATION));
    assertEquals(100, three.tokens(DatasetSplit.TEST));
    assertEquals(1, three.shards(DatasetSplit.TRAIN));
    assertThrows(
        ChoraleException.class,
        () -> TailLayout.of(byTail(0.5, 0, 0, 4096), new long[] {1, 0, 0}, 1));
  }

  @Test
  void aSplitWithFilesLeavesTheShareOfTheOther() {
    TailLayout tests = TailLayout.of(byTail(0.2, 0, 0, 4096), new long[] {1000, 0, 50}, 1000);
    assertEquals(800, tests.tokens(DatasetSplit.TRAIN));
    assertEquals(200, tests.tokens(DatasetSplit.VALIDATION));
    assertEquals(50, tests.tokens(DatasetSplit.TEST));
    assertEquals(
        List.of(DatasetSplit.TRAIN, DatasetSplit.VALIDATION, DatasetSplit.TEST),
        tests.deal(0, 1050).stream().map(TailLayout.Run::split).toList());

    // The share of the tests is cut off the training files, so it comes before the validation's.
    TailLayout validations = TailLayout.of(byTail(0, 0.1, 0, 4096), new long[] {1000, 50, 0}, 1000);
    assertEquals(900, validations.tokens(DatasetSplit.TRAIN));
    assertEquals(50, validations.tokens(DatasetSplit.VALIDATION));
    assertEquals(100, validations.tokens(DatasetSplit.TEST));
    List<TailLayout.Run> runs = validations.deal(0, 1050);
    assertEquals(
        List.of(DatasetSplit.TRAIN, DatasetSplit.TEST, DatasetSplit.VALIDATION),
        runs.stream().map(TailLayout.Run::split).toList());
    assertEquals(List.of(0L, 0L, 0L), runs.stream().map(TailLayout.Run::offset).toList());

    TailLayout both = TailLayout.of(byTail(0, 0, 0, 4096), new long[] {1000, 30, 20}, 1000);
    assertEquals(1000, both.tokens(DatasetSplit.TRAIN));
    assertEquals(30, both.tokens(DatasetSplit.VALIDATION));
    assertEquals(20, both.tokens(DatasetSplit.TEST));
  }

  @Test
  void everyTokenOfTheTailLayoutHasOnePlaceHoweverItIsDealt() {
    int total = 10_007;
    TailLayout layout = TailLayout.of(byTail(0.2, 0.1, 7, 16), new long[] {total, 0, 0}, total);
    List<TailLayout.Run> runs = layout.deal(0, total);
    long[] next = new long[3];
    long[] pieces = new long[7];
    int from = 0;
    for (TailLayout.Run run : runs) {
      assertEquals(from, run.from());
      assertEquals(next[run.split().ordinal()], run.offset());
      assertTrue(run.endsRow());
      from = run.to();
      next[run.split().ordinal()] += run.to() - run.from();
      if (run.split() == DatasetSplit.TRAIN) {
        pieces[run.shard()]++;
      } else {
        assertEquals(0, run.shard());
      }
    }
    assertEquals(total, from);
    assertTrue(
        Arrays.stream(pieces).max().getAsLong() - Arrays.stream(pieces).min().getAsLong() <= 1);
    // Dealt in documents of seven tokens, each token lands in the same place.
    for (int start = 0; start < total; start += 7) {
      int count = Math.min(7, total - start);
      int seen = 0;
      for (TailLayout.Run run : layout.deal(start, count)) {
        assertEquals(seen, run.from());
        int place = start + seen;
        TailLayout.Run whole =
            runs.stream().filter(r -> r.from() <= place && place < r.to()).findFirst().get();
        assertEquals(whole.shard(), run.shard());
        assertEquals(whole.split(), run.split());
        assertEquals(whole.offset() + place - whole.from(), run.offset());
        assertEquals(start + run.to() == whole.to(), run.endsRow());
        seen = run.to();
      }
      assertEquals(count, seen);
    }
  }

  @Test
  void shardsOfTheTailSampleTheWholeText() {
    TailLayout layout = TailLayout.of(byTail(0, 0, 8, 1), new long[] {8000, 0, 0}, 8000);
    int[] first = new int[8];
    for (TailLayout.Run run : layout.deal(0, 8000)) {
      if (run.offset() % 8 == 0) {
        first[run.shard()]++;
      }
    }
    for (int count : first) {
      assertEquals(125, count, 50);
    }
  }

  @Test
  void longHeldOutTailsAreCutInOrder() {
    long total = 10L << 20;
    TailLayout layout = TailLayout.of(byTail(0.5, 0, 0, 4096), new long[] {total, 0, 0}, total);
    assertEquals(5, layout.shards(DatasetSplit.VALIDATION));
    int last = 0;
    for (TailLayout.Run run : layout.deal(total / 2, (int) (total / 2))) {
      assertTrue(run.shard() == last || run.shard() == last + 1);
      last = run.shard();
    }
    assertEquals(4, last);
  }

  @Test
  void countsOfShardsFollowTheText() {
    assertEquals(16, ShardCounts.train(byHash(0, 0), 0));
    assertEquals(16, ShardCounts.train(byHash(0, 0), 128L << 20));
    assertEquals(17, ShardCounts.train(byHash(0, 0), (128L << 20) + 1));
    assertEquals(3, ShardCounts.train(byTail(0, 0, 3, 1), 1L << 40));
    assertEquals(1, ShardCounts.heldOut(0));
    assertEquals(2, ShardCounts.heldOut((1 << 20) + 1));
  }

  private static DataSettings byHash(double validation, double test) {
    return SettingsFile.read(
            "test", "", List.of("data.validation=" + validation, "data.test=" + test))
        .data();
  }

  private static DataSettings byTail(double validation, double test, int shards, int piece) {
    return SettingsFile.read(
            "test",
            "",
            List.of(
                "data.split=tail",
                "data.validation=" + validation,
                "data.test=" + test,
                "data.shards=" + shards,
                "data.piece=" + piece))
        .data();
  }
}
