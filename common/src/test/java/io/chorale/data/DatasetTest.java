package io.chorale.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.io.ArrayContent;
import io.chorale.io.Checksums;
import io.chorale.io.DataType;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import io.chorale.io.StoredArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  private static final Storage STORAGE = new Storage(new Configuration());

  private static final byte[] TOKENIZER = "{\"a tokenizer\":1}".getBytes(UTF_8);
  private static final String SHARD = "train/shard-00000.safetensors";

  @TempDir java.nio.file.Path directory;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    write(300);
    Dataset dataset = open();
    DatasetManifest.Split train = dataset.manifest().split(DatasetSplit.TRAIN);
    assertEquals(List.of(2L, 6L, 9L), List.of(train.rows(), train.elements("text"), train.bytes()));
    assertEquals(SHARD + " (2 rows, elements {text=6})", train.shards().get(0).toString());
    assertEquals(Checksums.crc32c(STORAGE, path(SHARD)), train.shards().get(0).crc32c());
    assertEquals(List.of(), dataset.manifest().split(DatasetSplit.VALIDATION).shards());
    assertArrayEquals(new int[] {1, 299, 0, 7, 8, 0}, tokens().toArray());
    assertArrayEquals(new long[] {6}, dataset.shardElements(DatasetSplit.TRAIN, "text"));
    assertArrayEquals(TOKENIZER, dataset.tokenizers().get(Dataset.TOKENIZER));
    StoredArrays shard = StoredArrays.read(STORAGE, path(SHARD));
    assertArrayEquals(new long[] {0, 3, 6}, shard.longs("text.offsets"));
    assertArrayEquals(new short[] {1, 299, 0, 7, 8, 0}, shard.shorts("text.values"));
  }

  @Test
  void idsTakeTwoBytesWhileTheVocabularyAllows() {
    write(1 << 16);
    assertEquals(2 * 6, tokens().bytes());
    write((1 << 16) + 1);
    assertEquals(4 * 6, tokens().bytes());
    assertArrayEquals(new int[] {1, 299, 0, 7, 8, 0}, tokens().toArray());
    ShardWriter top = new ShardWriter(List.of(Column.ids("text", 1 << 16)));
    top.add(document(65_535, 0));
    ShardFacts facts = top.publish(STORAGE, path(""), DatasetSplit.TRAIN, 0);
    publish(1 << 16, facts);
    assertEquals(65_535, tokens().get(0));
  }

  @Test
  void theSameDataAreTheSameBytesAndOtherDataAnotherFingerprint() throws IOException {
    write(300);
    String fingerprint = open().fingerprint();
    byte[] manifest = Files.readAllBytes(directory.resolve("dataset.json"));
    write(300);
    assertArrayEquals(manifest, Files.readAllBytes(directory.resolve("dataset.json")));
    write(301);
    assertNotEquals(fingerprint, open().fingerprint());
  }

  @Test
  void longShardsGrow() {
    int[] ids = new int[100_000];
    Arrays.setAll(ids, i -> i % 1000);
    ShardWriter writer = new ShardWriter(List.of(Column.ids("text", 1000)));
    for (int from = 0; from < ids.length; from += 10) {
      writer.append("text", ids, from, from + 10);
      writer.endRow();
    }
    ShardFacts facts = writer.publish(STORAGE, path(""), DatasetSplit.TRAIN, 0);
    publish(1000, facts);
    assertEquals(10_000, facts.rows());
    assertArrayEquals(ids, tokens().toArray());
  }

  @Test
  void wrongRowsAreNotWritten() {
    ShardWriter writer = new ShardWriter(List.of(Column.ids("text", 10)));
    assertThrows(IllegalArgumentException.class, () -> writer.append("text", new int[] {10}, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> writer.append("text", new int[] {-1}, 0, 1));
    assertThrows(
        IllegalStateException.class,
        () -> writer.publish(STORAGE, path(""), DatasetSplit.TRAIN, 0));
    writer.add(document(1, 0));
    writer.append("text", new int[] {1}, 0, 1);
    assertThrows(
        IllegalStateException.class,
        () -> writer.publish(STORAGE, path(""), DatasetSplit.TRAIN, 0));
  }

  @Test
  void withoutAManifestThereIsNoDataset() {
    STORAGE.publish(path("tokenizer.json"), TOKENIZER);
    assertTrue(refusal().contains("it holds no dataset.json"));
    write(300);
    STORAGE.deleteRecursively(path("tokenizer.json"));
    assertTrue(refusal().contains("tokenizer.json: there is no such file"));
  }

  @Test
  void anotherTokenizerIsRefused() throws IOException {
    write(300);
    byte[] other = TOKENIZER.clone();
    other[3] ^= 1;
    Files.write(directory.resolve("tokenizer.json"), other);
    assertTrue(refusal().contains("tokenizer.json: its SHA-256 is " + Checksums.sha256(other)));
  }

  @Test
  void aDamagedManifestIsRefusedWhereverTheDamageIs() throws IOException {
    write(300);
    byte[] manifest = Files.readAllBytes(directory.resolve("dataset.json"));
    for (int length = 0; length < manifest.length - 1; length++) {
      byte[] cut = Arrays.copyOf(manifest, length);
      assertThrows(ChoraleException.class, () -> DatasetManifest.parse(cut, "x"));
    }
    for (int bit = 0; bit < 8 * manifest.length; bit++) {
      byte[] flipped = manifest.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(
          ChoraleException.class,
          () -> DatasetManifest.parse(flipped, "x"),
          () -> new String(flipped, UTF_8));
    }
    assertArrayEquals(manifest, DatasetManifest.parse(manifest, "x").toBytes());
  }

  @Test
  void tooNewAndTooOldAreToldFromCorrupt() {
    assertTrue(
        assertThrows(ChoraleException.class, () -> parse("\"version\" : 5", "\"version\" : 6"))
            .getMessage()
            .contains("version is 6, expected 1 to 5. It was written by a newer Chorale"));
    assertTrue(
        assertThrows(ChoraleException.class, () -> parse("\"version\" : 5", "\"version\" : 0"))
            .getMessage()
            .contains("written by an older Chorale"));
    assertTrue(
        assertThrows(ChoraleException.class, () -> parse("\"rows\" : 2", "\"rows\" : 3"))
            .getMessage()
            .contains("its checksum does not fit"));
  }

  @Test
  void aManifestThatDoesNotMakeSenseIsRefused() {
    assertForged("train/shard-00000", "train/../../shard-00000", "it names the shard");
    assertForged("train/shard-00000", "test/shard-00000", "it names the shard");
    assertForged("6\n      },\n      \"bytes\"", "7\n      },\n      \"bytes\"", "do not make up");
    assertForged("\"test\"", "\"tests\"", "its splits are");
    assertForged("\"kind\" : \"ids\"", "\"kind\" : \"series\"", "column text of series must");
    assertForged("\"kind\" : \"ids\"", "\"kind\" : \"other\"", "not such JSON");
    assertForged("\"dtype\" : \"U16\"", "\"dtype\" : \"I32\"", "column text of ids must");
    assertForged("\"size\" : 300", "\"size\" : \"300\"", "not such JSON");
    assertForged("\"size\" : 300", "\"size\" : 0", "a size of at least 1");
    assertForged("\"name\" : \"text\"", "\"name\" : \"../x\"", "a column's name");
    assertForged("\"name\" : \"text\"", "\"name\" : \"other\"", "facts must be of them");
    assertForged("\"columns\"", "\"more\" : 1, \"columns\"", "not such JSON");
    assertForged("\"bytes\" : 9,", "", "not such JSON");
    assertForged(
        "\"longest\" : {\n          \"text\" : 3",
        "\"longest\" : {\n          \"text\" : 6",
        "it names the shard");
    assertForged(
        "\"rows\" : 2,\n        \"el", "\"rows\" : 0,\n        \"el", "it names the shard");
  }

  @Test
  void aDamagedShardIsRefusedWhereverTheDamageIs() throws IOException {
    write(300);
    byte[] shard = Files.readAllBytes(directory.resolve(SHARD));
    for (int length = 0; length < shard.length; length++) {
      assertShardRefused(Arrays.copyOf(shard, length));
    }
    assertShardRefused(Arrays.copyOf(shard, shard.length + 1));
    for (int bit = 0; bit < 8 * shard.length; bit += 3) {
      byte[] flipped = shard.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertShardRefused(flipped);
    }
    Files.write(directory.resolve(SHARD), shard);
    assertEquals(6, tokens().length());
    Files.delete(directory.resolve(SHARD));
  }

  @Test
  void aShardWithImpossibleContentsIsRefused() {
    assertImpossible(new long[] {0, 5, 3}, new short[] {1, 1, 1}, "its offsets do not ascend");
    assertImpossible(new long[] {0, 2, 2}, new short[] {1, 1, 1}, "its offsets do not ascend");
    assertImpossible(new long[] {1, 2, 3}, new short[] {1, 1, 1}, "its offsets do not ascend");
    assertImpossible(new long[] {0, 2, 3}, new short[] {1, 9, 1}, "it holds the id 9");
    assertImpossible(new long[] {0, 3}, new short[] {1, 1, 1}, "its arrays are");
    assertImpossible(new long[] {0, 2, 3}, new short[] {1, 1}, "its arrays are");
  }

  private void assertImpossible(long[] offsets, short[] values, String message) {
    SafeTensors.Written written =
        SafeTensors.write(
            STORAGE,
            path(SHARD),
            Map.of(),
            List.of(
                ArrayContent.of("text.offsets", offsets),
                ArrayContent.of("text.values", DataType.U16, values)));
    publish(9, facts(3, written.crc32c()));
    assertTrue(shardRefusal().contains(message));
  }

  private void assertShardRefused(byte[] bytes) throws IOException {
    Files.write(directory.resolve(SHARD), bytes);
    assertTrue(shardRefusal().contains(SHARD));
  }

  private String shardRefusal() {
    Dataset dataset = open();
    return assertThrows(ChoraleException.class, () -> dataset.shard(DatasetSplit.TRAIN, 0))
        .getMessage();
  }

  private void assertForged(String from, String to, String message) {
    String forged = text().replace(from, to);
    assertNotEquals(text(), forged);
    byte[] bytes = sealed(forged);
    String found =
        assertThrows(ChoraleException.class, () -> DatasetManifest.parse(bytes, "x")).getMessage();
    assertTrue(found.contains(message), found);
  }

  /** With the checksum that fits, as another writer would make it. */
  private static byte[] sealed(String manifest) {
    try {
      ObjectNode body = (ObjectNode) new ObjectMapper().readTree(manifest);
      body.remove("crc32c");
      return body.put("crc32c", Checksums.crc32c(body.toString().getBytes(UTF_8)))
          .toString()
          .getBytes(UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void parse(String from, String to) {
    String changed = text().replace(from, to);
    assertNotEquals(text(), changed);
    DatasetManifest.parse(changed.getBytes(UTF_8), "x");
  }

  private static String text() {
    return new String(manifest(300, facts()).toBytes(), UTF_8);
  }

  private static ShardFacts facts() {
    return facts(6, "00000000");
  }

  /** Of two rows, the longer one of all but half. */
  private static ShardFacts facts(long tokens, String crc32c) {
    return new ShardFacts(
        SHARD,
        "corpus",
        2,
        Map.of("text", tokens),
        Map.of("text", (tokens + 1) / 2),
        crc32c,
        DocumentFacts.NONE);
  }

  private static Row document(int... ids) {
    return new Row(Map.of("text", Ids.of(ids)));
  }

  private Tokens tokens() {
    return open().shard(DatasetSplit.TRAIN, 0).tokens("text");
  }

  private void write(int vocabulary) {
    ShardWriter writer = new ShardWriter(List.of(Column.ids("text", vocabulary)));
    writer.add(document(1, 299, 0));
    writer.add(document(7, 8, 0));
    publish(vocabulary, writer.publish(STORAGE, path(""), DatasetSplit.TRAIN, 0));
  }

  private void publish(int vocabulary, ShardFacts facts) {
    STORAGE.publish(path("tokenizer.json"), TOKENIZER);
    manifest(vocabulary, facts).publish(STORAGE, path(""));
  }

  private static DatasetManifest manifest(int vocabulary, ShardFacts facts) {
    Schema schema = Schema.text(vocabulary, Checksums.sha256(TOKENIZER));
    return DatasetManifest.of(
        schema,
        Map.of(DatasetSplit.TRAIN, DatasetManifest.Split.of(schema.columns(), List.of(facts), 9)));
  }

  private Dataset open() {
    return Dataset.open(STORAGE, path(""));
  }

  private String refusal() {
    return assertThrows(ChoraleException.class, this::open).getMessage();
  }

  private Path path(String name) {
    return new Path(directory.resolve(name).toUri());
  }
}
