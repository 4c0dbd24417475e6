package io.chorale.jobs.spark;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.io.TemporaryDirectory;
import io.chorale.jobs.monitor.MetricsPlugin;
import io.chorale.tensor.Device;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.filter.DenyAllFilter;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * A Spark application, and the one place that configures it.
 *
 * <p>Whatever the user or the cluster has set stays, but for the serializer. Where an application
 * runs in this JVM already (a notebook, a managed platform), it is joined and outlives the session.
 */
public final class Session implements AutoCloseable {
  /** Marks the application that a session has started. */
  private static final String STARTED_BY = "spark.chorale.session";

  /**
   * Properties of native code. The limits of javacpp would follow the Java heap; 0 switches them
   * off. MLlib would take the machine's own BLAS where there is one, which in one process with
   * libtorch's OpenBLAS ends that.
   */
  private static final Map<String, String> NATIVE =
      Map.of(
          "org.bytedeco.javacpp.maxBytes", "0",
          "org.bytedeco.javacpp.maxPhysicalBytes", "0",
          "dev.ludovic.netlib.blas.nativeLib", "none");

  /** Regions of which a slice of parameters is less than half; see conf/jvm.options. */
  private static final String REGIONS = "-XX:G1HeapRegionSize=8m";

  /** The locale of executors is no machine's own: what they write has the same bytes everywhere. */
  private static final List<String> ROOT_LOCALE = List.of("user.language", "user.country");

  /** A master that this machine alone can reach. */
  private static final Pattern LOOPBACK =
      Pattern.compile("spark://(127[.][0-9.]+|localhost|\\[::1\\]):[0-9]+");

  /** The application that a session has started and not closed yet, or null. */
  private static SparkContext running;

  /** Where an application that runs in this process alone writes; null without one. */
  private static TemporaryDirectory directory;

  /** Whether the process is about to end: then no application begins. */
  private static boolean ending;

  private static final String DIRECTORY = "spark.local.dir";

  private static final String SERIALIZER = "spark.serializer";

  private static final String SCHEDULER = "org.apache.spark.scheduler.TaskSchedulerImpl";

  private final JavaSparkContext context;
  private final boolean started;

  /** Null where nothing is watched. */
  private ExecutorWatch watch;

  private Session(JavaSparkContext context, boolean started) {
    this.context = context;
    this.started = started;
  }

  /**
   * Opens an application.
   *
   * @param name what cluster managers call it
   * @param master the URL of the master; null for the one that spark-submit gave, else local[*]
   * @throws ChoraleException where Spark does not start with that master
   * @throws SettingsException where an application runs that Chorale can't join
   */
  public static Session open(String name, String master) {
    return open(name, master, Map.of());
  }

  /**
   * As {@link #open(String, String)}, with more of Spark's settings.
   *
   * @param settings which hold where neither the user nor the cluster has set them
   */
  public static Session open(String name, String master, Map<String, String> settings) {
    String id = UUID.randomUUID().toString();
    SparkConf conf = configuration(name, master, System.getenv()).set(STARTED_BY, id);
    settings.forEach(conf::setIfMissing);
    SparkContext context;
    try {
      StandaloneMaster.checkAnswers(conf.get("spark.master"));
      openDirectory(conf);
      context = SparkContext.getOrCreate(conf);
      StandaloneMaster.checkAccepted(context);
    } catch (ChoraleException e) {
      throw e;
    } catch (Exception e) {
      closeDirectory();
      throw StartFailure.of(conf.get("spark.master"), e);
    }
    boolean started = id.equals(context.getConf().get(STARTED_BY, ""));
    if (started) {
      begin(context);
    } else {
      closeDirectory();
      checkJoinable(context.getConf());
    }
    return new Session(new JavaSparkContext(context), started);
  }

  private static synchronized void openDirectory(SparkConf conf) {
    if (running == null && directory == null) {
      directory = directory(conf, System.getenv());
    }
  }

  /**
   * Makes a directory for what Spark writes where driver and executor are one process, text and
   * parameters among it, and sets it: Spark's own would let all users of the machine read them.
   * Null where there is a cluster, or where the user has chosen directories.
   */
  static TemporaryDirectory directory(SparkConf conf, Map<String, String> environment) {
    if (!conf.get("spark.master").startsWith("local")
        || conf.contains(DIRECTORY)
        || environment.containsKey("SPARK_LOCAL_DIRS")) {
      return null;
    }
    TemporaryDirectory made = TemporaryDirectory.create("spark.local.dir");
    conf.set(DIRECTORY, made.path().toString());
    return made;
  }

  private static synchronized void closeDirectory() {
    if (running == null && directory != null) {
      directory.close();
      directory = null;
    }
  }

  private static synchronized void begin(SparkContext context) {
    if (ending) {
      throw new ChoraleException("Cannot start: the process ends, expected it to go on.");
    }
    running = context;
  }

  /**
   * What tasks return and shuffle goes by the serializer of the application, set once and for all.
   */
  private static void checkJoinable(SparkConf conf) {
    String java = JavaSerializer.class.getName();
    String found = conf.get(SERIALIZER, java);
    if (!found.equals(java)) {
      throw new SettingsException(
          ("Cannot join the Spark application %s: its %s is %s, expected %s. Start it without that"
                  + " setting, which its own Datasets do not need either, or run Chorale in an"
                  + " application of its own.")
              .formatted(conf.get("spark.app.name"), SERIALIZER, found, java));
    }
  }

