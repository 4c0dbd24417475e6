package io.chorale.jobs.monitor;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.chorale.tensor.Engine;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** Gauges of the memory of a process, in bytes. */
final class ProcessMemory {
  private ProcessMemory() {}

  static void register(MetricRegistry registry) {
    registry.register("resident_bytes", (Gauge<Double>) ProcessMemory::resident);
    registry.register("native_bytes", (Gauge<Double>) ProcessMemory::outsideJava);
  }

  /** What the process holds of the machine's memory. */
  private static double resident() {
    return Engine.residentBytes().orElse(Double.NaN);
  }

  /** What is resident beyond all that Java itself has committed: libtorch's tensors, above all. */
  private static double outsideJava() {
    MemoryMXBean java = ManagementFactory.getMemoryMXBean();
    long committed =
        java.getHeapMemoryUsage().getCommitted() + java.getNonHeapMemoryUsage().getCommitted();
    return Math.max(0, resident() - committed);
  }
}
