package io.chorale.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import io.chorale.data.TokenStream;
import io.chorale.generate.NextToken;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.model.State;
import io.chorale.task.LanguageModel;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import io.chorale.tensor.StepScope;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluatorTest {
  private static final int VOCABULARY = 7;
  private static final int CONTEXT = 5;
  private static final Schema SCHEMA = Schema.text(VOCABULARY, "");
  private static final Storage STORAGE = new Storage(new Configuration());

  @TempDir java.nio.file.Path temporary;

  private static Settings model(String kind) {
    List<String> small =
        List.of(
            "model.kind=" + kind, "model.layers=2", "model.width=8", "train.context=" + CONTEXT);
    return SettingsFile.read("test", "", small);
  }

  private static LanguageModel task(Settings model) {
    return (LanguageModel) Task.of(model, SCHEMA, "a test");
  }

  /** Far from the small first values, so that what stands before a token matters. */
  private static FloatVector parameters(Settings model) {
    FloatVector parameters = task(model).layout().initial(1);
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.7, 0.7));
    }
    return parameters;
  }

  private static int[] tokens(int length) {
    return new SplittableRandom(3).ints(length, 0, VOCABULARY).toArray();
  }

  /** The sums over a split of one shard that holds these tokens, read some rows at a time. */
  private double[] evaluate(Settings settings, int[] tokens, int rows) {
    return sums(task(settings), parameters(settings), dataset(tokens), rows);
  }

  private static double[] sums(Task task, FloatVector parameters, Dataset dataset, int rows) {
    try (Evaluator evaluator =
        new Evaluator(task, parameters, SettingsFile.defaults().train(), Device.CPU)) {
      return task.feed().parts(dataset, DatasetSplit.VALIDATION).stream()
          .map(part -> task.feed().read(dataset, DatasetSplit.VALIDATION, part, rows))
          .map(evaluator::sums)
          .reduce(Evaluator::sum)
          .orElseThrow();
    }
  }

  private Dataset dataset(int[] tokens) {
    Path directory = new Path(temporary.resolve("data-" + tokens.length).toUri());
    ShardWriter writer = new ShardWriter(SCHEMA.columns());
    writer.add(new Row(Map.of(Column.TEXT, Ids.of(tokens))));
    ShardFacts shard = writer.publish(STORAGE, directory, DatasetSplit.VALIDATION, 0);
    DatasetManifest.of(
            SCHEMA,
            Map.of(
                DatasetSplit.VALIDATION,
                DatasetManifest.Split.of(SCHEMA.columns(), List.of(shard), tokens.length)))
        .publish(STORAGE, directory);
    return Dataset.open(STORAGE, directory);
  }

  /** Sum of the losses of one sequence that the model reads token by token, added in Java. */
  private static double byHand(Settings settings, int[] tokens) {
    double nats = 0;
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        NextToken model = task(settings).reader(parameters(settings))) {
      State state = State.NONE;
      for (int t = 0; t < tokens.length - 1; t++) {
        NextToken.Output output = model.read(new int[] {tokens[t]}, 1, state);
        state = output.last();
        float[] logits = new float[VOCABULARY];
        output.logits().contiguous().data_ptr_float().get(logits);
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        nats += Math.log(sum) - logits[tokens[t + 1]];
      }
    }
    return nats;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64})
  void transformerReadsEveryBlockByItself(int rows) {
    Settings model = model("transformer");
    int[] tokens = tokens(4 * CONTEXT + 4); // the last block predicts 3 tokens
    double expected = 0;
    for (int from = 0; from < tokens.length - 1; from += CONTEXT) {
      int to = Math.min(tokens.length, from + CONTEXT + 1);
      expected += byHand(model, Arrays.copyOfRange(tokens, from, to));
    }
    assertArrayEquals(
        new double[] {expected, tokens.length - 1}, evaluate(model, tokens, rows), 1e-4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "rnn"})
  void recurrentModelsCarryTheirStateThroughTheStream(String kind) {
    Settings model = model(kind);
    int[] tokens = tokens(6 * CONTEXT + 3);
    assertArrayEquals(
        new double[] {byHand(model, tokens), tokens.length - 1}, evaluate(model, tokens, 64), 1e-4);
  }

  @ParameterizedTest
  @CsvSource({"gru, 1", "gru, 2", "gru, 64", "lstm, 3"})
  void lanesFollowFromTheStreamHoweverManyAreReadAtATime(String kind, int rows) {
    Settings model = model(kind);
    int[] tokens = tokens(7 * 16 * CONTEXT + 2);
    double[] all = evaluate(model, tokens, 64);
    double[] some = evaluate(model, tokens, rows);
    assertEquals(tokens.length - 1, all[1]);
    assertArrayEquals(all, some, 1e-3);
    // A lane has read only a block before what it predicts first.
    double one = byHand(model, tokens);
    assertNotEquals(one, all[0], 1e-6 * one);
    assertEquals(one, all[0], 0.01 * one);
  }

  /** What an LSTM carries is not left behind where a later batch has no such token. */
  @Test
  void aBatchThatFailsLeavesNothingInNativeMemory() {
    Settings model = model("lstm");
    try (Evaluator evaluator =
        new Evaluator(
            task(model), parameters(model), SettingsFile.defaults().train(), Device.CPU)) {
      long before = 0;
      for (int time = 0; time < 20; time++) {
        Iterator<Batch> batches = List.of(batch(1, false), batch(VOCABULARY, true)).iterator();
        assertThrows(RuntimeException.class, () -> evaluator.sums(batches));
        if (time == 0) {
          before = Pointer.totalCount();
        }
      }
      // Two layers, each with two tensors.
      assertTrue(Pointer.totalCount() - before < 4 * 19, Pointer.totalCount() + " and " + before);
    }
  }

  private static Batch batch(int token, boolean continued) {
    Ids one = Ids.of(token);
    return new Batch(Map.of(Column.TEXT, one, TokenStream.NEXT, Ids.of(0)), 1, 1, continued);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "transformer"})
  void measuresOfRowsOfUnequalLengthDoNotDependOnHowManyAreRead(String kind) {
    Schema schema =
        new Schema(
            List.of(Column.ids(Column.TEXT, VOCABULARY), Column.label("label", 3)),
            Map.of("label", Facts.labels(List.of("a", "b", "c"))));
    Path directory = new Path(temporary.resolve("rows").toUri());
    ShardWriter writer = new ShardWriter(schema.columns());
    SplittableRandom random = new SplittableRandom(4);
    for (int row = 0; row < 23; row++) {
      int[] text = random.ints(1 + random.nextInt(CONTEXT + 2), 0, VOCABULARY).toArray();
      writer.add(new Row(Map.of(Column.TEXT, Ids.of(text), "label", Ids.of(row % 3))));
    }
    ShardFacts shard = writer.publish(STORAGE, directory, DatasetSplit.VALIDATION, 0);
    DatasetManifest.of(
            schema,
            Map.of(
                DatasetSplit.VALIDATION,
                DatasetManifest.Split.of(schema.columns(), List.of(shard), 100)))
        .publish(STORAGE, directory);
    Settings settings = SettingsFile.with(model(kind), "task.kind=classification");
    Task task = Task.of(settings, schema, "a test");
    FloatVector parameters = task.layout().initial(1);
    for (int i = 0; i < parameters.length(); i++) {
      parameters.set(i, (float) random.nextDouble(-0.7, 0.7));
    }
    double[] expected = sums(task, parameters, Dataset.open(STORAGE, directory), 1);
    assertEquals(1 + 3 * 3, expected.length);
    for (int rows : new int[] {2, 5, 64}) {
      double[] sums = sums(task, parameters, Dataset.open(STORAGE, directory), rows);
      assertArrayEquals(expected, sums, 1e-4, rows + " rows");
    }
  }

  @Test
  void aStreamOfOneTokenPredictsNothing() {
    Task task = task(model("transformer"));
    Dataset dataset = dataset(new int[] {1});
    assertEquals(List.of(), task.feed().parts(dataset, DatasetSplit.VALIDATION));
  }

  @Test
  void perplexityOfACoinIsTwo() {
    Map<String, Double> coin = task(model("lstm")).read(new double[] {10 * Math.log(2), 10}, 5);
    assertEquals(Math.log(2), coin.get("loss"), 1e-12);
    assertEquals(2, coin.get("perplexity"), 1e-12);
    assertEquals(2, coin.get("bits_per_byte"), 1e-12);
  }
}
