package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.TokenStream;
import io.chorale.evaluate.Evaluator;
import io.chorale.io.FloatVector;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalLoopTest {
  private static final int VOCABULARY = 11;
  private static final int CLASSES = 3;
  private static final String LABEL = Column.LABEL;
  private static final String SMALL =
      """
      model: {layers: 2, width: 16, dropout: 0.1}
      attention: {heads: 2}
      train: {context: 8, batch: 3, steps: 40, warmup: 4, learning-rate: 0.01}
      """;

  private static final String BFLOAT16 = " train.products=onednn train.precision=bfloat16";

  private static Settings settings(String... overrides) {
    assumeTrue(
        Engine.hasAvx512() || !String.join(" ", overrides).contains(BFLOAT16.strip()),
        "NOT TESTED: bfloat16 by oneDNN, which takes AVX-512");
    return SettingsFile.with(SettingsFile.read("test", SMALL, List.of()), overrides);
  }

  /** Token t of the text is t + t / 3, modulo V; each row reads on where it ended. */
  private record Counting(int rows, int length) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return 1000;
    }

    @Override
    public Batch batch(long step) {
      int[] inputs = new int[rows * length];
      int[] targets = new int[rows * length];
      for (int i = 0; i < inputs.length; i++) {
        long t = 100L * (i / length) + step * length + i % length;
        inputs[i] = (int) ((t + t / 3) % VOCABULARY);
        targets[i] = (int) ((t + 1 + (t + 1) / 3) % VOCABULARY);
      }
      return new Batch(
          Map.of(
              Column.TEXT, Ids.full(inputs, length), TokenStream.NEXT, Ids.full(targets, length)),
          rows,
          inputs.length,
          step > 0);
    }
  }

  /** Rows from one step to the context; the class of a row is its first token's. */
  private record Labelled(int rows, int context) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return 1000;
    }

    @Override
    public Batch batch(long step) {
      List<Row> batch = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        long t = step * rows + row;
        int[] text = new int[(int) (1 + t * t % context)];
        Arrays.setAll(text, i -> (int) ((t + i * i) % VOCABULARY));
        batch.add(new Row(Map.of(Column.TEXT, Ids.of(text), LABEL, Ids.of(text[0] % CLASSES))));
      }
      return Batch.of(batch, List.of(Column.TEXT, LABEL), LABEL, context);
    }
  }

  private static final String CLASSIFICATION =
      "task.kind=classification task.direction=both-ways model.dropout=0.3 ";

  private static Task task(Settings settings) {
    Schema labelled =
        new Schema(
            List.of(Column.ids(Column.TEXT, VOCABULARY), Column.label(LABEL, CLASSES)),
            Map.of(LABEL, Facts.labels(List.of("a", "b", "c"))));
    return Task.of(settings, labels(settings) ? labelled : Schema.text(VOCABULARY, ""), "a test");
  }

  private static boolean labels(Settings settings) {
    return settings.task().kind() == TaskSettings.Kind.CLASSIFICATION;
  }

  private static BatchSource batches(Settings settings) {
    int rows = settings.train().batch();
    int context = settings.train().context();
    return labels(settings) ? new Labelled(rows, context) : new Counting(rows, context);
  }

  private static FloatVector anchor(Settings settings) {
    return task(settings).layout().initial(1);
  }

  private static Trained run(Settings settings, int worker, StepRange range) {
    return run(settings, worker, range, anchor(settings), Trained.FRESH);
  }

  private static Trained run(
      Settings settings,
      int worker,
      StepRange range,
      FloatVector anchor,
      Map<String, FloatVector> state) {
    return Trained.by(
        new LocalLoop(settings, task(settings), Device.CPU).on(batches(settings)),
        anchor,
        state,
        worker,
        range,
        StepListener.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=transformer",
        "train.precision=bfloat16",
        "train.optimizer=sgd",
        "model.kind=lstm",
        "model.kind=gru",
        "model.kind=rnn",
        "model.kind=lstm" + BFLOAT16,
        "model.kind=gru" + BFLOAT16,
        "model.kind=rnn" + BFLOAT16,
        CLASSIFICATION + "model.kind=transformer",
        CLASSIFICATION + "model.kind=lstm",
        CLASSIFICATION + "model.kind=gru" + BFLOAT16
      })
  void roundsInSequenceEqualOneLongRound(String overrides) {
    Settings settings = settings(overrides.split(" "));
    Trained whole = run(settings, 0, new StepRange(0, 0, 9));
    Trained first = run(settings, 0, new StepRange(0, 0, 4));
    Trained second = run(settings, 0, new StepRange(4, 4, 5), first.parameters(), first.state());
    assertEquals(whole.parameters(), second.parameters());
    assertEquals(whole.state(), second.state());
    assertEquals(whole.result().learningRate(), second.result().learningRate(), 0);
    assertEquals(
        whole.result().lossSum(), first.result().lossSum() + second.result().lossSum(), 1e-9);
    assertEquals(9 * (labels(settings) ? 3 : 24), whole.result().tokens());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=transformer",
        "model.kind=lstm",
        "model.kind=lstm" + BFLOAT16,
        CLASSIFICATION + "model.kind=transformer",
        CLASSIFICATION + "model.kind=lstm",
        CLASSIFICATION + "model.kind=lstm" + BFLOAT16
      })
  void twoThreadsGiveTheSameBytesAsOne(String overrides)
      throws ExecutionException, InterruptedException {
    Settings settings = settings(overrides.split(" "));
    StepRange range = new StepRange(0, 0, 30);
    List<Trained> alone = List.of(run(settings, 0, range), run(settings, 1, range));
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      List<Future<Trained>> together = new ArrayList<>();
      for (int worker = 0; worker < 2; worker++) {
        int number = worker;
        together.add(pool.submit(() -> run(settings, number, range)));
      }
      for (int worker = 0; worker < 2; worker++) {
        Trained result = together.get(worker).get();
        assertEquals(alone.get(worker).parameters(), result.parameters());
        assertEquals(alone.get(worker).state(), result.state());
        assertEquals(alone.get(worker).result().lossSum(), result.result().lossSum(), 0);
      }
    } finally {
      pool.shutdown();
    }
    // Dropout alone tells the two workers apart here.
    assertNotEquals(alone.get(0).parameters(), alone.get(1).parameters());
  }

  @Test
  void anchorAndStateAreNotChanged() {
    Settings settings = settings();
    FloatVector anchor = anchor(settings);
    Map<String, FloatVector> state = run(settings, 0, new StepRange(0, 0, 2)).state();
    FloatVector moments = state.get("optimizer.adamw.first");
    FloatVector first = new FloatVector(moments.length());
    moments.copyTo(first, 0);
    run(settings, 0, new StepRange(2, 2, 3), anchor, state);
    assertEquals(anchor(settings), anchor);
    assertEquals(first, moments);
    assertEquals(Set.of("optimizer.adamw.first", "optimizer.adamw.second"), state.keySet());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=transformer",
        "model.kind=lstm",
        "train.precision=bfloat16",
        "model.kind=lstm" + BFLOAT16
      })
  void learnsToCount(String overrides) {
    double[] losses = losses(300, overrides + " train.steps=300 model.dropout=0.0");
    assertEquals(Math.log(VOCABULARY), losses[0], 0.1);
    double end = mean(Arrays.copyOfRange(losses, 280, 300));
    assertTrue(end < 0.5, "loss " + end);
  }

  private static double[] losses(int steps, String overrides) {
    Settings settings = settings(overrides.split(" "));
    double[] losses = new double[steps];
    Trained.by(
        new LocalLoop(settings, task(settings), Device.CPU).on(batches(settings)),
        anchor(settings),
        Trained.FRESH,
        0,
        new StepRange(0, 0, steps),
        (done, tokens, loss) -> losses[(int) done - 1] = loss);
    return losses;
  }

  private static double mean(double[] losses) {
    return Arrays.stream(losses).average().orElseThrow();
  }

  /**
   * Over windows of a stream, the state carried; ids looked up or one-hot, the head tied or not.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=lstm",
        "model.kind=lstm model.tied-head=false recurrence.embedding=8",
        "model.kind=lstm recurrence.layer-norm=true",
        "model.kind=gru",
        "model.kind=rnn",
        CLASSIFICATION + "model.kind=gru"
      })
  void kernelsAndPrecisionsTrainAlike(String overrides) {
    double[] exact = losses(40, overrides + " train.products=aten");
    assertArrayEquals(exact, losses(40, overrides + " train.products=onednn"), 1e-3);
    double[] rounded = losses(40, overrides + BFLOAT16);
    assertEquals(mean(exact), mean(rounded), 0.03);
    assertFalse(Arrays.equals(exact, rounded), "nothing was rounded");
  }

  @Test
  void lossThatIsNotFiniteStops() {
    Settings settings = settings();
    FloatVector anchor = anchor(settings);
    anchor.set(0, Float.NaN);
    NonFiniteLossException thrown =
        assertThrows(
            NonFiniteLossException.class,
            () -> run(settings, 3, new StepRange(2, 0, 4), anchor, Trained.FRESH));
    assertEquals(3, thrown.worker());
    assertEquals(2, thrown.step());
    assertEquals(0.01 * 3 / 5, thrown.learningRate(), 1e-15);
    assertTrue(Double.isNaN(thrown.loss()));
    assertTrue(thrown.getMessage().contains("worker 3"), thrown.getMessage());
  }

  @Test
  void clippingLimitsTheStep() {
    String[] sgd = {"train.optimizer=sgd", "train.momentum=0.0", "train.weight-decay=0.0"};
    Settings free = settings(sgd[0], sgd[1], sgd[2], "train.clip=0.0");
    Settings clipped = settings(sgd[0], sgd[1], sgd[2], "train.clip=0.01");
    double rate = 0.01 / 5;
    double gradient = distance(free) / rate;
    assertTrue(gradient > 0.02, "norm " + gradient);
    assertEquals(0.01 * rate, distance(clipped), 1e-3 * 0.01 * rate + 1e-8);
  }

  /** How far one step goes. */
  private static double distance(Settings settings) {
    FloatVector before = anchor(settings);
    FloatVector after = run(settings, 0, new StepRange(0, 0, 1)).parameters();
    double squares = 0;
    for (long i = 0; i < before.length(); i++) {
      squares += Math.pow(before.get(i) - (double) after.get(i), 2);
    }
    return Math.sqrt(squares);
  }

  /** As many objects a step, or a step of a row, as of long ones, in less time. */
  private static final String SHORT_ROWS = " train.context=3 train.batch=2";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=transformer",
        "model.kind=lstm",
        "train.precision=bfloat16",
        "model.kind=lstm" + BFLOAT16,
        CLASSIFICATION + "model.kind=lstm"
      })
  void nativeMemoryStaysLevel(String overrides) throws InterruptedException {
    Settings settings = settings((overrides + SHORT_ROWS).split(" "));
    long[] objects = new long[2];
    collectGarbage();
    Trained.by(
        new LocalLoop(settings, task(settings), Device.CPU).on(batches(settings)),
        anchor(settings),
        Trained.FRESH,
        0,
        new StepRange(0, 0, 1000),
        (done, tokens, loss) -> {
          if (done == 10) {
            objects[0] = Pointer.totalCount();
          }
          objects[1] = Pointer.totalCount();
        });
    // One object a step would be 990 more.
    assertTrue(objects[1] < objects[0] + 10, Arrays.toString(objects));
  }

  /** What earlier tests left would hide a leak if it were collected between the two counts. */
  private static void collectGarbage() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
  }

  @Test
  void nativeMemoryOfAnEvaluationStaysLevel() throws InterruptedException {
    Settings settings = settings((CLASSIFICATION + "model.kind=lstm" + SHORT_ROWS).split(" "));
    BatchSource source = batches(settings);
    List<Long> objects = new ArrayList<>();
    collectGarbage();
    try (Evaluator evaluator =
        new Evaluator(
            task(settings), anchor(settings), SettingsFile.defaults().train(), Device.CPU)) {
      evaluator.sums(
          LongStream.range(0, 500)
              .mapToObj(
                  step -> {
                    objects.add(Pointer.totalCount());
                    return source.batch(step);
                  })
              .iterator());
    }
    assertTrue(objects.get(499) < objects.get(10) + 10, objects.toString());
  }

  /** What was made before a start fails is freed, and does not wait for the garbage collector. */
  @Test
  void aStartThatFailsLeavesNoNativeMemory() throws InterruptedException {
    Settings settings = settings("model.kind=lstm");
    FloatVector anchor = anchor(settings);
    FloatVector shorter = new FloatVector(anchor.length() - 1);
    collectGarbage();
    long before = Pointer.totalCount();
    for (int i = 0; i < 20; i++) {
      assertThrows(
          IllegalArgumentException.class,
          () -> run(settings, 0, new StepRange(0, 0, 1), shorter, Trained.FRESH));
    }
    assertTrue(Pointer.totalCount() < before + 20, "anchor");
  }
}
