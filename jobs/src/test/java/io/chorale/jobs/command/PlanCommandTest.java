package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.io.Storage;
import io.chorale.jobs.console.ExitCode;
import io.chorale.jobs.train.TinyDataset;
import io.chorale.token.WordTrainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {
  /** The GPT of conf/shakespeare-char.yaml: P of it is in the reports of its trainings. */
  private static final String[] SMALL = {"tokenizer.kind=characters", "tokenizer.vocabulary=67"};

  private static final long SMALL_PARAMETERS = 804_352;

  @TempDir Path directory;

  @Test
  void countsWhatARoundMoves() throws Exception {
    JsonNode plan = json(List.of(), "train.workers=3");
    assertEquals(SMALL_PARAMETERS, plan.get("parameters").asLong());
    assertEquals(3 * 4 * SMALL_PARAMETERS, plan.get("sent_bytes").asLong());
    assertEquals(4 * SMALL_PARAMETERS, plan.get("collected_bytes").asLong());
    assertEquals(4 * SMALL_PARAMETERS, plan.get("anchor_bytes").asLong());
    // The model, and two moments of each worker.
    assertEquals((1 + 3 * 2) * 4 * SMALL_PARAMETERS, plan.get("stored_bytes").asLong());
    assertTrue(plan.get("compute_seconds").isNull());
  }

  @Test
  void aLocalMasterHasDriverAndWorkersInOneProcess() throws Exception {
    JsonNode plan = json(List.of("--executor-cores", "2"), "train.workers=2");
    // What every process needs is needed once, and so is the anchor.
    long base = (512L << 20) + 3 * plan.get("anchor_bytes").asLong() / 2;
    assertEquals(
        plan.get("executor_heap_bytes").asLong() + plan.get("driver_heap_bytes").asLong() - base,
        plan.get("local_heap_bytes").asLong(),
        2);
    assertEquals(plan.get("executor_native_bytes"), plan.get("local_native_bytes"));
    // However few of them an executor of a cluster has.
    JsonNode one = json(List.of(), "train.workers=2");
    assertEquals(plan.get("local_heap_bytes"), one.get("local_heap_bytes"));
    assertEquals(plan.get("local_native_bytes"), one.get("local_native_bytes"));
  }

  @Test
  void aGatedLayerIsAsWideAsTheModelMakesIt() throws Exception {
    String[] gated = {"model.width=384", "attention.activation=swiglu"};
    // Two thirds of 4 x 384.
    String[] stated = {
      "model.width=384", "attention.activation=swiglu", "attention.feed-forward=1024"
    };
    assertEquals(json(List.of(), stated), json(List.of(), gated));
  }

  @Test
  void theLargestModelOfEachKindIsCounted() throws Exception {
    for (String kind : List.of("transformer", "lstm")) {
      List<String> largest =
          new ArrayList<>(
              List.of(
                  "model.kind=" + kind,
                  "model.layers=1000",
                  "model.width=262144",
                  "tokenizer.kind=words",
                  "tokenizer.vocabulary=2147483647"));
      if (kind.equals("transformer")) {
        largest.add("attention.feed-forward=1048576");
        largest.add("attention.activation=swiglu");
      }
      JsonNode plan = json(List.of(), largest.toArray(String[]::new));
      // An lstm alone has 1,000 layers of four gates from 2 x 262,144 values each: 5.5e14.
      assertTrue(plan.get("parameters").asLong() > 5e14, plan.toString());
      assertTrue(plan.get("sent_bytes").asLong() > 2e15, plan.toString());
      assertTrue(plan.get("executor_native_bytes").asLong() > 0, plan.toString());
    }
  }

  @Test
  void aGivenTokenizerSaysHowLargeTheVocabularyIs() throws Exception {
    Path file = directory.resolve("given.json");
    Files.write(file, WordTrainer.train(Map.of("the", 3L, "ship", 2L), 4));
    String[] given = {"tokenizer.file=" + file, "data.path="};
    String[] asked = {"tokenizer.vocabulary=4", "tokenizer.kind=words", "data.path="};
    assertEquals(json(List.of(), asked), json(List.of(), given));
  }

  @Test
  void smallerFormatsMoveLess() throws Exception {
    JsonNode full = json(List.of(), "train.workers=2");
    JsonNode small =
        json(List.of(), "train.workers=2", "average.send=int8", "average.anchor=bfloat16");
    double sent = small.get("sent_bytes").asDouble() / full.get("sent_bytes").asDouble();
    assertTrue(sent > 0.25 && sent < 0.27, "int8 and its scales against float32: " + sent);
    assertEquals(
        0.5, small.get("anchor_bytes").asDouble() / full.get("anchor_bytes").asDouble(), 1e-9);
    assertTrue(
        small.get("stored_bytes").asLong() > full.get("stored_bytes").asLong(),
        "what rounding lost is kept");
  }

  @Test
  void fewCheckpointsAreKeptByExecutorsAndDriver() throws Exception {
    JsonNode each = json(List.of(), "train.workers=2");
    JsonNode third = json(List.of(), "train.workers=2", "run.checkpoint-every=3");
    assertEquals(0, each.get("kept_by_executor_bytes").asLong());
    assertEquals(0, each.get("kept_by_driver_bytes").asLong());
    // Two moments; the anchors of two rounds.
    assertEquals(2 * 4 * SMALL_PARAMETERS, third.get("kept_by_executor_bytes").asLong());
    assertEquals(2 * 4 * SMALL_PARAMETERS, third.get("kept_by_driver_bytes").asLong());
    assertEquals(each.get("stored_bytes"), third.get("stored_bytes"));
    // They wait while an evaluation computes that takes more than a training.
    String[] evaluation = {"train.batch=1", "run.checkpoint-every=3"};
    assertEquals(memory("train.batch=1") + 1.1 * 2 * 4 * SMALL_PARAMETERS, memory(evaluation), 2);
    assertTrue(third.get("transfer_seconds").asDouble() < each.get("transfer_seconds").asDouble());
  }

  @Test
  void memoryGrowsWithWhatTakesIt() throws Exception {
    String evaluate = "evaluate.batch=1";
    long one = memory(evaluate);
    assertTrue(memory(evaluate, "train.batch=48") > one);
    assertTrue(memory(evaluate, "train.context=512") > one);
    assertTrue(memory(evaluate, "model.layers=8") > one);
    assertTrue(memory(evaluate, "train.optimizer=sgd", "train.momentum=0") < one);
    assertTrue(
        json(List.of("--executor-cores", "2"), "train.workers=2", evaluate)
                .get("executor_native_bytes")
                .asLong()
            > one);
  }

  @Test
  void nativeMemoryIsThatOfTrainingOrOfEvaluation() throws Exception {
    long parameters = 4 * SMALL_PARAMETERS;
    // 12 x 64 tokens; 4 layers of 9 x 128 + 2 x 512, on the way back 4 x 128 + 2 x 512, 4 x 67.
    long training = 4 * parameters + 4 * 768 * (4 * 2176 + 1536 + 268);
    assertEquals(nativeBytes(training), memory("evaluate.batch=1", "train.products=aten"));
    // Over memory that stays: 4 layers of 8 x 128 + 2 x 512 + 4 heads x 64; once 10 x 128 + 2 x 512
    // + 3 x 4 x 64, 2 x 67 scores, 2 x 128 that they are made of.
    long placed = 4 * parameters + 4 * 768 * (4 * 2304 + 3072 + 134 + 256);
    assertEquals(nativeBytes(placed), memory("evaluate.batch=1", "train.products=onednn"));
    // 64 x 64 tokens; 4 layers of 128, one of 11 x 128 + 2 x 512, 2 x 67.
    long read = parameters + 4 * 4096 * (4 * 128 + 2432 + 134);
    assertEquals(nativeBytes(read), memory("train.batch=1", "train.products=aten"));
    // Over memory that stays: 14 x 128 + 2 x 512 + 4 x 64, 67, 128.
    long evaluation = parameters + 4 * 4096 * (1792 + 1024 + 256 + 67 + 128);
    assertEquals(nativeBytes(evaluation), memory("train.batch=1", "train.products=onednn"));
    // Also on the cores that have no worker.
    assertEquals(
        nativeBytes(3 * evaluation),
        json(List.of("--executor-cores", "3"), "train.batch=1", "train.products=onednn")
            .get("executor_native_bytes")
            .asLong());
    // A task reads parts of 2^15 tokens.
    assertEquals(memory("evaluate.batch=512"), memory("evaluate.batch=5000"));
    // Logits for 2^26 / 64 / 20000 blocks: the bound is the evaluator's own.
    assertEquals(
        memory("tokenizer.vocabulary=20000", "evaluate.batch=52"),
        memory("tokenizer.vocabulary=20000", "evaluate.batch=100"));
  }

  @Test
  void whatRoundingTookIsOutsideTheHeapAlsoBesideAGpu() throws Exception {
    long parameters = 4 * SMALL_PARAMETERS;
    for (String device : List.of("cpu", "gpu")) {
      String[] settings = {"train.device=" + device, "evaluate.batch=1"};
      String[] rounded = {settings[0], settings[1], "average.send=int8"};
      assertEquals(memory(settings) + 1.1 * parameters, memory(rounded), 2);
      assertEquals(
          json(List.of(), settings).get("gpu_bytes"), json(List.of(), rounded).get("gpu_bytes"));
    }
  }

  @Test
  void aGpuTakesTheMemoryThatElseIsOutsideTheHeap() throws Exception {
    long parameters = 4 * SMALL_PARAMETERS;
    long training = 4 * parameters + 4 * 768 * (4 * 2176 + 1536 + 268);
    // 12 x 4 heads x 64 x 64 pairs: three tensors at a time, and one kept by each of 4 layers.
    long pairs = 4 * 12 * 4 * 64 * 64;
    String[] gpu = {"train.device=gpu", "evaluate.batch=1"};
    JsonNode plan = json(List.of(), gpu);
    assertEquals(
        (832L << 20) + (long) (1.1 * (training + 7 * pairs)), plan.get("gpu_bytes").asLong());
    assertEquals((768L << 20) + (1L << 30), plan.get("executor_native_bytes").asLong());
    // In bfloat16 no kernel of a causal model holds pairs.
    JsonNode half = json(List.of(), "train.precision=bfloat16", gpu[0], gpu[1]);
    long copies = parameters + 4 * 768 * (4 * 2176 + 1536 + 268) / 2;
    assertEquals((832L << 20) + (long) (1.1 * (training + copies)), half.get("gpu_bytes").asLong());
  }

  private static long nativeBytes(long computing) {
    return (768L << 20) + (long) (1.1 * computing);
  }

  @Test
  void heapHoldsTheDataOfTheWorkersAtOnce() throws Exception {
    // The anchor; eight slices, of which one holds all parameters, a window of two bytes each.
    long parameters = 4 * SMALL_PARAMETERS;
    long heap = parameters + 2 * (8 * parameters + 2 * (1L << 26));
    assertEquals(
        (512L << 20) + (long) (1.5 * heap),
        json(List.of("--executor-cores", "2"), "train.workers=2")
            .get("executor_heap_bytes")
            .asLong());
    String large = "tokenizer.vocabulary=70000";
    assertEquals(
        1.5 * 4 * 1_000_000,
        heap(large, "train.shuffle-window=3000000") - heap(large, "train.shuffle-window=2000000"));
  }

  @Test
  void noWorkerHoldsMoreThanItHas() throws Exception {
    Path data = directory.resolve("data");
    TinyDataset.write(
        new Storage(new Configuration()), new org.apache.hadoop.fs.Path(data.toUri()), 2000, 3000);
    String path = "data.path=" + data;
    String window = "train.shuffle-window=1000";
    assertEquals(1.5 * 2 * 4000, heap(path) - heap(path, window));
    assertEquals(
        1.5 * 2 * 2000, heap(path, "train.workers=2") - heap(path, window, "train.workers=2"));
  }

  private long heap(String... settings) throws Exception {
    return json(List.of(), settings).get("executor_heap_bytes").asLong();
  }

  @Test
  void timeFollowsFromTheLink() throws Exception {
    JsonNode fast = json(List.of("--bandwidth", "1000"), "train.workers=2");
    JsonNode slow =
        json(List.of("--bandwidth", "100", "--tokens-per-second", "12000"), "train.workers=2");
    assertEquals(
        10,
        slow.get("transfer_seconds").asDouble() / fast.get("transfer_seconds").asDouble(),
        1e-6);
    // 50 steps of 12 blocks of 64 tokens.
    assertEquals(3.2, slow.get("compute_seconds").asDouble(), 1e-9);
  }

  @Test
  void advisesLongerRoundsOnASlowLink() {
    CommandRun plan =
        plan(
            List.of("--bandwidth", "100", "--tokens-per-second", "12000"),
            List.of("train.workers=2"));
    assertEquals(0, plan.exitCode(), plan.err());
    assertTrue(plan.out().contains("advice"), plan.out());
    assertFalse(
        plan(List.of("--tokens-per-second", "12"), List.of("train.workers=2"))
            .out()
            .contains("advice"));
  }

  @Test
  void saysWhatCannotWork() throws Exception {
    Storage storage = new Storage(new Configuration());
    Path data = directory.resolve("data");
    TinyDataset.write(storage, new org.apache.hadoop.fs.Path(data.toUri()), 2000, 2000);
    String path = "data.path=" + data;

    assertEquals(0, plan(List.of(), List.of(path, "train.workers=2")).exitCode());
    CommandRun workers = plan(List.of(), List.of(path, "train.workers=3"));
    assertEquals(ExitCode.WRONG_USE, workers.exitCode());
    assertTrue(workers.err().contains("Cannot train with 3 workers"), workers.err());
    assertTrue(
        workers.out().contains("parameters"), "the rest of the plan is printed all the same");

    CommandRun context = plan(List.of(), List.of(path, "train.context=5000"));
    assertEquals(ExitCode.WRONG_USE, context.exitCode());

    CommandRun memory = plan(List.of("--executor-limit", "0.5"), List.of());
    assertEquals(ExitCode.WRONG_USE, memory.exitCode());
    assertTrue(memory.err().contains("expected at most 0.5 GiB"), memory.err());
    try (var left = Files.list(directory)) {
      assertEquals(1, left.count(), "a plan writes nothing");
    }
  }

  /** A forecast's step has its look-back, whatever the context; channels are the corpus's. */
  @Test
  void aForecastIsPlannedByItsLookBack() throws Exception {
    List<String> speed = List.of("--tokens-per-second", "1000");
    String[] set = {
      "task.kind=forecast",
      "forecast.look-back=50",
      "train.batch=10",
      "train.average-every=4",
      "corpus.time-field=time",
      "corpus.text-field=",
      "corpus.value-fields=[a, b, c]"
    };
    JsonNode plan = json(speed, set);
    assertEquals(4 * 10 * 50 / 1000.0, plan.get("compute_seconds").asDouble(), 1e-9);
    assertEquals(plan, json(speed, with(set, "train.context=7")));
    JsonNode longer = json(speed, with(set, "forecast.look-back=100"));
    assertEquals(4.0, longer.get("compute_seconds").asDouble(), 1e-9);
    assertTrue(
        longer.get("executor_native_bytes").asLong() > plan.get("executor_native_bytes").asLong());
    assertTrue(
        memory(with(set, "forecast.horizon=2000")) > memory(set), "all that is forecast is kept");
    // Two channels more: that many more numbers read, and 24 steps of each forecast.
    JsonNode one = json(speed, with(set, "corpus.value-fields=[a]"));
    assertEquals(
        2 * 128 + 2 * 24 * (128 + 1),
        plan.get("parameters").asLong() - one.get("parameters").asLong());
  }

  private static String[] with(String[] settings, String more) {
    return Stream.concat(Arrays.stream(settings), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void refusesOptionsThatMeanNothing() {
    for (String option :
        List.of("--executor-cores", "--bandwidth", "--executor-limit", "--tokens-per-second")) {
      CommandRun run = plan(List.of(option, "0"), List.of());
      assertEquals(ExitCode.WRONG_USE, run.exitCode(), option);
      assertTrue(run.err().contains(option + " must be above 0"), run.err());
    }
  }

  private long memory(String... settings) throws Exception {
    return json(List.of(), settings).get("executor_native_bytes").asLong();
  }

  private JsonNode json(List<String> options, String... settings) throws Exception {
    List<String> all = new ArrayList<>(options);
    all.add("--json");
    CommandRun run = plan(all, Arrays.asList(settings));
    assertEquals(0, run.exitCode(), run.err());
    return new ObjectMapper().readTree(run.out());
  }

  private static CommandRun plan(List<String> options, List<String> settings) {
    List<String> arguments = new ArrayList<>(List.of("plan"));
    arguments.addAll(options);
    if (settings.stream().noneMatch(setting -> setting.startsWith("tokenizer.file="))) {
      for (String setting : SMALL) {
        arguments.addAll(List.of("--set", setting));
      }
    }
    settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
