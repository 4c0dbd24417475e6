package io.chorale.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.DatasetSplit;
import io.chorale.io.Storage;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

/** Datasets that past versions of Chorale wrote, as they wrote them: they open for ever. */
class PastDatasetsTest {
  private static final Storage STORAGE = new Storage(new Configuration());

  @Test
  void version1IsText() throws URISyntaxException {
    Dataset dataset = open("dataset-1");
    assertEquals(
        "b6c264fb03bd8d45419506c8b62e50c38420680a1de4b7d44dd161e7d63ee935", dataset.fingerprint());
    assertEquals(List.of(Column.ids("text", 300)), dataset.schema().columns());
    assertEquals(
        Optional.of("e3411e9b1e6d49102e8db3af04996082047f67850c69e887bcd5e158caf77341"),
        dataset.schema().tokenizer());
    assertEquals("{\"a tokenizer\":1}", new String(dataset.tokenizer().orElseThrow(), UTF_8));
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

  private static int[] ids(Dataset dataset, DatasetSplit split, int shard) {
    return dataset.shard(split, shard).tokens("text").toArray();
  }

  private static Dataset open(String name) throws URISyntaxException {
    return Dataset.open(
        STORAGE,
        new Path(PastDatasetsTest.class.getResource(name + "/dataset.json").toURI()).getParent());
  }
}
