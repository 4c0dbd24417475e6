package io.chorale.jobs.spark;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.jobs.console.Amounts;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in words why Spark has not started, and what the user can do about it. */
final class StartFailure {
  /** As Spark puts it, of the driver's heap and of the executors'. */
  private static final Pattern MEMORY =
      Pattern.compile("(System|Executor) memory ([0-9]+) must be at least ([0-9]+)");

  private static final String NO_PORT = "Service '";

  private StartFailure() {}

  static ChoraleException of(String master, Exception cause) {
    String found = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    Matcher memory = MEMORY.matcher(found);
    if (memory.find()) {
      boolean driver = memory.group(1).equals("System");
      return new ChoraleException(
          "Cannot start Spark: the Java heap of %s has %s, expected at least %s. Raise %s."
              .formatted(
                  driver ? "the driver" : "an executor",
                  Amounts.bytes(Long.parseLong(memory.group(2))),
                  Amounts.bytes(Long.parseLong(memory.group(3))),
                  driver ? "CHORALE_DRIVER_MEMORY (spark.driver.memory)" : "spark.executor.memory"),
          cause);
    }
    if (found.contains(NO_PORT)) {
      return new ChoraleException(
          ("Cannot start Spark with master %s: %s, expected an address and ports of this machine."
                  + " Check spark.driver.host, spark.driver.bindAddress, spark.driver.port and"
                  + " SPARK_LOCAL_IP.")
              .formatted(master, found),
          cause);
    }
    String message =
        "Cannot start Spark with master %s: %s, expected local[N], yarn or the URL of a running master. Check --master."
            .formatted(master, found);
    return found.contains("Master URL")
        ? new SettingsException(message, cause)
        : new ChoraleException(message, cause);
  }
}
