package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every token of these shards is a number of its own, so a batch tells where it was read. */
class LanguageBatchesTest {
  private static final int[] SIZES = {1000, 37, 512, 3, 1, 999, 700};
  private static final int[] OWNED = {0, 1, 3, 4, 5, 6};
  private static final long TOTAL = 1000 + 37 + 3 + 1 + 999 + 700;

  private final List<Integer> loads = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "8,4,1000000,false", "8,4,1000000,true",
    "8,4,200,false", "8,4,200,true",
    "8,4,1,false", "8,4,1,true",
    "1,1,1,false", "1,1,50,true",
    "5,7,300,false", "5,7,300,true",
    "913,1,2000,false", "913,1,2000,true",
    "2739,1,1,false", "1,2739,1,true",
  })
  void anEpochReadsOneStretchOfTheStreamOnce(int context, int batch, long window, boolean lanes) {
    LanguageBatches batches = batches(context, batch, window, 1, lanes);
    long perEpoch = batches.batchesPerEpoch();
    assertEquals((TOTAL - 1) / ((long) context * batch), perEpoch);
    for (long epoch = 0; epoch < 3; epoch++) {
      Set<Integer> inputs = new HashSet<>();
      // Within a block, and from block to block, a token is followed by one token only.
      int[] follower = new int[10_000];
      for (long i = 0; i < perEpoch; i++) {
        Batch read = batches.batch(epoch * perEpoch + i);
        assertEquals(batch, read.rows());
        assertEquals(context, read.length());
        for (int at = 0; at < read.inputs().length; at++) {
          assertTrue(inputs.add(read.inputs()[at]), "read twice");
          follower[read.inputs()[at]] = read.targets()[at];
          if (at % context > 0) {
            assertEquals(read.targets()[at - 1], read.inputs()[at]);
          }
        }
      }
      assertEquals(perEpoch * batch * context, inputs.size());
      int seams = 0;
      for (int token : inputs) {
        seams += follower[token] == token + 1 ? 0 : 1;
      }
      assertTrue(seams < OWNED.length, "only where one shard ends does another begin");
    }
  }

  @Test
  void onlyOwnedShardsAreRead() {
    LanguageBatches batches = batches(8, 4, 200, 1, false);
    for (long step = 0; step < 3 * batches.batchesPerEpoch(); step++) {
      for (int token : batches.batch(step).inputs()) {
        assertNotEquals(2, token / 1000);
      }
    }
    assertFalse(loads.contains(2));
  }

  @ParameterizedTest
  @CsvSource({"false,200", "true,200", "false,1000000", "true,1000000"})
  void aStepGivesTheSameBatchWhateverWasReadBefore(boolean lanes, long window) {
    LanguageBatches inOrder = batches(8, 4, window, 7, lanes);
    long steps = 3 * inOrder.batchesPerEpoch();
    List<Batch> expected = new ArrayList<>();
    for (long step = 0; step < steps; step++) {
      expected.add(inOrder.batch(step));
    }
    LanguageBatches random = batches(8, 4, window, 7, lanes);
    Random order = new Random(3);
    for (int i = 0; i < 500; i++) {
      int step = order.nextInt((int) steps);
      Batch found = random.batch(step);
      assertArrayEquals(expected.get(step).inputs(), found.inputs());
      assertArrayEquals(expected.get(step).targets(), found.targets());
      assertEquals(expected.get(step).continued(), found.continued());
      assertArrayEquals(
          expected.get(step).inputs(), batches(8, 4, window, 7, lanes).batch(step).inputs());
    }
  }

  @Test
  void epochsAndSeedsDiffer() {
    LanguageBatches one = batches(8, 4, 1_000_000, 1, false);
    LanguageBatches two = batches(8, 4, 1_000_000, 2, false);
    Set<Integer> cuts = new HashSet<>();
    for (long epoch = 0; epoch < 40; epoch++) {
      int[] first = one.batch(epoch * one.batchesPerEpoch()).inputs();
      assertFalse(Arrays.equals(first, two.batch(epoch * one.batchesPerEpoch()).inputs()));
      cuts.add(first[0] % 8);
    }
    assertTrue(cuts.size() > 4, "blocks are cut at other places: " + cuts);
    assertFalse(Arrays.equals(one.batch(0).inputs(), one.batch(one.batchesPerEpoch()).inputs()));
  }

  @Test
  void shuffledBlocksComeInNoOrder() {
    LanguageBatches batches = batches(8, 1, 1_000_000, 1, false);
    int successive = 0;
    int last = -1;
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      Batch read = batches.batch(step);
      assertFalse(read.continued());
      successive += read.inputs()[0] == last ? 1 : 0;
      last = read.targets()[7];
    }
    assertTrue(successive < 10, successive + " of " + batches.batchesPerEpoch());
  }

  @ParameterizedTest
  @CsvSource({"8,4,200", "8,4,1000000", "5,7,300", "8,4,1"})
  void lanesGoOnFromBatchToBatchWithinAWindow(int context, int batch, long window) {
    LanguageBatches batches = batches(context, batch, window, 1, true);
    long windowBatches = Math.max(1, window / ((long) context * batch));
    Batch before = null;
    for (long step = 0; step < 3 * batches.batchesPerEpoch(); step++) {
      Batch read = batches.batch(step);
      boolean begins = step % batches.batchesPerEpoch() % windowBatches == 0;
      assertEquals(!begins, read.continued());
      for (int row = 0; read.continued() && row < batch; row++) {
        assertEquals(before.targets()[(row + 1) * context - 1], read.inputs()[row * context]);
      }
      before = read;
    }
  }

  @Test
  void anEpochReadsAShardOnceAWindowNeedsIt() {
    LanguageBatches batches = batches(8, 4, 320, 1, false);
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      batches.batch(step);
    }
    assertEquals(new HashSet<>(loads).size(), loads.size());
    assertTrue(loads.size() > 3);
  }

  @Test
  void aShardThatCannotBeReadLeavesNothingBehind() {
    boolean[] fails = {false};
    LanguageBatches batches =
        new LanguageBatches(
            shard -> {
              if (fails[0]) {
                throw new IllegalStateException();
              }
              return shard(shard);
            },
            OWNED,
            tokens(),
            settings(8, 4, 320, 1),
            false);
    int[] first = batches.batch(0).inputs();
    fails[0] = true;
    assertThrows(
        IllegalStateException.class,
        () -> {
          for (long step = 0; step < batches.batchesPerEpoch(); step++) {
            batches.batch(step);
          }
        });
    fails[0] = false;
    assertArrayEquals(first, batches.batch(0).inputs());
  }

  @Test
  void dataThatFillNoBatchAreRefused() {
    assertEquals(1, LanguageBatches.batchesPerEpoch(33, settings(8, 4, 1, 1)));
    assertTrue(
        assertThrows(
                SettingsException.class,
                () -> LanguageBatches.batchesPerEpoch(32, settings(8, 4, 1, 1)))
            .getMessage()
            .startsWith(
                "Cannot train on 32 tokens a worker: a batch of 4 blocks of 8 tokens needs 33,"));
    assertThrows(SettingsException.class, () -> batches(2740, 1, 1, 1, false));
  }

  private LanguageBatches batches(int context, int batch, long window, long seed, boolean lanes) {
    return new LanguageBatches(
        shard -> {
          loads.add(shard);
          return shard(shard);
        },
        OWNED,
        tokens(),
        settings(context, batch, window, seed),
        lanes);
  }

  private static long[] tokens() {
    return Arrays.stream(SIZES).asLongStream().toArray();
  }

  /** Shard s holds s thousand, s thousand and one, and so on. */
  private static Tokens shard(int shard) {
    return Tokens.wide(IntStream.range(0, SIZES[shard]).map(i -> 1000 * shard + i).toArray());
  }

  private static TrainSettings settings(int context, int batch, long window, long seed) {
    return SettingsFile.read(
            "test",
            "",
            List.of(
                "train.context=" + context,
                "train.batch=" + batch,
                "train.shuffle-window=" + window,
                "train.seed=" + seed))
        .train();
  }
}
