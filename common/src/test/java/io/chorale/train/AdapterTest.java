package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Schema;
import io.chorale.data.TokenStream;
import io.chorale.io.FloatStore;
import io.chorale.io.FloatVector;
import io.chorale.model.Adapter;
import io.chorale.model.BaseWeights;
import io.chorale.model.Dropout;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Pass;
import io.chorale.model.Slot;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters of a language model, beside the model that they are merged into. */
class AdapterTest {
  private static final int VOCABULARY = 11;
  private static final int LENGTH = 8;
  private static final List<String> GATED =
      List.of(
          "attention.heads=4",
          "attention.kv-heads=2",
          "attention.positions=rotary",
          "attention.norm=rms",
          "attention.activation=swiglu");

  @BeforeAll
  static void engine() {
    Engine.start();
  }

  private static Settings settings(List<String> more, String... others) {
    List<String> all =
        new ArrayList<>(List.of("model.layers=2", "model.width=16", "train.context=" + LENGTH));
    all.addAll(more);
    all.addAll(List.of(others));
    return SettingsFile.with(SettingsFile.defaults(), all);
  }

  private static Task task(Settings settings) {
    return Task.of(settings, Schema.text(VOCABULARY, ""), "a test");
  }

  private static FloatVector random(ParameterLayout layout, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    FloatVector values = new FloatVector(layout.size());
    for (long i = 0; i < values.length(); i++) {
      values.set(i, (float) (0.6 * (random.nextDouble() - 0.5)));
    }
    return values;
  }

  private static float[] values(FloatVector parameters, ParameterLayout layout, Slot slot) {
    ParameterLayout.Entry entry = layout.entry(slot.name());
    float[] values = new float[(int) entry.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = parameters.get(entry.offset() + i);
    }
    return values;
  }

  /** The parameters of a layout, as what is only read. */
  static BaseWeights base(ParameterLayout layout, FloatVector parameters, boolean bfloat16) {
    return BaseWeights.read(
        layout,
        bfloat16,
        Device.CPU,
        stores -> {
          for (ParameterLayout.Entry entry : layout.entries()) {
            stores.get(entry.name()).put(0, values(parameters, layout, entry.slot()));
          }
        });
  }

  /** A loss and the gradients of what was trained. */
  private record Found(double loss, FloatVector gradients) {}

