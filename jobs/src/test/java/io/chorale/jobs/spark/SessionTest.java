package io.chorale.jobs.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
import io.chorale.jobs.tokenize.TokenizeJob;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.KryoSerializer;
import org.junit.jupiter.api.Test;

class SessionTest {
  @Test
  void runsLocallyWithoutAMasterAndOpensNoPort() {
    SparkConf conf = Session.configuration("chorale train", null, Map.of());

    assertEquals("local[*]", conf.get("spark.master"));
    assertEquals("chorale train", conf.get("spark.app.name"));
    assertEquals("false", conf.get("spark.ui.enabled"));
  }

  /** What sorts a shuffle in memory would have a worker hold all slices of its model at once. */
  @Test
  void aCommandsOwnSettingsHoldForItAloneAndYieldToTheUsers() {
    String key = "spark.shuffle.sort.bypassMergeThreshold";
    assertFalse(Session.configuration("chorale train", null, Map.of()).contains(key));
    try (Session session = Session.open("x", "local[1]", TokenizeJob.SPARK)) {
      assertEquals("1", session.context().getConf().get(key));
    }
    System.setProperty(key, "7");
    try (Session session = Session.open("x", "local[1]", TokenizeJob.SPARK)) {
      assertEquals("7", session.context().getConf().get(key));
    } finally {
      System.clearProperty(key);
    }
  }

  @Test
  void keepsTheClustersPageAndHostName() {
    SparkConf conf = Session.configuration("chorale train", "spark://host:7077", Map.of());

    assertEquals("spark://host:7077", conf.get("spark.master"));
    assertFalse(conf.contains("spark.ui.enabled"));
    assertFalse(conf.contains("spark.driver.host"));
  }

  @Test
  void executorsGetTheNativesSurroundings() {
    SparkConf conf =
        Session.configuration(
            "x", null, Map.of("MALLOC_ARENA_MAX", "1", "OPENBLAS_CORETYPE", "ZEN", "HOME", "/"));

    assertEquals("1", conf.get("spark.executorEnv.MALLOC_ARENA_MAX"));
    assertFalse(conf.contains("spark.executorEnv.OPENBLAS_CORETYPE"));
    assertFalse(conf.contains("spark.executorEnv.HOME"));
    assertEquals(":4096:8", conf.get("spark.executorEnv.CUBLAS_WORKSPACE_CONFIG"));
    assertTrue(
        conf.get("spark.executor.extraJavaOptions").contains("-Dorg.bytedeco.javacpp.maxBytes=0"));
    assertTrue(
        conf.get("spark.executor.extraJavaOptions").contains("-Duser.language= -Duser.country="));
    assertTrue(conf.get("spark.executor.extraJavaOptions").contains("-XX:G1HeapRegionSize=8m"));
  }

  @Test
  void anotherWorkspaceOfCublasReachesExecutors() {
    Map<String, String> other = Map.of("CUBLAS_WORKSPACE_CONFIG", ":16:8");

    assertEquals(
        ":16:8",
        Session.configuration("x", null, other).get("spark.executorEnv.CUBLAS_WORKSPACE_CONFIG"));
  }

  @Test
  void theCoreTypeReachesExecutorsOnPurposeOnly() {
    Map<String, String> kept =
        Map.of("OPENBLAS_CORETYPE", "ZEN", "CHORALE_KEEP_OPENBLAS_CORETYPE", "1");

    assertEquals(
        "ZEN", Session.configuration("x", null, kept).get("spark.executorEnv.OPENBLAS_CORETYPE"));
  }

  @Test
  void commandsWithoutSparkReadWithTheSameHadoopSettings() {
    SparkConf conf = new SparkConf(false).set("spark.hadoop.fs.defaultFS", "hdfs://there:8020");

    assertEquals("hdfs://there:8020", Session.hadoop(conf).get("fs.defaultFS"));
    assertEquals("file:///", Session.hadoop(new SparkConf(false)).get("fs.defaultFS"));
  }

