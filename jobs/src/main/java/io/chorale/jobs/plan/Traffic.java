package io.chorale.jobs.plan;

import io.chorale.average.Codec;
import io.chorale.config.AverageSettings;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatVector;

/**
 * The bytes that a round moves, beside what it stores.
 *
 * @param executors on which the workers run at the same time
 * @param sent by all workers to the averaging
 * @param collected by the driver: the averages
 * @param anchor to each executor; the driver sends it once, executors pass its pieces on
 */
public record Traffic(int executors, long sent, long collected, long anchor) {

  /** The traffic of rounds with P parameters and K workers. */
  public static Traffic of(AverageSettings settings, long parameters, int workers, int executors) {
    return new Traffic(
        executors,
        workers * encoded(settings.send(), parameters),
        encoded(Format.FLOAT32, parameters),
        encoded(settings.anchor(), parameters));
  }

  /**
   * Seconds where every machine is joined by a link of that rate, full duplex, and nothing else is
   * slow: the shuffle among executors, the averages to the driver, the anchor to the executors.
   *
   * @param bitsPerSecond of a link
   */
  public double seconds(double bitsPerSecond) {
    double elsewhere = (executors - 1.0) / executors;
    return 8 * (sent / (double) executors * elsewhere + collected + anchor) / bitsPerSecond;
  }

  private static long encoded(Format format, long parameters) {
    Codec codec = Codec.of(format);
    int slices = FloatVector.sliceCount(parameters);
    long last = bytes(codec, FloatVector.sliceLength(parameters, slices - 1));
    return slices == 1 ? last : (slices - 1) * bytes(codec, FloatVector.SLICE) + last;
  }

  private static long bytes(Codec codec, int length) {
    return codec.bytes(length);
  }
}
