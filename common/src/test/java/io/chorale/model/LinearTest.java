package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import io.chorale.io.FloatVector;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearTest {
  private static final int IN = 512;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static TrainSettings by(String products) {
    return SettingsFile.read("test", "", List.of("train.products=" + products)).train();
  }

  /** Also of steps in the middle of rows, which lie apart. */
  @ParameterizedTest
  @CsvSource({"1, true", "5, false", "16, true", "17, true"})
  void fewRowsOfAModelThatIsReadAreMultipliedByProducts(int rows, boolean biased) {
    Slots slots = new Slots();
    Linear layer = Linear.of(slots, "layer", Init.normal(1), 300, IN, biased);
    ParameterLayout layout = slots.layout();
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard()) {
      torch.manual_seed(1);
      FloatVector parameters = FlatTensors.read(torch.randn(layout.size()));
      Tensor x = torch.randn(rows, 3, IN).narrow(1, 1, 1);
      try (Weights aten = Weights.frozen(layout, parameters, by("aten"), Device.CPU);
          Weights oneDnn = Weights.frozen(layout, parameters, by("onednn"), Device.CPU)) {
        Tensor expected = layer.forward(aten, x);
        Tensor found = layer.forward(oneDnn, x);
        assertArrayEquals(expected.sizes().vec().get(), found.sizes().vec().get());
        assertTrue(torch.allclose(expected, found, 1e-5, 1e-3, false));
        assertEquals(rows > 16, oneDnn.products().orElseThrow().kernels().isEmpty());
      }
    }
  }
}