  @Test
  void aMasterThatIsNoneIsRefused() {
    SettingsException refused =
        assertThrows(SettingsException.class, () -> Session.open("x", "nonsense"));
    assertTrue(
        refused.getMessage().startsWith("Cannot start Spark with master nonsense: "),
        refused.getMessage());
  }

  @Test
  void anApplicationThatUsesKryoIsNotJoinedAndGoesOn() {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[1]")
            .setAppName("notebook")
            .set("spark.ui.enabled", "false")
            .set("spark.serializer", KryoSerializer.class.getName());
    try (JavaSparkContext notebook = new JavaSparkContext(conf)) {
      SettingsException refused =
          assertThrows(SettingsException.class, () -> Session.open("x", null));
      assertEquals(
          "Cannot join the Spark application notebook: its spark.serializer is"
              + " org.apache.spark.serializer.KryoSerializer, expected"
              + " org.apache.spark.serializer.JavaSerializer. Start it without that setting, which"
              + " its own Datasets do not need either, or run Chorale in an application of its"
              + " own.",
          refused.getMessage());
      assertEquals(3, notebook.parallelize(List.of(1, 2, 3)).count());
    }
  }

  @Test
  void joinsARunningApplicationAndLeavesItRunning() {
    try (Session outer = Session.open("outer", "local[1]")) {
      try (Session inner = Session.open("inner", null)) {
        assertSame(outer.context().sc(), inner.context().sc());
      }
      assertEquals(3, outer.context().parallelize(List.of(1, 2, 3)).count());
    }
  }

  @Test
  void ofAClusterOnLoopbackTheDriverListensThereToo() {
    for (String master : List.of("spark://127.0.0.1:7077", "spark://localhost:7077")) {
      SparkConf conf = Session.configuration("x", master, Map.of());
      assertEquals("127.0.0.1", conf.get("spark.driver.bindAddress"));
      assertEquals("127.0.0.1", conf.get("spark.driver.host"));
      assertEquals("false", conf.get("spark.ui.enabled"));
    }
    // Spark has been told where to listen, its page too.
    assertFalse(
        Session.configuration("x", "spark://127.0.0.1:7077", Map.of("SPARK_LOCAL_IP", "127.0.0.1"))
            .contains("spark.ui.enabled"));
    assertFalse(
        Session.configuration("x", "spark://127.0.0.1.example.org:7077", Map.of())
            .contains("spark.driver.host"));
  }

  @Test
  void whatAProcessOfItsOwnWritesIsForNobodyElseAndGoes() throws IOException {
    Path directory;
    try (Session session = Session.open("x", "local[1]")) {
      directory = Path.of(session.context().getConf().get("spark.local.dir"));
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
      assertEquals(
          2, session.context().parallelize(List.of(1, 2, 3), 2).groupBy(i -> i % 2).count());
    }
    assertFalse(Files.exists(directory));

    SparkConf chosen = new SparkConf(false).setMaster("local[1]").set("spark.local.dir", "/mine");
    assertNull(Session.directory(chosen, Map.of()));
    SparkConf cluster = new SparkConf(false).setMaster("spark://host:7077");
    assertNull(Session.directory(cluster, Map.of()));
    assertFalse(cluster.contains("spark.local.dir"));
  }

  @Test
  void theCauseOfAFailedStartIsTold() {
    String small =
        StartFailure.of(
                "local[*]",
                new IllegalArgumentException(
                    "[INVALID_DRIVER_MEMORY] System memory 314572800 must be at least 471859200."))
            .getMessage();
    assertEquals(
        "Cannot start Spark: the Java heap of the driver has 314.6 MB, expected at least 471.9 MB."
            + " Raise CHORALE_DRIVER_MEMORY (spark.driver.memory).",
        small);
    String port =
        StartFailure.of(
                "yarn",
                new BindException(
                    "Cannot assign requested address: Service 'sparkDriver' failed after 16 retries"))
            .getMessage();
    assertTrue(port.contains("Check spark.driver.host"), port);
    assertTrue(
        StartFailure.of("yarn", new IOException("Connection refused"))
            .getMessage()
            .endsWith("Check --master."));
  }
}
