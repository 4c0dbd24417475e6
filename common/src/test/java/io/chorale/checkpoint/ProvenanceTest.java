package io.chorale.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.SourceFacts;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
  @Test
  void theStatesOfTablesAreKept() {
    Schema schema = new Schema(List.of(Column.vector(Column.VECTOR, 2)), Map.of());
    DatasetManifest manifest =
        DatasetManifest.of(
            schema,
            List.of(
                new SourceFacts("web", List.of(), 1, "iceberg 7"),
                new SourceFacts("books", List.of(), 1, "")),
            Map.of());
    Dataset dataset =
        Dataset.of(new Storage(new Configuration()), new Path("/none"), manifest.toBytes());
    Map<String, String> facts =
        Provenance.of("1", "4", SettingsFile.defaults(), dataset, Map.of("cpu", "any"));
    assertEquals("iceberg 7", facts.get("source.web"));
    assertEquals(dataset.fingerprint(), facts.get(Provenance.DATASET));
    assertEquals(1, facts.keySet().stream().filter(name -> name.startsWith("source.")).count());
  }
}
