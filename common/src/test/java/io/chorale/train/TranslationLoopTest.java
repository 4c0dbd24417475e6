package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.generate.BeamSearch;
import io.chorale.generate.SourceModel;
import io.chorale.task.TargetTask;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TranslationLoopTest {
  private static final int END = 10;
  private static final int CONTEXT = 8;
  private static final int DIGITS = 6; // the most
  private static final List<String> COLUMNS = List.of(Column.TEXT, Column.TARGET);

  private static Settings settings(String more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "task.kind=translation",
                "model.layers=1",
                "model.width=32",
                "train.context=" + CONTEXT,
                "train.batch=32",
                "train.weight-decay=0"));
    overrides.addAll(List.of(more.split(" ")));
    return SettingsFile.read("test", "", overrides);
  }

  private static TargetTask task(Settings settings) {
    Schema schema =
        new Schema(
            List.of(Column.ids(Column.TEXT, END + 1), Column.ids(Column.TARGET, END + 1)),
            Map.of());
    return (TargetTask) Task.of(settings, schema, "a test");
  }

  private static int[] digits(SplittableRandom random) {
    int[] ids = random.ints(1 + random.nextInt(DIGITS), 0, 10).toArray();
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = END;
    return ended;
  }

  private static int[] reversed(int[] ids) {
    int[] reversed = ids.clone();
    for (int i = 0; i < ids.length - 1; i++) {
      reversed[i] = ids[ids.length - 2 - i];
    }
    return reversed;
  }

  /** Some digits, and the same from the last to the first. */
  private record Reversals(int rows) implements BatchSource {
    @Override
    public long batchesPerEpoch() {
      return 10_000;
    }

    @Override
    public Batch batch(long step) {
      SplittableRandom random = new SplittableRandom(step);
      List<Row> batch = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        int[] ids = digits(random);
        batch.add(new Row(Map.of(Column.TEXT, Ids.of(ids), Column.TARGET, Ids.of(reversed(ids)))));
      }
      return Batch.of(batch, COLUMNS, Column.TARGET, CONTEXT);
    }
  }

  private static Trained run(Settings settings, StepRange range) {
    Task task = task(settings);
    return Trained.by(
        new LocalLoop(settings, task, Device.CPU).on(new Reversals(settings.train().batch())),
        task.layout().initial(1),
        Trained.FRESH,
        0,
        range,
        StepListener.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.kind=transformer attention.heads=2 train.learning-rate=0.004",
        "model.kind=lstm train.learning-rate=0.01",
        "model.kind=gru train.learning-rate=0.01"
      })
  void digitsAreReversed(String kind) {
    Settings settings =
        settings(kind + " train.steps=600 train.warmup=50 train.min-learning-rate=0.0002");
    Trained result = run(settings, new StepRange(0, 0, 600));
    SplittableRandom random = new SplittableRandom(-1);
    int equal = 0;
    int rows = 200;
    try (SourceModel model = task(settings).writer(result.parameters())) {
      BeamSearch search =
          new BeamSearch(settings.generate(), CONTEXT, END, id -> id != model.begin());
      for (int row = 0; row < rows; row++) {
        int[] source = digits(random);
        int[] target = reversed(source);
        int[] written = search.search(model, List.of(Ids.of(source))).get(0).ids();
        equal += Arrays.equals(Arrays.copyOf(target, target.length - 1), written) ? 1 : 0;
      }
    }
    assertTrue(equal > 0.95 * rows, equal + " of " + rows);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.kind=transformer", "model.kind=lstm", "model.kind=gru"})
  void roundsInSequenceEqualOneLongRound(String kind) {
    Settings settings = settings(kind + " model.dropout=0.3 train.batch=4");
    Task task = task(settings);
    Trained whole = run(settings, new StepRange(0, 0, 9));
    Trained first = run(settings, new StepRange(0, 0, 4));
    Trained second =
        Trained.by(
            new LocalLoop(settings, task, Device.CPU).on(new Reversals(4)),
            first.parameters(),
            first.state(),
            0,
            new StepRange(4, 4, 5),
            StepListener.NONE);
    assertEquals(whole.parameters(), second.parameters());
    assertEquals(whole.state(), second.state());
    assertEquals(
        whole.result().lossSum(), first.result().lossSum() + second.result().lossSum(), 1e-9);
    assertNotEquals(first.parameters(), second.parameters());
  }
}
