package io.chorale.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OtherMachineTest {
  private static final Map<String, String> THIS =
      Map.of("cpu", "Xeon", "cpu-capability", "AVX512", "device", "gpu 0", "products", "some");
  private static final Map<String, String> SAME =
      Map.of("cpu", "Xeon", "cpu-capability", "AVX512", "device", "gpu 3", "products", "others");
  private static final Map<String, String> OTHER =
      Map.of("cpu", "EPYC", "cpu-capability", "AVX512", "device", "gpu 0");

  @Test
  void anotherProcessorIsTold() {
    assertEquals(Optional.empty(), OtherMachine.warning(Map.of(), List.of(THIS, SAME)));
    assertEquals(Optional.empty(), OtherMachine.warning(THIS, List.of(SAME)));
    String later = OtherMachine.warning(THIS, List.of(OTHER)).orElseThrow();
    assertTrue(later.contains("(cpu EPYC, before Xeon)"), later);
    String workers = OtherMachine.warning(THIS, List.of(THIS, OTHER)).orElseThrow();
    assertTrue(workers.contains("(cpu Xeon and EPYC, before Xeon)"), workers);
  }
}
