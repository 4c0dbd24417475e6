package io.chorale.jobs.command;

import io.chorale.io.Storage;
import io.chorale.registry.RegistryDrill;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry on HDFS: a name node and a data node in this JVM. */
class RegistryOnHdfsTest {
  @TempDir static java.nio.file.Path directory;
  private static MiniDFSCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    Configuration configuration = new HdfsConfiguration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, directory.resolve("hdfs").toString());
    configuration.setInt("dfs.replication", 1);
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.shutdown();
    }
  }

  private static RegistryDrill in(String name) {
    Configuration configuration = new Configuration();
    configuration.setInt("dfs.replication", 1);
    String root = "hdfs://127.0.0.1:" + cluster.getNameNodePort() + "/" + name;
    return new RegistryDrill(new Storage(configuration), new Path(root));
  }

  @Test
  void fromRunToReaderAndBack() {
    in("whole").wholeWay();
  }

  @Test
  void ofTwentyPromotionsAtOnceOneIsMade() {
    in("promotions").promotionsAtOnce();
  }

  @Test
  void ofTwentyProcessesOnePromotes() {
    in("processes").promotionsOfProcesses();
  }

  @Test
  void aStoppedHolderThatWakesUpCommitsNothing() {
    in("stopped").stoppedHolder();
  }

  @Test
  void ofTwoStartsAtOnceOneWorks() {
    in("starts").startsAtOnce();
  }
}
