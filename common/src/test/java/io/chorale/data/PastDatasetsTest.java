package io.chorale.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.DatasetSplit;
import io.chorale.io.DataType;
import io.chorale.io.Storage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Datasets that past versions of Chorale wrote, as they wrote them: they open for ever. */
class PastDatasetsTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final String TOKENIZER =
      "e3411e9b1e6d49102e8db3af04996082047f67850c69e887bcd5e158caf77341";

  @TempDir java.nio.file.Path directory;

  @Test
  void version1IsText() throws URISyntaxException {
    Dataset dataset = open("dataset-1");
    assertEquals(
        "b6c264fb03bd8d45419506c8b62e50c38420680a1de4b7d44dd161e7d63ee935", dataset.fingerprint());
    assertEquals(List.of(Column.ids("text", 300)), dataset.schema().columns());
    assertEquals(Map.of("tokenizer.json", TOKENIZER), dataset.schema().tokenizers());
    assertEquals(
        "{\"a tokenizer\":1}", new String(dataset.tokenizers().get("tokenizer.json"), UTF_8));
    DatasetManifest.Split train = dataset.manifest().split(DatasetSplit.TRAIN);
    assertEquals(3, train.rows());
    assertEquals(10, train.elements("text"));
    assertEquals(23, train.bytes());
    assertEquals(0, train.shards().get(0).longest("text"));
    assertEquals(0, dataset.manifest().split(DatasetSplit.TEST).elements("text"));
    assertArrayEquals(new int[] {1, 299, 0, 7, 8, 9, 10, 0}, ids(dataset, DatasetSplit.TRAIN, 0));
    assertArrayEquals(new int[] {5, 0}, ids(dataset, DatasetSplit.TRAIN, 1));
    assertArrayEquals(new int[] {4, 3, 2, 0}, ids(dataset, DatasetSplit.VALIDATION, 0));
    assertEquals(5, dataset.shard(DatasetSplit.TRAIN, 0).length("text", 1));
    assertEquals(
        List.of(
            "tokenizer.json",
            "train/shard-00000.safetensors",
            "train/shard-00001.safetensors",
            "validation/shard-00000.safetensors"),
        dataset.manifest().files());
  }

  @Test
  void version2HasColumnsOfAllKinds() throws URISyntaxException, IOException {
    Dataset dataset = open("dataset-2");
    assertEquals(
        "826a5feef2a99d087ebc28b4b164891b9a5da11cff22af6fd16e8341b11a61c9", dataset.fingerprint());
    Schema schema = dataset.schema();
    assertEquals(
        List.of(
            new Column("text", Column.Kind.IDS, DataType.U16, 300),
            new Column("tags", Column.Kind.IDS, DataType.U16, 3),
            new Column("values", Column.Kind.SERIES, DataType.F32, 2),
            new Column("image", Column.Kind.VECTOR, DataType.F32, 3),
            new Column("label", Column.Kind.LABEL, DataType.I32, 2),
            new Column("price", Column.Kind.LABEL, DataType.F32, 0)),
        schema.columns());
    assertEquals(TOKENIZER, schema.facts("text").tokenizer());
    assertEquals(List.of("O", "B", "I"), schema.facts("tags").labels());
    assertEquals(List.of(0.5, -1.0), schema.facts("values").mean());
    assertEquals(List.of(2.0, 0.25), schema.facts("values").deviation());
    assertEquals(Facts.NONE, schema.facts("image"));
    assertEquals(List.of("no", "yes"), schema.facts("label").labels());
    assertEquals(List.of(10.0), schema.facts("price").mean());
    DatasetManifest.Split train = dataset.manifest().split(DatasetSplit.TRAIN);
    assertEquals(2, train.rows());
    assertEquals(5, train.elements("text"));
    assertEquals(5, train.elements("values"));
    assertEquals(2, train.elements("label"));
    assertEquals(17, train.bytes());
    ShardFacts shard = train.shards().get(0);
    assertEquals("train/shard-00000.safetensors", shard.name());
    assertEquals(2, shard.rows());
    assertEquals(3, shard.elements("tags"));
    assertEquals(3, shard.longest("text"));
    assertEquals(1, shard.longest("image"));
    assertEquals("44ccffd8", shard.crc32c());
    assertEquals(0, dataset.manifest().split(DatasetSplit.TEST).elements("text"));
    Shard rows = dataset.shard(DatasetSplit.TRAIN, 0);
    assertArrayEquals(new int[] {1, 299, 0, 7, 0}, rows.tokens("text").toArray());
    Row second = rows.row(List.of("label", "values"), 1, 9);
    assertArrayEquals(new int[] {0}, ((Ids) second.cell("label")).values());
    assertArrayEquals(new float[] {5, 6, 7, 8, 9, 10}, ((Numbers) second.cell("values")).values());
  }

  @Test
  void version3KnowsTimesAndCounts() throws URISyntaxException {
    Dataset dataset = open("dataset-3");
    assertEquals(
        "b39a7ebbf16899488094feda527be70165f7cdbbe7ce96351319d7ecbbeecbba", dataset.fingerprint());
    Facts values = dataset.schema().facts("values");
    assertEquals(
        Facts.series(List.of("a", "b"), List.of(0.5, -1.0), List.of(2.0, 0.25), "PT1H", 5), values);
    assertEquals("PT1H", values.step());
    assertEquals(5, values.history());
    assertEquals("", dataset.schema().facts("price").step());
    assertArrayEquals(new int[] {1, 299, 0, 7, 0}, ids(dataset, DatasetSplit.TRAIN, 0));
    assertEquals(List.of(5L, 0L, 2L), dataset.schema().facts("tags").counts());
    assertEquals(List.of(), dataset.schema().facts("label").counts());
    assertEquals(List.of(), open("dataset-2").schema().facts("tags").counts());
  }

  @Test
  void version4KnowsSources() throws URISyntaxException {
    DatasetManifest manifest = open("dataset-4").manifest();
    assertEquals(
        List.of(
            new SourceFacts("web", List.of("crawl", "noisy"), 2, ""),
            new SourceFacts("books", List.of(), 1, "delta 8c3f@12")),
        manifest.sources());
    assertEquals("web", manifest.split(DatasetSplit.TRAIN).shards().get(0).source());
    assertEquals("books", manifest.split(DatasetSplit.VALIDATION).shards().get(0).source());
    assertEquals(Map.of("web", 2L, "books", 1L), manifest.rowsBySource());
    for (String past : List.of("dataset-1", "dataset-2", "dataset-3")) {
      DatasetManifest lifted = open(past).manifest();
      assertEquals(List.of(new SourceFacts("corpus", List.of(), 1, "")), lifted.sources(), past);
      for (DatasetManifest.Split split : lifted.splits().values()) {
        split.shards().forEach(shard -> assertEquals("corpus", shard.source(), past));
      }
      byte[] written = lifted.toBytes();
      assertArrayEquals(written, DatasetManifest.parse(written, past).toBytes(), past);
    }
  }

  @Test
  void version5KnowsDocuments() throws URISyntaxException {
    DatasetManifest manifest = open("dataset-5").manifest();
    assertEquals(new SignatureFacts(5, 2, 1, 1), manifest.signatures());
    ShardFacts web = manifest.split(DatasetSplit.TRAIN).shards().get(0);
    ShardFacts books = manifest.split(DatasetSplit.VALIDATION).shards().get(0);
    assertEquals(new DocumentFacts("0123abcd", "4567cdef"), web.documents());
    assertEquals(new DocumentFacts("89ab0123", ""), books.documents());
    assertEquals(
        List.of(
            "tokenizer.json",
            "train/shard-00000.safetensors",
            "documents/train-shard-00000.safetensors",
            "documents/train-shard-00000-signatures.safetensors",
            "validation/shard-00000.safetensors",
            "documents/validation-shard-00000.safetensors"),
        manifest.files());
    for (String past : List.of("dataset-1", "dataset-2", "dataset-3", "dataset-4")) {
      DatasetManifest lifted = open(past).manifest();
      assertEquals(SignatureFacts.NONE, lifted.signatures(), past);
      assertEquals(List.of(), lifted.additions(), past);
      for (DatasetManifest.Split split : lifted.splits().values()) {
        split.shards().forEach(shard -> assertEquals(DocumentFacts.NONE, shard.documents(), past));
      }
    }
  }

  /** Else every dataset that is written from now on would be of no version. */
  @Test
  void whatIsWrittenTodayIsVersion5() throws URISyntaxException, IOException {
    java.nio.file.Path past = resource("dataset-5");
    writeVersion5(directory);
    for (String name :
        List.of(
            "dataset.json",
            "tokenizer.json",
            "train/shard-00000.safetensors",
            "validation/shard-00000.safetensors")) {
      assertArrayEquals(
          Files.readAllBytes(past.resolve(name)),
          Files.readAllBytes(directory.resolve(name)),
          name);
    }
  }

  private static void writeVersion5(java.nio.file.Path directory) {
    Path path = new Path(directory.toUri());
    STORAGE.publish(new Path(path, "tokenizer.json"), "{\"a tokenizer\":1}".getBytes(UTF_8));
    Map<String, Facts> facts = new HashMap<>(SchemaTest.TIMED.facts());
    facts.put("text", Facts.tokenizer(TOKENIZER));
    facts.put("tags", facts.get("tags").counted(List.of(5L, 0L, 2L)));
    Schema schema = new Schema(SchemaTest.TIMED.columns(), facts);
    ShardWriter train = new ShardWriter(schema.columns());
    train.add(ShardTest.FIRST);
    train.add(ShardTest.SECOND);
    ShardWriter validation = new ShardWriter(schema.columns());
    validation.add(ShardTest.SECOND);
    ShardFacts web =
        train
            .publish(STORAGE, path, DatasetSplit.TRAIN, 0, "web")
            .with(new DocumentFacts("0123abcd", "4567cdef"));
    ShardFacts books =
        validation
            .publish(STORAGE, path, DatasetSplit.VALIDATION, 0, "books")
            .with(new DocumentFacts("89ab0123", ""));
    DatasetManifest.of(
            schema,
            List.of(
                new SourceFacts("web", List.of("crawl", "noisy"), 2, ""),
                new SourceFacts("books", List.of(), 1, "delta 8c3f@12")),
            Map.of(
                DatasetSplit.TRAIN,
                split(schema, web, 17),
                DatasetSplit.VALIDATION,
                split(schema, books, 8)))
        .with(new SignatureFacts(5, 2, 1, 1))
        .publish(STORAGE, path);
  }

  private static DatasetManifest.Split split(Schema schema, ShardFacts shard, long bytes) {
    return DatasetManifest.Split.of(schema.columns(), List.of(shard), bytes);
  }

  private static int[] ids(Dataset dataset, DatasetSplit split, int shard) {
    return dataset.shard(split, shard).tokens("text").toArray();
  }

  private static Dataset open(String name) throws URISyntaxException {
    return Dataset.open(STORAGE, new Path(resource(name).toUri()));
  }

  private static java.nio.file.Path resource(String name) throws URISyntaxException {
    return Paths.get(PastDatasetsTest.class.getResource(name).toURI());
  }
}
