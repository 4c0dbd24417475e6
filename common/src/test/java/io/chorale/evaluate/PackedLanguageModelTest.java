package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Ids;
import io.chorale.data.PackedDocuments;
import io.chorale.data.PackingShares;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.Dropout;
import io.chorale.model.Pass;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A language model that is trained on packed documents. */
class PackedLanguageModelTest {
  private static final int VOCABULARY = 7;
  private static final Schema SCHEMA = Schema.text(VOCABULARY, "");
  private static final Storage STORAGE = new Storage(new Configuration());

  /** They fill four rows of eight; the longest is cut into two pieces. */
  private static final int[] DOCUMENTS = {5, 2, 11, 1, 6, 3, 4};

  @TempDir java.nio.file.Path temporary;

  private static Settings settings(String... more) {
    return SettingsFile.with(
        SettingsFile.read(
            "test",
            "",
            List.of(
                "model.layers=2",
                "model.width=8",
                "attention.heads=2",
                "train.context=8",
                "train.batch=4",
                "train.packing=documents")),
        more);
  }

  private Dataset dataset() {
    Path path = new Path(temporary.toUri());
    ShardWriter writer = new ShardWriter(SCHEMA.columns());
    SplittableRandom random = new SplittableRandom(3);
    for (int length : DOCUMENTS) {
      writer.add(
          new Row(Map.of(Column.TEXT, Ids.of(random.ints(length, 0, VOCABULARY).toArray()))));
    }
    ShardFacts shard = writer.publish(STORAGE, path, DatasetSplit.TRAIN, 0);
    DatasetManifest.of(
            SCHEMA,
            Map.of(
                DatasetSplit.TRAIN, DatasetManifest.Split.of(SCHEMA.columns(), List.of(shard), 0)))
        .publish(STORAGE, path);
    return Dataset.open(STORAGE, path);
  }

  /** Far from the small first values, so that what stands before a token matters. */
  private static FloatVector parameters(Task task) {
    FloatVector parameters = task.layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.7, 0.7));
    }
    return parameters;
  }

  @ParameterizedTest
  @ValueSource(strings = {"learned", "sinusoidal", "rotary"})
  void evaluationMakesThePredictionsOfTraining(String positions) {
    Settings settings = settings("attention.positions=" + positions);
    Task task = Task.of(settings, SCHEMA, "a test");
    Dataset dataset = dataset();
    Batch batch = task.feed().batches(dataset, new int[] {0}).batch(0);
    assertEquals(32, batch.predictions());
    assertTrue(batch.ids(Column.TEXT).lengths().length == 4);
    FloatVector parameters = parameters(task);
    double trained;
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = Weights.trained(task.layout(), parameters, false, Device.CPU)) {
      weights.begin();
      Pass pass = Pass.training(Dropout.NONE, tape);
      trained = task.loss(weights, batch, State.NONE, pass).mean().item_float();
    }
    for (int rows : new int[] {1, 3, 64}) {
      double[] sums = evaluate(task, parameters, dataset, rows);
      assertEquals(32, task.predictions(sums));
      assertEquals(trained, task.read(sums, 0).get(Task.LOSS), 1e-5);
    }
  }

  private static double[] evaluate(Task task, FloatVector parameters, Dataset dataset, int rows) {
    try (Evaluator evaluator =
        new Evaluator(task, parameters, SettingsFile.defaults().train(), Device.CPU)) {
      return task.feed().parts(dataset, DatasetSplit.TRAIN).stream()
          .map(part -> task.feed().read(dataset, DatasetSplit.TRAIN, part, rows))
          .map(evaluator::sums)
          .reduce(Evaluator::sum)
          .orElseThrow();
    }
  }

  @Test
  void sharesAreThoseOfTheRows() {
    Dataset dataset = dataset();
    assertEquals(
        new PackingShares(1 / 7.0, 0),
        PackedDocuments.of(settings().train()).packing(dataset).orElseThrow());
    // 5, 5 + 1, 5, 4, 3 + 2, then 1, of 11 and 6 their last ones.
    PackingShares narrow =
        PackedDocuments.of(settings("train.context=5").train()).packing(dataset).orElseThrow();
    assertEquals(2 / 7.0, narrow.cut());
    assertEquals(1 - 32 / 35.0, narrow.padding(), 1e-12);
    assertEquals(
        "28.6 % of documents cut, 8.6 % padding and as many rows left out of an epoch",
        narrow.toString());
    Task stream = Task.of(SettingsFile.defaults(), SCHEMA, "a test");
    assertTrue(stream.feed().packing(dataset).isEmpty());
  }

  /** Copies of q, k, v and the heads' output are counted where there will be any. */
  @Test
  void aStepKeepsMore() {
    Task packed = Task.of(settings("train.products=aten"), SCHEMA, "a test");
    Task stream =
        Task.of(settings("train.packing=stream", "train.products=aten"), SCHEMA, "a test");
    assertEquals(2 * 6 * 4 * 8 * 8, packed.keptByStep(4, 8) - stream.keptByStep(4, 8));
    assertArrayEquals(
        packed.layout().shapes().keySet().toArray(), stream.layout().shapes().keySet().toArray());
  }
}
