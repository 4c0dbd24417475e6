package io.chorale.jobs.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsException;
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
    assertTrue(
        conf.get("spark.executor.extraJavaOptions").contains("-Dorg.bytedeco.javacpp.maxBytes=0"));
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
}
