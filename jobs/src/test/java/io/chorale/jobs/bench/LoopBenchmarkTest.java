package io.chorale.jobs.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.train.NonFiniteLossException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopBenchmarkTest {
  private static final int VOCABULARY = 11;

  /** Steps of 3 blocks of 8 tokens. */
  private static Settings settings(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "model.layers=1",
                "model.width=16",
                "attention.heads=2",
                "train.context=8",
                "train.batch=3",
                "train.warmup=0"));
    overrides.addAll(List.of(more));
    return SettingsFile.read("test", "", overrides);
  }

  @Test
  void countsTheTokensOfAllLoops() {
    LoopBenchmark.Result one = LoopBenchmark.run(settings(), VOCABULARY, 1, 1, 1);
    assertEquals(24 / one.millisecondsPerStep() * 1e3, one.tokensPerSecond(), 1e-6);
    LoopBenchmark.Result three = LoopBenchmark.run(settings(), VOCABULARY, 3, 2, 50);
    assertEquals(one.parameters(), three.parameters());
    // Both run from 5 to 30 ms; in it the one ends three steps of 24 tokens, the other two.
    long[] first = {0, 10_000_000, 20_000_000, 30_000_000};
    long[] second = {5_000_000, 15_000_000, 25_000_000, 45_000_000};
    LoopBenchmark.Result two = LoopBenchmark.result(settings(), VOCABULARY, List.of(first, second));
    assertEquals(5 * 24 / 25e-3, two.tokensPerSecond(), 1e-6);
    assertEquals(10, two.millisecondsPerStep(), 1e-9);
  }

  @Test
  void aClassificationHasRandomClasses() {
    Settings classification = settings("task.kind=classification");
    LoopBenchmark.Result one = LoopBenchmark.run(classification, VOCABULARY, 1, 1, 1);
    assertEquals(24 / one.millisecondsPerStep() * 1e3, one.tokensPerSecond(), 1e-6);
    SyntheticDataset data = new SyntheticDataset(classification, VOCABULARY);
    assertEquals(data.task().layout().size(), one.parameters());
    assertEquals(3, data.batches().batch(0).predictions());
    assertEquals(8, data.tokensOfPrediction());
    assertEquals(1, new SyntheticDataset(settings(), VOCABULARY).tokensOfPrediction());
    int[] classes =
        IntStream.range(0, 20)
            .flatMap(step -> Arrays.stream(data.batches().batch(step).ids("label").values()))
            .distinct()
            .sorted()
            .toArray();
    assertArrayEquals(new int[] {0, 1}, classes);
  }

  @ParameterizedTest
  @CsvSource({
    "regression, 8, 3",
    "tagging, 1, 24",
    "masked-language-model, 8, 3",
    "translation, 1, 24",
    "from-vector, 1, 24",
    "forecast, 4, 72",
  })
  void everyTaskHasRandomRows(String kind, double tokens, long predictions) {
    Settings task = settings("task.kind=" + kind);
    SyntheticDataset data = new SyntheticDataset(task, VOCABULARY);
    assertEquals(tokens, data.tokensOfPrediction());
    assertEquals(predictions, data.batches().batch(1).predictions());
    LoopBenchmark.Result one = LoopBenchmark.run(task, VOCABULARY, 1, 1, 1);
    assertEquals(data.task().layout().size(), one.parameters());
    assertEquals(
        tokens * predictions / one.millisecondsPerStep() * 1e3, one.tokensPerSecond(), 1e-6);
  }

  /** A translation reads a source beside each target, both as long as the context. */
  @Test
  void aTranslationHasPairs() {
    Settings translation = settings("task.kind=translation");
    SyntheticDataset shared = new SyntheticDataset(translation, VOCABULARY);
    Batch batch = shared.batches().batch(0);
    assertEquals(3 * 8, batch.ids("text").values().length);
    assertEquals(3 * 8, batch.ids("target").values().length);
    SyntheticDataset separate =
        new SyntheticDataset(
            SettingsFile.with(translation, "tokenizer.target=separate"), VOCABULARY);
    assertEquals(16 * VOCABULARY, separate.task().layout().size() - shared.task().layout().size());
  }

  @Test
  void aLoopThatFailsSaysWhy() {
    Settings diverging = settings("train.learning-rate=1e30");
    assertThrows(
        NonFiniteLossException.class, () -> LoopBenchmark.run(diverging, VOCABULARY, 2, 1, 50));
  }
}
