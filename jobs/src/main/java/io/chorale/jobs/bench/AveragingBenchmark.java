package io.chorale.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import io.chorale.average.Anchor;
import io.chorale.average.Exchange;
import io.chorale.average.OuterOptimizer;
import io.chorale.config.AverageSettings;
import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatVector;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.round.RoundJob;
import io.chorale.jobs.round.WorkerReport;
import io.chorale.jobs.spark.SharedVector;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Measures the cost of a round beside the local steps: sharing the anchor, encoding, the shuffle,
 * averaging, the outer step. The path is that of a training; workers do not train.
 */
public final class AveragingBenchmark {
  private static final int CHUNK = 1 << 20;

  private final JavaSparkContext spark;
  private final AverageSettings settings;
  private final Format send;
  private final int workers;
  private final Anchor anchor;

  /**
   * @param parameters P
   * @param workers K
   */
  public AveragingBenchmark(
      JavaSparkContext spark, AverageSettings settings, Format send, long parameters, int workers) {
    this.spark = spark;
    this.settings = settings;
    this.send = send;
    this.workers = workers;
    this.anchor =
        Anchor.start(
            random(parameters), OuterOptimizer.of(settings, workers), Exchange.ofValues(send));
  }

  private static FloatVector random(long length) {
    FloatVector vector = new FloatVector(length);
    SplittableRandom random = new SplittableRandom(1);
    for (int slice = 0; slice < vector.sliceCount(); slice++) {
      float[] values = vector.slice(slice);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble() - 0.5f;
      }
    }
    return vector;
  }

  /**
   * A round.
   *
   * @param shareSeconds encoding and broadcasting the anchor, before any executor has fetched it
   * @param workerSeconds fetching the anchor, making parameters of it, encoding, writing the
   *     shuffle
   * @param averageSeconds reading the shuffle, averaging, collecting, the outer step
   * @param cpuSeconds of all threads of this process in the round, which other load on the machine
   *     hardly changes
   * @param copySeconds a plain copy of what went up, in memory
   * @param diskSeconds writing and reading as many bytes as went up, plainly
   * @param heapPeak bytes of this JVM's heap at most: the driver's, and with a local master the
   *     workers' too
   * @param residentPeak bytes of this process at most; 0 where the system does not tell
   */
  public record Round(
      double shareSeconds,
      double workerSeconds,
      double averageSeconds,
      double cpuSeconds,
      long bytesUp,
      long bytesAveraged,
      long bytesDown,
      double copySeconds,
      double diskSeconds,
      long heapPeak,
      long residentPeak) {

    public double seconds() {
      return shareSeconds + workerSeconds + averageSeconds;
    }
  }

  /** Runs one round; the next one goes on from it. */
  public Round round() throws IOException {
    resetPeaks();
    double cpuBefore = cpuSeconds();
    Stopwatch watch = new Stopwatch();
    SharedVector shared = SharedVector.of(spark, anchor.parameters(), settings.anchor());
    try {
      double shareSeconds = watch.lap();
      RoundJob job = RoundJob.synthetic(spark, workers, shared, send);
      List<WorkerReport> reports = job.reports();
      double workerSeconds = watch.lap();
      job.averages(anchor::step);
      double averageSeconds = watch.lap();
      double cpuSeconds = cpuSeconds() - cpuBefore;
      long heapPeak = heapPeak();
      long residentPeak = residentPeak();
      long up = reports.stream().mapToLong(WorkerReport::bytesSent).sum();
      return new Round(
          shareSeconds,
          workerSeconds,
          averageSeconds,
          cpuSeconds,
          up,
          job.bytesReceived(),
          workers * shared.bytes(),
          copySeconds(up),
          diskSeconds(up),
          heapPeak,
          residentPeak);
    } finally {
      SharedVector.destroy(spark, shared);
    }
  }

  private static double cpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime() * 1e-9
        : Double.NaN;
  }

  private static double copySeconds(long bytes) {
    byte[] from = new byte[64 * CHUNK];
    byte[] to = new byte[64 * CHUNK];
    Stopwatch watch = new Stopwatch();
    for (long done = 0; done < bytes; done += from.length) {
      System.arraycopy(from, 0, to, 0, (int) Math.min(from.length, bytes - done));
    }
    return watch.total();
  }

  private double diskSeconds(long bytes) throws IOException {
    Path file = Files.createTempFile(Scratch.of(spark), "chorale-bench", ".bytes");
    try {
      byte[] chunk = new byte[CHUNK];
      new SplittableRandom(1).nextBytes(chunk);
      Stopwatch watch = new Stopwatch();
      try (OutputStream out = Files.newOutputStream(file)) {
        for (long done = 0; done < bytes; done += CHUNK) {
          out.write(chunk, 0, (int) Math.min(CHUNK, bytes - done));
        }
      }
      try (InputStream in = Files.newInputStream(file)) {
        while (in.read(chunk) >= 0) {
          continue;
        }
      }
      return watch.total();
    } finally {
      Files.delete(file);
    }
  }

  private static List<MemoryPoolMXBean> heap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  private static void resetPeaks() {
    System.gc();
    heap().forEach(MemoryPoolMXBean::resetPeakUsage);
    try {
      // Resets what residentPeak reads; see proc(5).
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    } catch (IOException e) {
      // Then the peak is that of the process since its start.
    }
  }

  private static long heapPeak() {
    return heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
  }

  private static long residentPeak() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
