package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Memory of long contexts: no number for each pair of steps, and no block that nobody needs. */
class LongContextTest {
  private static final int CONTEXT = 8192;
  private static final int WIDTH = 16;
  private static final int BLOCKS = 16;

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
    int[] lengths = padded ? new int[] {CONTEXT, CONTEXT - 100} : new int[] {CONTEXT};
    long grown = grown(form, 1, WIDTH, recompute, lengths, true);
    long kilobytesOfAllPairs = 4L * CONTEXT * CONTEXT / 1024; // of one head of one row
    assertTrue(grown < kilobytesOfAllPairs / 2, grown + " kB");
  }

  /** Computed again or without a way back, many blocks need little more than one. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void blocksThatAreNotKeptAreFreed() throws IOException {
    assumeTrue(Pointer.trimMemory(), "only glibc gives memory back");
    int[] lengths = {CONTEXT / 4};
    long kept = grown(Form.BOTH_WAYS, BLOCKS, 4 * WIDTH, false, lengths, true);
    long again = grown(Form.BOTH_WAYS, BLOCKS, 4 * WIDTH, true, lengths, true);
    assertTrue(again < kept / 2, again + " of " + kept + " kB");
    long evaluated = grown(Form.BOTH_WAYS, BLOCKS, 4 * WIDTH, false, lengths, false);
    assertTrue(evaluated < kept / 2, evaluated + " of " + kept + " kB");
  }

  /** By how many kB a step makes the process grow, or a pass without a way back. */
  private static long grown(
      Form form, int layers, int width, boolean recompute, int[] lengths, boolean back)
      throws IOException {
    Settings settings =
        SettingsFile.read(
            "test",
            "",
            List.of(
                "model.layers=" + layers,
                "model.width=" + width,
                "attention.heads=2",
                "attention.positions=rotary",
                "attention.recompute=" + recompute));
    Slots slots = new Slots();
    Backbone backbone = Backbone.of(slots, "", settings, form, lengths[0]);
    ParameterLayout layout = slots.layout();
    Pointer.trimMemory();
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(layout, layout.initial(1), false, Device.CPU)) {
      long[] shape = {lengths.length, lengths[0], width};
      Tensor x = torch.ones(shape, new TensorOptions(torch.ScalarType.Float));
      Sequence sequence = new Sequence.Vectors(x, Lengths.of(lengths, lengths[0]));
      long before = peak(true);
      if (back) {
        Pass pass = Pass.training(Dropout.NONE, tape);
        tape.backward(backbone.forward(weights, sequence, State.NONE, pass).values().sum());
      } else {
        try (NoGradGuard guard = new NoGradGuard()) {
          backbone.forward(weights, sequence, State.NONE, Pass.reading());
        }
      }
      return peak(false) - before;
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
