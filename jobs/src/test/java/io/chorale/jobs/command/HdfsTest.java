package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.TinyTraining;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Everything on HDFS: a name node and a data node in this JVM, replication 1. */
class HdfsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir static java.nio.file.Path directory;
  private static MiniDFSCluster cluster;
  private static DistributedFileSystem hdfs;

  @BeforeAll
  static void start() throws IOException {
    Configuration configuration = new HdfsConfiguration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.resolve("hdfs").toString());
    configuration.setInt("dfs.replication", 1);
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
    hdfs = cluster.getFileSystem();
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.shutdown();
    }
  }

  private static CommandRun command(String name, List<String> overrides, String... more) {
    List<String> arguments = new ArrayList<>(List.of(name));
    overrides.forEach(override -> arguments.addAll(List.of("--set", override)));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
    assertEquals(0, run.exitCode(), run.err());
    return run;
  }

  @Test
  void fromTextToAModelWithAResumeInBetween() throws IOException {
    String root = "hdfs://127.0.0.1:" + cluster.getNameNodePort() + "/chorale";
    Configuration configuration = SPARK.session().context().hadoopConfiguration();
    configuration.setInt("dfs.replication", 1);
    TinyTraining tiny =
        new TinyTraining(SPARK.session().context(), new Storage(configuration), root);
    Path corpus = new Path(root, "corpus/text.txt");
    try (var out = hdfs.create(new Path(corpus.toUri().getPath()))) {
      out.write(
          IntStream.range(0, 400)
              .mapToObj(i -> "the cat sat on mat " + i % 7 + "\n")
              .collect(Collectors.joining())
              .getBytes(UTF_8));
    }
    List<String> tokenizing =
        List.of(
            "corpus.paths=[" + root + "/corpus]",
            "data.path=" + root + "/data",
            "data.shards=4",
            "tokenizer.kind=characters");
    command("tokenize", tokenizing);
    command("tokenize", tokenizing, "--overwrite");

    String[] more = {"train.workers=2", "average.outer=nesterov", "run.keep=2"};
    command("train", tiny.overrides("whole", more));
    command("train", tiny.overrides("resumed", more));
    Settings resumed = tiny.settings("resumed", more);
    // What a driver leaves that died in round 3.
    Path third = tiny.run(resumed).checkpoints().path(3);
    tiny.storage().deleteRecursively(new Path(third, "manifest.json"));
    tiny.storage().publish(new Path(third, ".worker-00000.safetensors.0123abcd.tmp"), new byte[7]);
    CommandRun again = command("train", tiny.overrides("resumed", more));
    assertTrue(again.err().contains("goes on after round 2 of 3"), again.err());
    assertEquals(tiny.checksums(tiny.settings("whole", more)), tiny.checksums(resumed));
    CommandRun evaluated = command("evaluate", List.of("run.path=" + root + "/resumed"), "--json");
    assertTrue(evaluated.out().contains("\"round\":3"), evaluated.out());

    List<String> files = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = hdfs.listFiles(new Path("/chorale"), true);
    while (all.hasNext()) {
      LocatedFileStatus file = all.next();
      files.add(file.getPath().toUri().getPath());
      assertEquals(1, file.getReplication(), file.toString());
      assertTrue(hdfs.isFileClosed(file.getPath()), file.toString());
      assertFalse(file.getPath().getName().startsWith("."), file.toString());
    }
    assertTrue(files.contains("/chorale/resumed/checkpoints/round-00000003/manifest.json"));
    assertTrue(files.contains("/chorale/data/dataset.json"), files.toString());
    assertFalse(
        hdfs.listOpenFiles(
                EnumSet.of(
                    org.apache.hadoop.hdfs.protocol.OpenFilesIterator.OpenFilesType.ALL_OPEN_FILES),
                "/")
            .hasNext());
  }
}
