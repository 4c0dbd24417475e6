package io.chorale.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.TrainSettings;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class DeviceTest {
  /** No machine has as many. */
  private static final int MISSING = 100;

  @Test
  void aMissingGpuIsRefused() {
    ChoraleException refused =
        assertThrows(ChoraleException.class, () -> Device.of(TrainSettings.Device.GPU, MISSING));
    assertTrue(refused.getMessage().startsWith("Cannot compute on GPU 100: libtorch finds "));
    assertTrue(refused.getMessage().contains("train.device"));
  }

  @Test
  void fallsBackToTheProcessorOnlyWhenTold() {
    assertSame(Device.CPU, Device.of(TrainSettings.Device.GPU_OR_CPU, MISSING));
    assertSame(Device.CPU, Device.of(TrainSettings.Device.CPU, 0));
    assertEquals("cpu", Device.CPU.toString());
  }

  @Test
  void aGpuWithoutAFixedWorkspaceIsRefused() {
    assumeTrue(Device.count() > 0, "NOT TESTED HERE: libtorch finds no GPU");
    ChoraleException refused =
        assertThrows(
            ChoraleException.class, () -> Device.of(TrainSettings.Device.GPU, 0, Map.of()));
    assertTrue(
        refused.getMessage().contains("CUBLAS_WORKSPACE_CONFIG is not set, expected :4096:8"));
    assertTrue(refused.getMessage().contains("spark.executorEnv.CUBLAS_WORKSPACE_CONFIG"));
    Map<String, String> fixed = Map.of("CUBLAS_WORKSPACE_CONFIG", ":16:8");
    assertEquals("gpu 0", Device.of(TrainSettings.Device.GPU, 0, fixed).toString());
  }

  @Test
  void nativesThatCannotBeLoadedAreNamed() {
    LinkageError failure = new UnsatisfiedLinkError("no jnitorch in java.library.path");
    failure.initCause(
        new UnsatisfiedLinkError("libtorch_cpu.so: libcupti.so.13: cannot open shared object"));
    String message = Engine.refusal(failure).getMessage();
    assertTrue(message.startsWith("Cannot load libtorch: libtorch_cpu.so: libcupti.so.13: "));
    assertTrue(message.contains("CUDA 13"), message);
  }

  @Test
  void idsKeepTheirValues() {
    int[] ids = {0, 7, -100, Integer.MAX_VALUE};
    try (StepScope scope = new StepScope()) {
      Tensor tensor = Device.CPU.ids(ids);
      assertEquals(torch.ScalarType.Long, tensor.scalar_type().intern());
      long[] found = new long[ids.length];
      tensor.data_ptr_long().get(found);
      assertArrayEquals(new long[] {0, 7, -100, Integer.MAX_VALUE}, found);
    }
  }
}
