package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Batch;
import io.chorale.data.Ids;
import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A decoder that looks at what an encoder has read. The reference is PyTorch's autograd ({@code
 * scripts/peers/memory_golden.py}), which computes every row by itself.
 */
class MemoryTest {
  private static final int WIDTH = 4;
  private static final int VOCABULARY = 5;
  private static final int CONTEXT = 4;
  private static final double AMPLITUDE = 0.5;
  private static final double SMOOTHING = 0.1;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  static JsonNode golden() throws IOException {
    try (InputStream in = MemoryTest.class.getResourceAsStream("memory-golden.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** What is computed, and whether blocks are computed again on the way back. */
  record Case(JsonNode golden, boolean recompute) {
    @Override
    public String toString() {
      return golden.get("kind").asText()
          + (golden.get("both_ways").asBoolean() ? " both ways" : " from the begin")
          + (recompute ? ", recomputed" : "");
    }
  }

  static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (JsonNode golden : golden().get("cases")) {
      cases.add(new Case(golden, false));
      if (golden.get("kind").asText().equals("TRANSFORMER")) {
        cases.add(new Case(golden, true));
      }
    }
    assertEquals(6, cases.size());
    return cases;
  }

  /** An encoder, a decoder and what is around them. */
  private record Model(
      ParameterLayout layout, Embedding embedding, Backbone encoder, Backbone decoder, Head head) {
    static Model of(Case wanted) {
      String kind = wanted.golden().get("kind").asText().toLowerCase(Locale.ROOT);
      List<String> set =
          new ArrayList<>(List.of("model.kind=" + kind, "model.layers=2", "model.width=" + WIDTH));
      if (kind.equals("transformer")) {
        set.addAll(List.of("attention.heads=2", "attention.feed-forward=6"));
        set.addAll(List.of("attention.bias=true", "attention.recompute=" + wanted.recompute()));
      }
      Settings settings = SettingsFile.read("test", "", set);
      Form form = wanted.golden().get("both_ways").asBoolean() ? Form.BOTH_WAYS : Form.CAUSAL;
      Slots slots = new Slots();
      Embedding embedding = Embedding.of(slots, "embedding", settings, VOCABULARY + 1);
      Backbone encoder = Backbone.of(slots, "encoder.", settings, form, CONTEXT);
      Backbone decoder = Backbone.withMemory(slots, "decoder.", settings, encoder, CONTEXT);
      Head head = Head.overVocabulary(slots, "head", settings, embedding, WIDTH, VOCABULARY + 1);
      return new Model(slots.layout(), embedding, encoder, decoder, head);
    }

    Weights weights() {
      return SineModel.sines(layout, AMPLITUDE);
    }

    Memory memory(Weights w, Ids source, Pass pass) {
      Sequence x = embedding.forward(w, source);
      return Memory.of(encoder.forward(w, x, State.NONE, pass), x.lengths());
    }

    Tensor scores(Weights w, Memory memory, Ids before, Pass pass) {
      Sequence y = embedding.forward(w, before);
      return head.forward(w, decoder.forward(w, y, memory, State.NONE, pass).values());
    }
  }

  private static List<int[]> rows(JsonNode node) {
    List<int[]> rows = new ArrayList<>();
    node.forEach(
        row -> {
          int[] ids = new int[row.size()];
          Arrays.setAll(ids, i -> row.get(i).asInt());
          rows.add(ids);
        });
    return rows;
  }

  private static Ids padded(List<int[]> rows, int padding) {
    int longest = rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    int[] values = new int[rows.size() * longest];
    Arrays.fill(values, padding);
    for (int row = 0; row < rows.size(); row++) {
      System.arraycopy(rows.get(row), 0, values, row * longest, rows.get(row).length);
    }
    return new Ids(values, longest, rows.stream().mapToInt(row -> row.length).toArray());
  }

  /** Each row shifted by one step, what stands before all targets first. */
  private static List<int[]> before(List<int[]> targets) {
    return targets.stream()
        .map(
            target ->
                IntStream.concat(
                        IntStream.of(VOCABULARY), Arrays.stream(target, 0, target.length - 1))
                    .toArray())
        .toList();
  }

  private static double[] doubles(JsonNode node) {
    double[] values = new double[node.size()];
    Arrays.setAll(values, i -> node.get(i).asDouble());
    return values;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scoresLossAndEveryGradientEqualPyTorch(Case wanted) throws IOException {
    JsonNode golden = wanted.golden();
    Ids source = padded(rows(golden().get("sources")), 0);
    List<int[]> targets = rows(golden().get("targets"));
    Model model = Model.of(wanted);
    try (StepScope scope = new StepScope();
        Tape tape = new Tape();
        Weights weights = model.weights()) {
      Pass pass = Pass.training(Dropout.NONE, tape);
      Memory memory = model.memory(weights, source, pass);
      Tensor scores = model.scores(weights, memory, padded(before(targets), 0), pass);
      Tensor loss =
          torch.cross_entropy_loss(
              scores.flatten(0, 1),
              Device.CPU.ids(padded(targets, Batch.IGNORED).values()),
              new TensorOptional(),
              torch.Reduction.Mean.value,
              Batch.IGNORED,
              SMOOTHING);
      tape.backward(loss);
      assertEquals(golden.get("loss").asDouble(), loss.item_double(), SineModel.TOLERANCE);
      for (int row = 0; row < targets.size(); row++) {
        Tensor own = scores.select(0, row).narrow(0, 0, targets.get(row).length);
        assertArrayEquals(
            doubles(golden.get("logits").get(row)), SineModel.doubles(own), SineModel.TOLERANCE);
      }
      assertEquals(golden.get("gradients").size(), model.layout().entries().size());
      for (String name : model.layout().shapes().keySet()) {
        assertArrayEquals(
            doubles(golden.get("gradients").get(name)),
            SineModel.doubles(weights.flat().get(name).grad()),
            SineModel.TOLERANCE,
            name);
      }
    }
  }

  /** Token by token, and with texts that change places, as a beam search reads. */
  @ParameterizedTest
  @MethodSource("cases")
  void stepsWithAPreparedMemoryEqualAllAtOnce(Case wanted) throws IOException {
    Model model = Model.of(wanted);
    int[][] texts = {{5, 1, 2, 3}, {5, 1, 4, 0}, {5, 1, 2, 1}};
    int[][] from = {{0, 0, 0}, {2, 0, 1}, {1, 2, 0}}; // after each step, where a text was before
    int[][] ids = {{5}, {1, 1, 1}, {2, 2, 4}, {3, 0, 1}};
    int[][] spells = {{2, 0, 1}, {0, 1, 2}}; // which text stands where in the last two steps
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        Weights weights = model.weights()) {
      Memory memory = model.memory(weights, Ids.of(1, 4, 2, 0), Pass.reading());
      Memory prepared = model.decoder().prepared(weights, memory);
      Tensor whole =
          model.scores(
              weights,
              memory.rows(0, 0, 0),
              padded(List.of(texts), 0),
              Pass.reading()); // [3, T, V + 1]
      State state = State.NONE;
      for (int step = 0; step < ids.length; step++) {
        int rows = ids[step].length;
        Ids read = Ids.full(ids[step], 1);
        Backbone.Output output =
            model
                .decoder()
                .forward(
                    weights,
                    model.embedding().forward(weights, read),
                    prepared.rows(new int[rows]),
                    state,
                    Pass.goingOn());
        Tensor scores = model.head().forward(weights, output.values());
        for (int row = 0; row < rows; row++) {
          int text = step < 2 ? 0 : spells[step - 2][row];
          assertArrayEquals(
              SineModel.doubles(whole.select(0, text).select(0, step)),
              SineModel.doubles(scores.select(0, row).select(0, 0)),
              SineModel.TOLERANCE,
              "step " + step + ", row " + row);
        }
        state = step < from.length ? output.last().rows(from[step]) : state;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aMemoryIsLookedAtByWhoWasMadeForIt(Case wanted) {
    Model model = Model.of(wanted);
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        Weights weights = model.weights()) {
      Sequence x = model.embedding().forward(weights, Ids.of(1, 2));
      assertThrows(
          IllegalArgumentException.class,
          () -> model.decoder().forward(weights, x, State.NONE, Pass.reading()));
      Memory memory = model.memory(weights, Ids.of(1, 2), Pass.reading());
      assertThrows(
          RuntimeException.class,
          () -> model.encoder().forward(weights, x, memory, State.NONE, Pass.reading()));
    }
  }
}
