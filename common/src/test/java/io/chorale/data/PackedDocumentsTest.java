package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every token of these shards is a number of its own, so a batch tells where it was read. */
class PackedDocumentsTest {
  private static final int SHARD = 10_000; // tokens of shard s are s of these and more
  private static final int[][] DOCUMENTS = {
    {3, 40, 8, 1, 100, 7, 7, 2, 90, 1, 1, 33},
    {5},
    {16, 16, 16},
    {1},
    {200, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17},
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 250},
  };
  private static final int[] OWNED = {0, 1, 3, 4, 5};
  private static final int TOTAL = 293 + 5 + 1 + 350 + 262;

  private final List<Integer> loads = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "16,4,1000000",
    "16,4,128",
    "16,4,1",
    "1,1,1",
    "1,7,100",
    "5,3,60",
    "911,1,1",
    "300,3,1000"
  })
  void anEpochShowsWholeDocumentsOnce(int context, int batch, long window) {
    PackedSource batches = batches(context, batch, window, 1);
    long perEpoch = batches.batchesPerEpoch();
    assertEquals(TOTAL / ((long) context * batch), perEpoch);
    BitSet begins = new BitSet();
    BitSet ends = new BitSet();
    for (int shard : OWNED) {
      Pieces pieces = pieces(shard, context);
      for (int i = 0; i < pieces.size(); i++) {
        begins.set(SHARD * shard + pieces.begins()[i]);
        ends.set(SHARD * shard + pieces.begins()[i + 1] - 1);
      }
    }
    for (long epoch = 0; epoch < 3; epoch++) {
      BitSet shown = new BitSet();
      for (long i = 0; i < perEpoch; i++) {
        Batch read = batches.batch(epoch * perEpoch + i);
        assertEquals(batch, read.rows());
        assertFalse(read.continued());
        assertFits(read, context);
        for (List<int[]> row : documents(read)) {
          for (int[] document : row) {
            assertTrue(begins.get(document[0]) && ends.get(document[document.length - 1]));
            assertEquals(ends.nextSetBit(document[0]), document[document.length - 1]);
            for (int token : document) {
              assertFalse(shown.get(token), "shown twice");
              shown.set(token);
            }
          }
        }
      }
      assertTrue(shown.cardinality() > TOTAL / 3, "only " + shown.cardinality());
    }
  }

  private static void assertFits(Batch batch, int context) {
    int[] lengths = batch.ids("text").lengths();
    int longest = Arrays.stream(lengths).max().orElseThrow();
    assertTrue(longest <= context);
    assertEquals(longest, batch.ids("text").length());
    assertEquals(Arrays.stream(lengths).sum(), batch.predictions());
    long predicted =
        Arrays.stream(batch.ids(TokenStream.NEXT).values())
            .filter(id -> id != Batch.IGNORED)
            .count();
    assertEquals(batch.predictions(), predicted);
  }

  /**
   * The targets of each row's documents. Fails where one is not predicted from the token before it,
   * or its place is wrong.
   */
  private static List<List<int[]>> documents(Batch batch) {
    Ids inputs = batch.ids("text");
    int[] targets = batch.ids(TokenStream.NEXT).values();
    int[] places = batch.ids(PackedDocuments.PLACE).values();
    List<List<int[]>> rows = new ArrayList<>();
    for (int row = 0; row < batch.rows(); row++) {
      int from = row * inputs.length();
      int end = from + inputs.lengths()[row];
      List<int[]> documents = new ArrayList<>();
      while (from < end) {
        int to = from + 1;
        while (to < end && places[to] > 0) {
          assertEquals(to - from, places[to]);
          assertEquals(targets[to - 1], inputs.values()[to]);
          to++;
        }
        assertEquals(0, places[from]);
        int shard = targets[from] / SHARD;
        int last = SHARD * shard + Arrays.stream(DOCUMENTS[shard]).sum() - 1;
        int before = targets[from] % SHARD == 0 ? last : targets[from] - 1;
        assertEquals(before, inputs.values()[from]);
        documents.add(Arrays.copyOfRange(targets, from, to));
        from = to;
      }
      rows.add(documents);
    }
    return rows;
  }

  /** Runs that go on must see what they would have seen, whatever becomes of the code. */
  @ParameterizedTest
  @CsvSource({
    "16,4,1000000,1,644457564dff2efef2eb13fb1624de0777c0040871eed7d356673a3dff762caf",
    "16,4,128,7,e34478c880335f61c34b09a5d48db17decd3e5cfba3890f0c5b76efbaf9ec0c8",
    "5,3,60,3,01095193b1954723c3e344a5eeecb7ef7132c3e360247d78e14899fa0ae9841a",
  })
  void theBatchesOfThreeEpochsAreTheseBytes(
      int context, int batch, long window, long seed, String sha256) {
    PackedSource batches = batches(context, batch, window, seed);
    MessageDigest digest = Checksums.sha256();
    for (long step = 0; step < 3 * batches.batchesPerEpoch(); step++) {
      for (int[] values : values(batches.batch(step))) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * values.length);
        Arrays.stream(values).forEach(bytes::putInt);
        digest.update(bytes.array());
      }
    }
    assertEquals(sha256, HexFormat.of().formatHex(digest.digest()));
  }

  private static int[][] values(Batch batch) {
    return batch.columns().values().stream()
        .map(column -> ((Ids) column).values())
        .toArray(int[][]::new);
  }

  @ParameterizedTest
  @ValueSource(longs = {128, 1_000_000})
  void aStepGivesTheSameBatchWhateverWasReadBefore(long window) {
    PackedSource inOrder = batches(16, 4, window, 7);
    List<int[][]> expected = new ArrayList<>();
    for (long step = 0; step < 3 * inOrder.batchesPerEpoch(); step++) {
      expected.add(values(inOrder.batch(step)));
    }
    PackedSource random = batches(16, 4, window, 7);
    Random order = new Random(3);
    for (int i = 0; i < 100; i++) {
      int step = order.nextInt(expected.size());
      assertArrayEquals(expected.get(step), values(random.batch(step)));
      assertArrayEquals(expected.get(step), values(batches(16, 4, window, 7).batch(step)));
    }
  }

  @Test
  void epochsAndSeedsDiffer() {
    PackedSource one = batches(16, 4, 1_000_000, 1);
    assertFalse(
        Arrays.deepEquals(values(one.batch(0)), values(batches(16, 4, 1_000_000, 2).batch(0))));
    assertFalse(Arrays.deepEquals(values(one.batch(0)), values(one.batch(one.batchesPerEpoch()))));
  }

  /** Documents of 9 fill no row of 16 with others of 9, so that rows are too many for an epoch. */
  @Test
  void noDocumentStaysOutByItsLength() {
    int[] lengths = IntStream.range(0, 200).map(i -> i % 2 == 0 ? 9 : 16).toArray();
    PackedDocuments feed = new PackedDocuments("text", 16, 5, 1, 1_000_000);
    Shard shard = shard(0, lengths);
    PackedSource batches =
        new PackedSource(
            feed,
            i -> Pieces.of(shard, "text", "", 0, shard.rows(), 16),
            new int[] {0},
            new long[] {2500});
    Map<Integer, Integer> shown = new HashMap<>();
    int epochs = 40;
    for (long step = 0; step < epochs * batches.batchesPerEpoch(); step++) {
      Ids text = batches.batch(step).ids("text");
      Arrays.stream(text.lengths()).forEach(length -> shown.merge(length, 1, Integer::sum));
    }
    // 155 of the 200 rows in each epoch.
    assertEquals(epochs * 155, shown.get(9) + shown.get(16));
    assertEquals(0.5, shown.get(9) / (155.0 * epochs), 0.02);
  }

  @Test
  void aShardIsReadOnceAnEpochAndOnlyAnOwnedOne() {
    PackedSource batches = batches(16, 2, 64, 1);
    for (long step = 0; step < batches.batchesPerEpoch(); step++) {
      batches.batch(step);
    }
    assertEquals(new HashSet<>(loads).size(), loads.size());
    assertTrue(loads.size() > 2);
    assertFalse(loads.contains(2));
  }

  @Test
  void aShardThatCannotBeReadLeavesNothingBehind() {
    boolean[] fails = {false};
    PackedSource batches =
        new PackedSource(
            feed(16, 2, 64, 1),
            shard -> {
              if (fails[0]) {
                throw new IllegalStateException();
              }
              return pieces(shard, 16);
            },
            OWNED,
            tokens());
    int[][] first = values(batches.batch(0));
    fails[0] = true;
    assertThrows(
        IllegalStateException.class,
        () -> {
          for (long step = 0; step < batches.batchesPerEpoch(); step++) {
            batches.batch(step);
          }
        });
    fails[0] = false;
    assertArrayEquals(first, values(batches.batch(0)));
  }

  @Test
  void dataThatFillNoBatchAreRefused() {
    assertEquals(1, feed(8, 4, 1, 1).batchesPerEpoch(32));
    assertTrue(
        assertThrows(SettingsException.class, () -> feed(8, 4, 1, 1).batchesPerEpoch(31))
            .getMessage()
            .startsWith(
                "Cannot train on 31 tokens a worker: a batch of 4 rows of 8 tokens needs 32,"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void evaluationPredictsEveryTokenOnceWithEachPieceInARowOfItsOwn(
      int rows, @TempDir Path directory) {
    Dataset dataset = dataset(directory);
    PackedDocuments feed = feed(16, 4, 1, 1);
    BitSet predicted = new BitSet();
    for (Part part : feed.parts(dataset, DatasetSplit.VALIDATION)) {
      Iterator<Batch> batches = feed.read(dataset, DatasetSplit.VALIDATION, part, rows);
      while (batches.hasNext()) {
        Batch batch = batches.next();
        assertTrue(batch.rows() <= rows);
        assertFits(batch, 16);
        for (List<int[]> documents : documents(batch)) {
          assertEquals(1, documents.size());
          for (int token : documents.get(0)) {
            assertFalse(predicted.get(token), "predicted twice");
            predicted.set(token);
          }
        }
      }
    }
    assertEquals(TOTAL + 48, predicted.cardinality());
    assertEquals(
        TOTAL + 48, feed.predictions(dataset.manifest().split(DatasetSplit.VALIDATION).shards()));
  }

  private static Dataset dataset(Path directory) {
    Storage storage = new Storage(new Configuration());
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(directory.toUri());
    Schema schema = new Schema(List.of(Column.ids("text", DOCUMENTS.length * SHARD)), Map.of());
    List<ShardFacts> shards = new ArrayList<>();
    for (int number = 0; number < DOCUMENTS.length; number++) {
      ShardWriter writer = new ShardWriter(schema.columns());
      Shard shard = shard(number, DOCUMENTS[number]);
      for (int row = 0; row < shard.rows(); row++) {
        writer.add(shard.row(List.of("text"), row, SHARD));
      }
      shards.add(writer.publish(storage, path, DatasetSplit.VALIDATION, number));
    }
    DatasetManifest.of(
            schema,
            Map.of(DatasetSplit.VALIDATION, DatasetManifest.Split.of(schema.columns(), shards, 0)))
        .publish(storage, path);
    return Dataset.open(storage, path);
  }

  private PackedSource batches(int context, int batch, long window, long seed) {
    return new PackedSource(
        feed(context, batch, window, seed),
        shard -> {
          loads.add(shard);
          return pieces(shard, context);
        },
        OWNED,
        tokens());
  }

  private static PackedDocuments feed(int context, int batch, long window, long seed) {
    return new PackedDocuments("text", context, batch, seed, window);
  }

  private static long[] tokens() {
    return Arrays.stream(DOCUMENTS).mapToLong(lengths -> Arrays.stream(lengths).sum()).toArray();
  }

  private static Pieces pieces(int shard, int context) {
    return Pieces.of(
        shard(shard, DOCUMENTS[shard]), "text", "", 0, DOCUMENTS[shard].length, context);
  }

  private static Shard shard(int number, int[] lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int row = 0; row < lengths.length; row++) {
      offsets[row + 1] = offsets[row] + lengths[row];
    }
    Tokens tokens =
        Tokens.wide(
            IntStream.range(0, offsets[lengths.length]).map(i -> SHARD * number + i).toArray());
    return new Shard("shard", lengths.length, Map.of("text", new IdCells(tokens, offsets)));
  }
}
