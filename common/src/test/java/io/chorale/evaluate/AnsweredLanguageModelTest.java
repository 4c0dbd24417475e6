package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
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
import io.chorale.tensor.Engine;
import io.chorale.tensor.Products;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A language model that predicts answers alone. */
class AnsweredLanguageModelTest {
  private static final int VOCABULARY = 7;
  private static final Schema PLAIN = Schema.text(VOCABULARY, "");
  private static final Schema ANSWERED =
      new Schema(
          List.of(Column.ids(Column.TEXT, VOCABULARY), Column.ids(Column.ANSWER, 2)),
          Map.of(Column.TEXT, Facts.NONE));
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final int[] DOCUMENTS = {5, 2, 11, 1, 6, 3, 4};
  private static final int TOKENS = IntStream.of(DOCUMENTS).sum();

  @TempDir java.nio.file.Path temporary;

  private static Settings settings(String... more) {
    return SettingsFile.with(
        SettingsFile.read(
            "test",
            "",
            List.of(
                "model.layers=2",
                "model.width=8",
                "train.context=8",
                "train.batch=3",
                "evaluate.every=0")),
        more);
  }

  /** Always the same tokens; of these the ones at some places are answers. */
  private Dataset dataset(String name, Schema schema, IntPredicate answers) {
    Path path = new Path(temporary.resolve(name).toUri());
    ShardWriter writer = new ShardWriter(schema.columns());
    SplittableRandom random = new SplittableRandom(3);
    int at = 0;
    for (int length : DOCUMENTS) {
      Ids text = Ids.of(random.ints(length, 0, VOCABULARY).toArray());
      int from = at;
      int[] marks = IntStream.range(0, length).map(i -> answers.test(from + i) ? 1 : 0).toArray();
      writer.add(
          new Row(
              schema == PLAIN
                  ? Map.of(Column.TEXT, text)
                  : Map.of(Column.TEXT, text, Column.ANSWER, Ids.of(marks))));
      at += length;
    }
    ShardFacts shard = writer.publish(STORAGE, path, DatasetSplit.TRAIN, 0);
    DatasetManifest.of(
            schema,
            Map.of(
                DatasetSplit.TRAIN, DatasetManifest.Split.of(schema.columns(), List.of(shard), 0)))
        .publish(STORAGE, path);
    return Dataset.open(STORAGE, path);
  }

  private static double[] evaluate(Task task, FloatVector parameters, Settings s, Dataset data) {
    try (Evaluator evaluator = new Evaluator(task, parameters, s.train(), Device.CPU)) {
      return task.feed().parts(data, DatasetSplit.TRAIN).stream()
          .map(part -> task.feed().read(data, DatasetSplit.TRAIN, part, 3))
          .map(evaluator::sums)
          .reduce(Evaluator::sum)
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "transformer, stream, onednn",
    "transformer, documents, onednn",
    "transformer, documents, aten",
    "lstm, stream, aten"
  })
  void answersAndTheRestAddUpToTheWhole(String kind, String packing, String products) {
    Settings settings =
        settings("model.kind=" + kind, "train.packing=" + packing, "train.products=" + products);
    if (kind.equals("transformer")) {
      settings = SettingsFile.with(settings, "attention.heads=2");
    }
    Task plain = Task.of(settings, PLAIN, "a test");
    Task answered = Task.of(settings, ANSWERED, "a test");
    FloatVector parameters = plain.layout().initial(1);
    IntPredicate some = place -> place % 5 < 2;
    double[] whole = evaluate(plain, parameters, settings, dataset("plain", PLAIN, place -> false));
    double[] answers = evaluate(answered, parameters, settings, dataset("answers", ANSWERED, some));
    double[] rest =
        evaluate(answered, parameters, settings, dataset("rest", ANSWERED, some.negate()));
    int first = packing.equals("stream") ? 1 : 0; // is not predicted
    long expected = IntStream.range(first, TOKENS).filter(some).count();
    assertEquals(expected, answered.predictions(answers));
    assertEquals(plain.predictions(whole), expected + answered.predictions(rest));
    assertEquals(whole[0], answers[0] + rest[0], 1e-4);
    assertFalse(answered.read(answers, 100).containsKey("bits_per_byte"));
    assertTrue(plain.read(whole, 100).containsKey("bits_per_byte"));
  }

  @ParameterizedTest
  @CsvSource({"stream, onednn", "documents, onednn", "documents, aten", "stream, aten"})
  void aBatchWithoutAnswersTeachesNothing(String packing, String products) {
    Settings settings =
        settings("attention.heads=2", "train.packing=" + packing, "train.products=" + products);
    Task task = Task.of(settings, ANSWERED, "a test");
    Batch batch =
        task.feed().batches(dataset("none", ANSWERED, p -> false), new int[] {0}).batch(0);
    assertEquals(0, batch.predictions());
    Engine.start();
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights =
            Weights.trained(
                task.layout(),
                task.layout().initial(1),
                false,
                Device.CPU,
                Products.of(settings.train(), Device.CPU))) {
      weights.begin();
      Task.Loss loss = task.loss(weights, batch, State.NONE, Pass.training(Dropout.NONE, tape));
      tape.backward(loss.mean());
      weights.gather();
      assertEquals(0, loss.mean().item_float());
      assertEquals(0, weights.flat().gradients().norm().item_float());
    } finally {
      Engine.release();
    }
  }

  @Test
  void anEpochAsksForTheAnswersOfItsRows() {
    Settings settings = settings("attention.heads=2", "train.packing=documents", "train.batch=4");
    Task task = Task.of(settings, ANSWERED, "a test");
    IntPredicate some = place -> place % 3 == 1;
    Batch batch = task.feed().batches(dataset("some", ANSWERED, some), new int[] {0}).batch(0);
    assertEquals(IntStream.range(0, TOKENS).filter(some).count(), batch.predictions());
    assertEquals(List.of(Column.TEXT, Column.ANSWER), task.feed().columns());
  }
}
