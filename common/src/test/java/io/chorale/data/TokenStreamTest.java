package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.io.Checksums;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every token of these shards is a number of its own, so a batch tells where it was read. */
class TokenStreamTest {
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
    StreamSource batches = batches(context, batch, window, 1, lanes);
    long perEpoch = batches.batchesPerEpoch();
    assertEquals((TOTAL - 1) / ((long) context * batch), perEpoch);
    for (long epoch = 0; epoch < 3; epoch++) {
      Set<Integer> inputs = new HashSet<>();
      // Within a block, and from block to block, a token is followed by one token only.
      int[] follower = new int[10_000];
      for (long i = 0; i < perEpoch; i++) {
        Batch read = batches.batch(epoch * perEpoch + i);
        assertEquals(batch, read.rows());
        assertEquals(context, read.ids("text").length());
        assertEquals((long) batch * context, read.predictions());
        for (int at = 0; at < inputs(read).length; at++) {
          assertTrue(inputs.add(inputs(read)[at]), "read twice");
          follower[inputs(read)[at]] = targets(read)[at];
          if (at % context > 0) {
            assertEquals(targets(read)[at - 1], inputs(read)[at]);
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

  /** Runs that go on must see what they would have seen, whatever becomes of the code. */
  @ParameterizedTest
  @CsvSource({
    "8,4,1000000,1,false,518eb1614c51bda46035634f397aacd70a2ad9e172592a1060af6948cf5ff635",
    "8,4,1000000,1,true,77cef29c1878fd21dc179663c884d60593c798b5941bcf3d278daa1d263eab84",
    "8,4,200,7,false,0381bd5617d25df92f28b4e8f21acaecda250474994134637eb363d10a09b5e5",
    "5,7,300,7,true,2fba7c1226e8bc8172b37e538d45832e7ef706bf358a4430a1f6c38f9112bdc5",
    "913,1,2000,3,false,0cc0a06ddc29f91480d082c8327212da9878c7bb0c50f5eebfc790a1d5bc0441",
    "1,2739,1,3,true,371fb65db35590452587561669fc2ca2859b754acebe5d7c3ff48a7d5782e4e6",
  })
  void theBatchesOfThreeEpochsAreTheseBytes(
      int context, int batch, long window, long seed, boolean lanes, String sha256) {
    StreamSource batches = batches(context, batch, window, seed, lanes);
    MessageDigest digest = Checksums.sha256();
    for (long step = 0; step < 3 * batches.batchesPerEpoch(); step++) {
      Batch read = batches.batch(step);
      ByteBuffer bytes = ByteBuffer.allocate(2 * Integer.BYTES * batch * context + 1);
      Arrays.stream(inputs(read)).forEach(bytes::putInt);
      Arrays.stream(targets(read)).forEach(bytes::putInt);
      bytes.put((byte) (read.continued() ? 1 : 0));
      digest.update(bytes.array());
    }
    assertEquals(sha256, HexFormat.of().formatHex(digest.digest()));
  }

  @Test
  void onlyOwnedShardsAreRead() {
    StreamSource batches = batches(8, 4, 200, 1, false);
    for (long step = 0; step < 3 * batches.batchesPerEpoch(); step++) {
      for (int token : inputs(batches.batch(step))) {
        assertNotEquals(2, token / 1000);
      }
    }
    assertFalse(loads.contains(2));
  }

  @ParameterizedTest
  @CsvSource({"false,200", "true,200", "false,1000000", "true,1000000"})
  void aStepGivesTheSameBatchWhateverWasReadBefore(boolean lanes, long window) {
    StreamSource inOrder = batches(8, 4, window, 7, lanes);
    long steps = 3 * inOrder.batchesPerEpoch();
    List<Batch> expected = new ArrayList<>();
    for (long step = 0; step < steps; step++) {
      expected.add(inOrder.batch(step));
    }
    StreamSource random = batches(8, 4, window, 7, lanes);
    Random order = new Random(3);
    for (int i = 0; i < 500; i++) {
      int step = order.nextInt((int) steps);
      Batch found = random.batch(step);
      assertArrayEquals(inputs(expected.get(step)), inputs(found));
      assertArrayEquals(targets(expected.get(step)), targets(found));
      assertEquals(expected.get(step).continued(), found.continued());
      assertArrayEquals(
          inputs(expected.get(step)), inputs(batches(8, 4, window, 7, lanes).batch(step)));
    }
  }

  @Test
  void epochsAndSeedsDiffer() {
    StreamSource one = batches(8, 4, 1_000_000, 1, false);
    StreamSource two = batches(8, 4, 1_000_000, 2, false);
    Set<Integer> cuts = new HashSet<>();
    for (long epoch = 0; epoch < 40; epoch++) {
      int[] first = inputs(one.batch(epoch * one.batchesPerEpoch()));
      assertFalse(Arrays.equals(first, inputs(two.batch(epoch * one.batchesPerEpoch()))));
      cuts.add(first[0] % 8);
    }
    assertTrue(cuts.size() > 4, "blocks are cut at other places: " + cuts);
    assertFalse(Arrays.equals(inputs(one.batch(0)), inputs(one.batch(one.batchesPerEpoch()))));
  }

  @Test
  void shuffledBlocksComeInNoOrder() {
    StreamSource batches = batches(8, 1, 1_000_000, 1, false);
    int successive = 0;
    int last = -1;
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      Batch read = batches.batch(step);
      assertFalse(read.continued());
      successive += inputs(read)[0] == last ? 1 : 0;
      last = targets(read)[7];
    }
    assertTrue(successive < 10, successive + " of " + batches.batchesPerEpoch());
  }

  @ParameterizedTest
  @CsvSource({"8,4,200", "8,4,1000000", "5,7,300", "8,4,1"})
  void lanesGoOnFromBatchToBatchWithinAWindow(int context, int batch, long window) {
    StreamSource batches = batches(context, batch, window, 1, true);
    long windowBatches = Math.max(1, window / ((long) context * batch));
    Batch before = null;
    for (long step = 0; step < 3 * batches.batchesPerEpoch(); step++) {
      Batch read = batches.batch(step);
      boolean begins = step % batches.batchesPerEpoch() % windowBatches == 0;
      assertEquals(!begins, read.continued());
      for (int row = 0; read.continued() && row < batch; row++) {
        assertEquals(targets(before)[(row + 1) * context - 1], inputs(read)[row * context]);
      }
      before = read;
    }
  }

  @Test
  void anEpochReadsAShardOnceAWindowNeedsIt() {
    StreamSource batches = batches(8, 4, 320, 1, false);
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      batches.batch(step);
    }
    assertEquals(new HashSet<>(loads).size(), loads.size());
    assertTrue(loads.size() > 3);
  }

  @Test
  void aShardThatCannotBeReadLeavesNothingBehind() {
    boolean[] fails = {false};
    StreamSource batches =
        new StreamSource(
            stream(8, 4, 320, 1, false),
            shard -> {
              if (fails[0]) {
                throw new IllegalStateException();
              }
              return new Targets(shard(shard), Optional.empty());
            },
            OWNED,
            tokens());
    int[] first = inputs(batches.batch(0));
    fails[0] = true;
    assertThrows(
        IllegalStateException.class,
        () -> {
          for (long step = 0; step < batches.batchesPerEpoch(); step++) {
            batches.batch(step);
          }
        });
    fails[0] = false;
    assertArrayEquals(first, inputs(batches.batch(0)));
  }

  @Test
  void dataThatFillNoBatchAreRefused() {
    assertEquals(1, stream(8, 4, 1, 1, false).batchesPerEpoch(33));
    assertTrue(
        assertThrows(SettingsException.class, () -> stream(8, 4, 1, 1, false).batchesPerEpoch(32))
            .getMessage()
            .startsWith(
                "Cannot train on 32 tokens a worker: a batch of 4 blocks of 8 tokens needs 33,"));
    assertThrows(SettingsException.class, () -> batches(2740, 1, 1, 1, false));
  }

  private StreamSource batches(int context, int batch, long window, long seed, boolean lanes) {
    return new StreamSource(
        stream(context, batch, window, seed, lanes),
        shard -> {
          loads.add(shard);
          return new Targets(shard(shard), Optional.empty());
        },
        OWNED,
        tokens());
  }

  private static TokenStream stream(int context, int batch, long window, long seed, boolean lanes) {
    return new TokenStream("text", context, batch, seed, window, lanes);
  }

  private static int[] inputs(Batch batch) {
    return batch.ids("text").values();
  }

  private static int[] targets(Batch batch) {
    return batch.ids(TokenStream.NEXT).values();
  }

  private static long[] tokens() {
    return Arrays.stream(SIZES).asLongStream().toArray();
  }

  /** Shard s holds s thousand, s thousand and one, and so on. */
  private static Tokens shard(int shard) {
    return Tokens.wide(IntStream.range(0, SIZES[shard]).map(i -> 1000 * shard + i).toArray());
  }
}
