package io.chorale.jobs.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

/** {@code conf/spark-secure.conf} is taken by Spark and hides what it says. */
class SecureConfTest {
  private static Properties read() throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of("..", "conf", "spark-secure.conf"))) {
      properties.load(reader);
    }
    return properties;
  }

  @Test
  void holdsNoSecret() throws IOException {
    assertFalse(read().containsKey("spark.authenticate.secret"));
    assertEquals("true", read().getProperty("spark.authenticate"));
  }

  @Test
  void namesAndValuesOfSecretsAreRedacted() throws IOException {
    Pattern names = Pattern.compile(read().getProperty("spark.redaction.regex"));
    for (String name :
        new String[] {
          "spark.authenticate.secret",
          "spark.hadoop.fs.s3a.access.key",
          "spark.hadoop.fs.s3a.session.token",
          "spark.hadoop.fs.azure.account.key.me.dfs.core.windows.net",
          "spark.ssl.ui.keyStorePassword",
          "MY_PASSWD"
        }) {
      assertTrue(names.matcher(name).find(), name);
    }
    assertFalse(names.matcher("spark.executor.memory").find());
    Pattern texts = Pattern.compile(read().getProperty("spark.redaction.string.regex"));
    assertEquals(
        "read s3a://***@bucket/x", texts.matcher("read s3a://KEY:hush@bucket/x").replaceAll("***"));
  }

  /** Shuffled and spilled bytes are encrypted on the way to disk and back. */
  @Test
  void anApplicationRunsWithIt() throws IOException {
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("secure");
    Properties properties = read();
    properties.stringPropertyNames().forEach(name -> conf.set(name, properties.getProperty(name)));
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      assertEquals(
          10,
          context
              .parallelize(java.util.stream.IntStream.range(0, 1000).boxed().toList(), 4)
              .groupBy(number -> number % 10)
              .count());
    }
  }
}
