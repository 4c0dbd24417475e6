package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over long contexts, forward and back, never holds a number for each pair of steps. */
class LongContextTest {
  private static final int CONTEXT = 8192;
  private static final int WIDTH = 16;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  @ParameterizedTest
  @CsvSource({
    "CAUSAL, false, false",
    "CAUSAL, false, true",
    "CAUSAL, true, false",
    "BOTH_WAYS, false, false",
    "BOTH_WAYS, true, false",
    "BOTH_WAYS, true, true"
  })
  @EnabledOnOs(OS.LINUX)
  void aStepNeedsNoMatrixOfAllPairs(Form form, boolean padded, boolean recompute)
      throws IOException {
    Settings settings =
        SettingsFile.read(
            "test",
            "",
            List.of(
                "model.layers=1",
                "model.width=" + WIDTH,
                "attention.heads=2",
                "attention.positions=rotary",
                "attention.recompute=" + recompute));
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", settings, form, CONTEXT);
    ParameterLayout layout = slots.layout();
    int rows = padded ? 2 : 1;
    int[] lengths = padded ? new int[] {CONTEXT, CONTEXT - 100} : new int[] {CONTEXT};
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(layout, layout.initial(1), false, Device.CPU)) {
      long[] shape = {rows, CONTEXT, WIDTH};
      Tensor x = torch.ones(shape, new TensorOptions(torch.ScalarType.Float));
      Sequence sequence = new Sequence.Vectors(x, Lengths.of(lengths, CONTEXT));
      long before = peak(true);
      Pass pass = Pass.training(Dropout.NONE, tape);
      tape.backward(backbone.forward(weights, sequence, State.NONE, pass).values().sum());
      long grown = peak(false) - before;
      long kilobytesOfAllPairs = 4L * CONTEXT * CONTEXT / 1024; // of one head of one row
      assertTrue(grown < kilobytesOfAllPairs / 2, grown + " kB");
    }
  }

  /**
   * The most memory that the process has held, in kB.
   *
   * @param anew whether to count from now on
   */
  private static long peak(boolean anew) throws IOException {
    if (anew) {
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    }
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