  private static Found found(
      Settings settings, Task task, FloatVector parameters, Optional<BaseWeights> base) {
    Ids text =
        new Ids(new int[] {1, 4, 7, 2, 9, 3, 5, 0, 2, 2, 8, 1, 10, 6, 4, 4}, LENGTH, lengths());
    Ids next =
        new Ids(new int[] {4, 7, 2, 9, 3, 5, 0, 6, 2, 8, 1, 10, 6, 4, 4, 3}, LENGTH, lengths());
    Batch batch = new Batch(Map.of(Column.TEXT, text, TokenStream.NEXT, next), 2, 16, false);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights =
            Weights.trained(
                task.layout(),
                parameters,
                false,
                Device.CPU,
                Products.of(settings.train(), Device.CPU),
                base)) {
      weights.begin();
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      weights.gather();
      return new Found(loss.mean().item_float(), FlatTensors.read(weights.flat().gradients()));
    }
  }

  private static int[] lengths() {
    return new int[] {LENGTH, LENGTH};
  }

  /**
   * By the chain rule: with W + s B A for W the gradient of B is s G A', and that of A is s B' G,
   * where G is the gradient of the sum.
   */
  @ParameterizedTest
  @CsvSource({
    "aten, false, '[]'",
    "onednn, false, '[]'",
    "aten, true, '[]'",
    "onednn, true, '[]'",
    "onednn, false, '[qkv, down]'",
    "onednn, true, '[query, value, gate]'",
  })
  void lossAndGradientsAreThoseOfTheMergedModel(String products, boolean gated, String targets) {
    List<String> shape = gated ? GATED : List.of("attention.heads=2", "attention.bias=true");
    Settings plain = settings(shape, "train.products=" + products);
    Settings adapted =
        SettingsFile.with(plain, "lora.rank=3", "lora.alpha=2", "lora.targets=" + targets);
    Task whole = task(plain);
    Task task = task(adapted);
    assertEquals(whole.layout().size(), task.base().size());
    FloatVector model = random(whole.layout(), 1);
    FloatVector factors = random(task.layout(), 2);
    Found found = found(adapted, task, factors, Optional.of(base(whole.layout(), model, false)));
    for (Adapter adapter : task.adapters()) {
      adapter.merge(model, whole.layout(), slot -> values(factors, task.layout(), slot));
    }
    Found merged = found(plain, whole, model, Optional.empty());
    assertEquals(merged.loss(), found.loss(), 1e-5);
    for (Adapter adapter : task.adapters()) {
      checkGradients(adapter, task.layout(), factors, found, whole.layout(), merged);
    }
  }

  private static void checkGradients(
      Adapter adapter,
      ParameterLayout layout,
      FloatVector factors,
      Found found,
      ParameterLayout whole,
      Found merged) {
    float[] a = values(factors, layout, adapter.a());
    float[] b = values(factors, layout, adapter.b());
    float[] ofA = values(found.gradients(), layout, adapter.a());
    float[] ofB = values(found.gradients(), layout, adapter.b());
    float[] g = values(merged.gradients(), whole, adapter.matrix());
    int in = (int) adapter.a().shape()[1];
    int rank = adapter.rank();
    double scale = 2.0 / 3;
    for (int unit = 0; unit < rank; unit++) {
      for (int row = 0; row < adapter.rows(); row++) {
        double sum = 0;
        for (int i = 0; i < in; i++) {
          sum += g[(int) (adapter.begin() + row) * in + i] * a[unit * in + i];
        }
        assertEquals(scale * sum, ofB[row * rank + unit], 1e-5, adapter.b().name());
      }
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int row = 0; row < adapter.rows(); row++) {
          sum += g[(int) (adapter.begin() + row) * in + i] * b[row * rank + unit];
        }
        assertEquals(scale * sum, ofA[unit * in + i], 1e-5, adapter.a().name());
      }
    }
  }

  @Test
  void aModelBeginsAsItWas() {
    Settings plain = settings(GATED);
    Settings adapted = SettingsFile.with(plain, "lora.rank=4");
    Task whole = task(plain);
    Task task = task(adapted);
    FloatVector model = random(whole.layout(), 1);
    FloatVector first = task.layout().initial(5);
    BaseWeights base = base(whole.layout(), model, false);
    assertEquals(
        found(plain, whole, model, Optional.empty()).loss(),
        found(adapted, task, first, Optional.of(base)).loss());
  }

  @Test
  void onlyBIsTrainedWhereThatIsAskedFor() {
    Task both = task(settings(GATED, "lora.rank=4"));
    Task one = task(settings(GATED, "lora.rank=4", "lora.factors=b"));
    assertTrue(one.layout().entries().stream().allMatch(entry -> entry.name().endsWith(".lora-b")));
    assertEquals(14, one.adapters().size());
    assertEquals(
        both.layout().size() + both.base().size(), one.layout().size() + one.base().size());
  }

  /** Steps change the adapters; moments are theirs alone, and what they belong to stays. */
  @ParameterizedTest
  @CsvSource({"float32", "bfloat16"})
  void aTrainingLearnsByAdaptersAlone(String precision) {
    Settings settings =
        settings(
            GATED,
            "lora.rank=2",
            "lora.dropout=0.1",
            "train.products=onednn",
            "train.precision=" + precision,
            "train.learning-rate=0.01",
            "train.warmup=0",
            "train.batch=2");
    Task task = task(settings);
    FloatVector model = random(task.base(), 1);
    BaseWeights base = base(task.base(), model, precision.equals("bfloat16"));
    LocalLoop loop =
        new LocalLoop(
            settings, task, Device.CPU, FrozenRows.NONE, () -> Optional.of(base.shared(() -> {})));
    Ids text =
        new Ids(new int[] {1, 4, 7, 2, 9, 3, 5, 0, 2, 2, 8, 1, 10, 6, 4, 4}, LENGTH, lengths());
    Ids next =
        new Ids(new int[] {4, 7, 2, 9, 3, 5, 0, 6, 2, 8, 1, 10, 6, 4, 4, 3}, LENGTH, lengths());
    Batch batch = new Batch(Map.of(Column.TEXT, text, TokenStream.NEXT, next), 2, 16, false);
    LocalTrainer trainer = loop.on(always(batch));
    double[] losses = new double[40];
    try (WorkerState state = trainer.fresh();
        LocalTraining training = trainer.begin(task.layout().initial(1), state)) {
      for (FloatStore moment : state.arrays().values()) {
        assertEquals(task.layout().size(), moment.length());
      }
      training.run(
          0,
          new StepRange(0, 0, losses.length),
          (done, tokens, loss) -> losses[(int) done - 1] = loss);
    }
    assertTrue(losses[39] < losses[0] - 0.2, losses[0] + " and " + losses[39]);
    try (StepScope scope = new StepScope()) {
      Found again =
          found(settings, task, task.layout().initial(1), Optional.of(base.shared(() -> {})));
      Found before =
          found(
              settings,
              task,
              task.layout().initial(1),
              Optional.of(base(task.base(), model, false)));
      assertEquals(before.loss(), again.loss());
    }
    base.close();
  }

  private static BatchSource always(Batch batch) {
    return new BatchSource() {
      @Override
      public long batchesPerEpoch() {
        return 1;
      }

      @Override
      public Batch batch(long step) {
        return batch;
      }
    };
  }

  @Test
  void targetsAreThoseOfTheModel() {
    Settings settings =
        settings(List.of("attention.heads=2"), "lora.rank=2", "lora.targets=[gate]");
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () -> settings.lora().check(settings.train(), settings.model(), false));
    assertTrue(refused.getMessage().startsWith("lora.rank must be 0"), refused.getMessage());
    assertThrows(SettingsException.class, () -> settings(List.of(), "lora.targets=[query, query]"));
    assertThrows(SettingsException.class, () -> settings(List.of(), "lora.targets=[qkv, key]"));
    refused =
        assertThrows(
            SettingsException.class, () -> settings(List.of(), "lora.targets=[query, wte]"));
    assertTrue(refused.getMessage().startsWith("lora.targets must be qkv, query, "));
  }
}
