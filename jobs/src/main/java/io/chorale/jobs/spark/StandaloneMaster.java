package io.chorale.jobs.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;

/**
 * Finds out whether the master of a standalone cluster takes an application: Spark itself says so
 * late, with pages of stack traces, and hands out a context that is about to stop.
 */
final class StandaloneMaster {
  /** {@code spark://host:port,host:port}: of several masters one leads. */
  private static final Pattern URL = Pattern.compile("spark://([^/]+)/?");

  private static final Pattern ADDRESS = Pattern.compile("(.+):([0-9]{1,5})");
  private static final int MILLIS = 10_000;

  private StandaloneMaster() {}

  /**
   * Tries to reach it.
   *
   * @param url of any master; of another kind than standalone it passes
   * @throws IOException where nothing answers
   */
  static void checkAnswers(String url) throws IOException {
    Matcher masters = URL.matcher(url);
    if (!masters.matches()) {
      return;
    }
    IOException none = null;
    for (String master : masters.group(1).split(",")) {
      Matcher address = ADDRESS.matcher(master);
      if (!address.matches()) {
        // Spark says what is wrong with it.
        return;
      }
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(address.group(1), Integer.parseInt(address.group(2))), MILLIS);
        return;
      } catch (IOException | IllegalArgumentException e) {
        none = new IOException("nothing answers there (" + e.getMessage() + ")", e);
      }
    }
    throw none;
  }

  /**
   * Looks whether a master has accepted an application; for another kind of cluster it passes.
   *
   * @throws IOException where it has not
   */
  static void checkAccepted(SparkContext context) throws IOException {
    // The master gives an application its id; this is what Spark makes up without one.
    if (context.applicationId().startsWith("spark-application-")) {
      context.stop();
      throw new IOException(
          "it answers, but has not accepted this application (does it ask for a secret, or is it of"
              + " another version of Spark?)");
    }
  }
}
