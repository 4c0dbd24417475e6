package io.chorale.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OtherMachineTest {
  private static final Map<String, String> THIS =
      Map.of("cpu", "Xeon", "cpu-capability", "AVX512", "device", "gpu 0", "products", "onednn: a");
  private static final Map<String, String> SAME =
      Map.of(
          "cpu", "Xeon", "cpu-capability", "AVX512", "device", "gpu 3", "products", "onednn: b; c");
  private static final Map<String, String> OTHER =
      Map.of("cpu", "EPYC", "cpu-capability", "AVX512", "device", "gpu 0", "products", "onednn: a");

  @Test
  void anotherProcessorIsTold() {
    assertEquals(Optional.empty(), OtherMachine.warning(Map.of(), List.of(THIS, SAME)));
    assertEquals(Optional.empty(), OtherMachine.warning(THIS, List.of(SAME)));
    String later = OtherMachine.warning(THIS, List.of(OTHER)).orElseThrow();
    assertTrue(later.contains("(cpu EPYC, before Xeon)"), later);
    Map<String, String> past = Map.of("cpu", "Xeon", "cpu-capability", "AVX512", "device", "gpu 0");
    String grown = OtherMachine.warning(past, List.of(THIS)).orElseThrow();
    assertTrue(grown.contains("(products onednn, before unknown)"), grown);
    String workers = OtherMachine.warning(THIS, List.of(THIS, OTHER)).orElseThrow();
    assertTrue(workers.contains("(cpu Xeon and EPYC, before Xeon)"), workers);
  }
}
