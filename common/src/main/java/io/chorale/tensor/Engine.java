package io.chorale.tensor;

import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/** Starts libtorch: loads its natives and gives every worker one thread. */
public final class Engine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private static final boolean PROCESSOR_HAS_AVX512 = findsAvx512();

  /** Longer than a step; a step that takes longer may crash as the process ends. */
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);

  private static final ThreadLocal<Boolean> STARTED = ThreadLocal.withInitial(() -> false);

  private Engine() {}

  /**
   * Makes libtorch ready on the calling thread; cheap when it already is.
   *
   * <p>Every thread that computes calls this first: libtorch and OpenBLAS keep their number of
   * threads partly per calling thread, and a matrix product on more threads than its worker's own
   * takes cores away from the other workers.
   *
   * @throws ChoraleException where this machine cannot load the natives
   */
  public static void start() {
    if (!STARTED.get()) {
      Natives.load();
      torch.set_num_threads(1);
      openblas.blas_set_num_threads(1);
      STARTED.set(true);
    }
  }

  /** The message for natives that this machine cannot load. */
  static ChoraleException refusal(LinkageError failure) {
    return new ChoraleException(
        ("Cannot load libtorch: %s, expected natives for %s and all that they need. A jar that was"
                + " built with -Pcuda needs CUDA 13 and cuDNN 9 on the library path of every"
                + " machine, also of one without a GPU (LD_LIBRARY_PATH).")
            .formatted(reason(failure), Loader.getPlatform()),
        failure);
  }

  /** What the dynamic linker said: the innermost cause. */
  static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }

  /**
   * Gives memory that was freed back to the operating system.
   *
   * <p>glibc keeps what a thread freed in an arena of that thread's, 16 of them on two cores. Spark
   * runs the tasks of an executor on many threads, so without this a process comes to hold the most
   * that a worker takes once for each arena. Costs milliseconds: call it after a round, not after a
   * step. Does nothing with other C libraries.
   */
  public static void release() {
    Pointer.trimMemory();
  }

  /**
   * Bytes of the machine's memory that this process holds, the Java heap with all else but pages of
   * mapped files (Linux: RssAnon); empty where the operating system does not tell.
   */
  public static OptionalDouble residentBytes() {
    try {
      long bytes = Pointer.physicalBytes();
      return bytes > 0 ? OptionalDouble.of(bytes) : OptionalDouble.empty();
    } catch (LinkageError e) {
      // Natives that this machine cannot load: whoever computes is told.
      return OptionalDouble.empty();
    }
  }

  /** Versions of the natives, the instruction set that they use and the processor, for reports. */
  public static Map<String, String> facts() {
    start();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("javacpp", version("javacpp"));
    facts.put("libtorch", version("pytorch"));
    facts.put("openblas", version("openblas"));
    facts.put("dnnl", version("dnnl"));
    try (BytePointer capability = torch.get_cpu_capability()) {
      facts.put("cpu-capability", capability.getString());
    }
    facts.put("cpu", processor());
    return facts;
  }

  /** The processor's name where the operating system tells it, else its architecture. */
  private static String processor() {
    String architecture = System.getProperty("os.arch");
    if (!Files.isReadable(CPU_INFO)) {
      return architecture;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(architecture);
    } catch (IOException e) {
      return architecture;
    }
  }

  /** Whether the operating system says that the processor has AVX-512. */
  public static boolean hasAvx512() {
    return PROCESSOR_HAS_AVX512;
  }

  private static boolean findsAvx512() {
    if (!Files.isReadable(CPU_INFO)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" avx512bw"));
    } catch (IOException e) {
      return false;
    }
  }

  private static String version(String artifact) {
    try {
      String version = Loader.getVersion("org.bytedeco", artifact);
      return version == null ? "unknown" : version;
    } catch (IOException e) {
      // A repackaged jar may have lost the properties that state it.
      return "unknown";
    }
  }

  /** Loads once per JVM: class initialisation is the lock. */
  private static final class Natives {
    /** Why they cannot be loaded; none where they are. */
    private static final Optional<LinkageError> FAILURE = tried();

    private Natives() {}

    static void load() {
      FAILURE.ifPresent(
          failure -> {
            throw refusal(failure);
          });
    }

    private static Optional<LinkageError> tried() {
      try {
        Loader.load(openblas.class);
        Loader.load(torch.class);
      } catch (LinkageError e) {
        return Optional.of(e);
      }
      closeStepsAtTheEnd();
      return Optional.empty();
    }

    private static void closeStepsAtTheEnd() {
      try {
        Runtime.getRuntime()
            .addShutdownHook(new Thread(() -> StepGate.close(PATIENCE_AT_THE_END), "end of steps"));
      } catch (IllegalStateException e) {
        // The process ends already.
        StepGate.close(Duration.ZERO);
      }
    }
  }
}