  /**
   * Ends the work of this thread where a cluster gives no executor.
   *
   * @param seconds to wait for one; 0 waits for ever
   */
  public void watchExecutors(int seconds) {
    if (seconds > 0 && !context.isLocal()) {
      watch = new ExecutorWatch(context.sc(), seconds);
    }
  }

  /** The reason for a failure in the words of the user, where this session knows it. */
  public Exception explained(Exception failure) {
    return watch == null ? failure : watch.explained(failure);
  }

  public JavaSparkContext context() {
    return context;
  }

  /** The SQL side, made on the first call. */
  public SparkSession sql() {
    return SparkSession.builder().config(context.getConf()).getOrCreate();
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
    if (started) {
      stop();
      end();
    }
  }

  /** Stops Spark; that a task which it cuts off can report to nobody is no news. */
  private void stop() {
    Level level = LogManager.getLogger(SCHEDULER).getLevel();
    Configurator.setLevel(SCHEDULER, Level.OFF);
    try {
      context.stop();
    } finally {
      Configurator.setLevel(SCHEDULER, level);
    }
  }

  private static synchronized void end() {
    running = null;
    closeDirectory();
  }

  /**
   * To be called where the process is about to end before its command does. What Spark logs about
   * work that is cut off helps nobody, so it is silent from now on.
   *
   * @return whether an application runs, which may have begun to write
   */
  public static synchronized boolean endsWithProcess() {
    ending = true;
    // A level would not do: an application that is starting sets it.
    LoggerContext.getContext(false)
        .getConfiguration()
        .addFilter(DenyAllFilter.newBuilder().build());
    return running != null;
  }

  /** To be called last: deletes the temporary files of an application that was cut off. */
  public static synchronized void deleteTemporaryFiles() {
    if (directory != null) {
      directory.close();
    }
  }

  /**
   * Hadoop's settings for a command that starts no Spark: those that a session of that
   * configuration would read with.
   */
  public static Configuration hadoop(SparkConf conf) {
    Configuration hadoop = new Configuration();
    for (Tuple2<String, String> setting : conf.getAllWithPrefix("spark.hadoop.")) {
      hadoop.set(setting._1(), setting._2());
    }
    return hadoop;
  }

  static SparkConf configuration(String name, String master, Map<String, String> environment) {
    SparkConf conf = new SparkConf();
    if (master != null) {
      conf.setMaster(master);
    }
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", name);
    // What crosses the wire are records; Spark's Kryo can't write these, and wins nothing here.
    conf.set(SERIALIZER, JavaSerializer.class.getName());
    // The average of a slice comes with the message that its task has ended, not by a fetch of its
    // own.
    conf.setIfMissing("spark.task.maxDirectResultSize", "8m");
    conf.setIfMissing("spark.log.level", "WARN");
    conf.setIfMissing("spark.plugins", MetricsPlugin.class.getName());
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // Whoever sees the page needs no way to end jobs by a click.
    conf.setIfMissing("spark.ui.killEnabled", "false");
    // A task that finds memory full fails with that reason, and not the process without any.
    conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
    if (conf.get("spark.master").startsWith("local")) {
      // No port to open, no host name to resolve.
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.host", "localhost");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    if (LOOPBACK.matcher(conf.get("spark.master")).matches()
        && !environment.containsKey("SPARK_LOCAL_IP")) {
      // Nobody else shall reach the driver either; its page would listen to everybody.
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    shareSecret(environment, conf);
    prepareExecutors(environment, conf);
    return conf;
  }

  /**
   * The secret of a standalone cluster comes from where its other processes have it: Spark's
   * master, workers and executors read that variable, only the driver insists on the setting.
   */
  private static void shareSecret(Map<String, String> environment, SparkConf conf) {
    String secret = environment.get("_SPARK_AUTH_SECRET");
    if (secret != null && conf.getBoolean("spark.authenticate", false)) {
      conf.setIfMissing("spark.authenticate.secret", secret);
    }
  }

  private static void prepareExecutors(Map<String, String> environment, SparkConf conf) {
    // Native code reads these before any Java code of ours runs.
    boolean keepCoreType = environment.containsKey("CHORALE_KEEP_OPENBLAS_CORETYPE");
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith("MALLOC_")
              || (keepCoreType && variable.equals("OPENBLAS_CORETYPE"))) {
            conf.setIfMissing("spark.executorEnv." + variable, value);
          }
        });
    conf.setIfMissing(
        "spark.executorEnv." + Device.WORKSPACE,
        environment.getOrDefault(Device.WORKSPACE, Device.FIXED_WORKSPACE));
    String options = conf.get("spark.executor.extraJavaOptions", "");
    for (Map.Entry<String, String> property : new TreeMap<>(NATIVE).entrySet()) {
      String name = property.getKey();
      if (System.getProperty(name) == null) {
        // Started by plain spark-submit, without conf/jvm.options.
        System.setProperty(name, property.getValue());
      }
      if (!options.contains(name)) {
        options += " -D" + name + "=" + System.getProperty(name);
      }
    }
    if (!options.contains("G1HeapRegionSize")) {
      options += " " + REGIONS;
    }
    for (String part : ROOT_LOCALE) {
      if (!options.contains(part)) {
        options += " -D" + part + "=";
      }
    }
    conf.set("spark.executor.extraJavaOptions", options.strip());
  }
}
