package io.chorale.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;

/**
 * YARN with one node, on loopback: its daemons are in this JVM, its containers are processes.
 * Beside it is a Spark that submits to it, of the jars that {@code src/test/spark-yarn} collects.
 */
final class Yarn implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Path SPARK = Path.of("src", "test", "spark-yarn").toAbsolutePath();

  private final Path directory;
  private final MiniYARNCluster cluster;

  /**
   * Starts one.
   *
   * @param directory of its settings and of Spark; its own
   */
  Yarn(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    layOutSpark();
    YarnConfiguration configuration = new YarnConfiguration();
    configuration.set(YarnConfiguration.RM_BIND_HOST, LOOPBACK);
    configuration.set(YarnConfiguration.NM_BIND_HOST, LOOPBACK);
    // The mini cluster would switch off that containers are killed for their memory.
    configuration.setBoolean(YarnConfiguration.YARN_MINICLUSTER_CONTROL_RESOURCE_MONITORING, true);
    configuration.set("yarn.scheduler.capacity.root.queues", "default");
    configuration.set("yarn.scheduler.capacity.root.default.capacity", "100");
    // What containers ask for; they take much less.
    configuration.setInt(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, 16 * 1024);
    cluster = new MiniYARNCluster("yarn", 1, 1, 1);
    try {
      cluster.init(configuration);
      cluster.start();
      assertTrue(cluster.waitForNodeManagersToConnect(Duration.ofMinutes(1).toMillis()));
      Path conf = Files.createDirectories(directory.resolve("conf"));
      try (OutputStream out = Files.newOutputStream(conf.resolve("yarn-site.xml"))) {
        cluster.getConfig().writeXml(out);
      }
    } catch (Exception e) {
      close();
      throw new IOException(e);
    }
  }

  /** As a distribution of Spark has it. */
  private void layOutSpark() throws IOException {
    Path bin = Files.createDirectories(directory.resolve("spark/bin"));
    Files.createSymbolicLink(bin.resolveSibling("jars"), SPARK.resolve("target/jars"));
    Files.copy(
        SPARK.resolve("spark-submit"),
        bin.resolve("spark-submit"),
        StandardCopyOption.COPY_ATTRIBUTES);
  }

  /** A training on it with {@code conf/spark-yarn.conf}. */
  ClusterTraining training(Path work) throws IOException {
    ClusterTraining training = new ClusterTraining("yarn", work);
    return training
        .withDefaults(Path.of("..", "conf", "spark-yarn.conf"))
        .withoutOwn("spark.executor.memory")
        .withEnvironment("SPARK_HOME", directory.resolve("spark").toString())
        .withEnvironment("HADOOP_CONF_DIR", directory.resolve("conf").toString())
        .with("spark.yarn.jars", "local:" + SPARK.resolve("target/jars") + "/*")
        .with("spark.yarn.stagingDir", directory.resolve("staging").toUri().toString())
        // The application master looks at the settings of faults too.
        .with("spark.driver.extraClassPath", training.path("conf").toString())
        .with("spark.yarn.appMasterEnv.JAVA_HOME", System.getProperty("java.home"))
        .with("spark.executorEnv.JAVA_HOME", System.getProperty("java.home"))
        .with("spark.yarn.appMasterEnv.SPARK_LOCAL_IP", LOOPBACK)
        .with("spark.executorEnv.SPARK_LOCAL_IP", LOOPBACK);
  }

  /** Fails where a container remains, or where an application has not succeeded the first time. */
  void assertAllSucceeded() throws IOException, InterruptedException {
    DrillGround.await("no container remains", () -> containers().isEmpty());
    for (RMApp application : cluster.getResourceManager().getRMContext().getRMApps().values()) {
      assertEquals(
          FinalApplicationStatus.SUCCEEDED,
          application.getFinalApplicationStatus(),
          application.getDiagnostics().toString());
      assertEquals(1, application.getAppAttempts().size(), application.getName());
    }
  }

  private List<String> containers() {
    String work = cluster.getTestWorkDir().getAbsolutePath() + "/";
    return Cluster.processes(command -> command.contains(work));
  }

  @Override
  public void close() throws IOException {
    cluster.stop();
    Files.delete(directory.resolve("spark/jars"));
    assertEquals(List.of(), containers());
    // Every application has a copy of the jar.
    FileUtil.fullyDelete(cluster.getTestWorkDir());
  }
}
