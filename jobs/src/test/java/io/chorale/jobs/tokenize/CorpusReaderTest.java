package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.corpus.CorpusEntry;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.Tally;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusReaderTest {
  @TempDir Path directory;

  /** As of a cluster of which the first executors have come: rejections are found by partition. */
  @Test
  void partitionsStayWhileExecutorsCome() throws Exception {
    Path corpus = directory.resolve("corpus.txt");
    Files.writeString(corpus, "a line of some text\n".repeat(1 << 18));
    Settings settings = SettingsFile.read("test", "", List.of("corpus.paths=" + corpus));
    try (Session session = Session.open("reader", "local[1]");
        Tally tally = new Tally(session.context())) {
      SparkConf live = session.context().sc().conf();
      live.set("spark.default.parallelism", "1");
      CorpusReader reader = new CorpusReader(session, new Storage(new Configuration()), settings);
      JavaRDD<CorpusEntry> before = reader.entries(tally);
      live.set("spark.default.parallelism", "8");
      assertEquals(8, session.context().defaultParallelism());
      assertTrue(before.getNumPartitions() > 1);
      assertEquals(before.getNumPartitions(), reader.entries(tally).getNumPartitions());
      assertTrue(
          new CorpusReader(session, new Storage(new Configuration()), settings)
                  .entries(tally)
                  .getNumPartitions()
              >= before.getNumPartitions());
    }
  }
}
