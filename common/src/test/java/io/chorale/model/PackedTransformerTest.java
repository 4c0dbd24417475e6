package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Ids;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.tensor.Tape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that share a row are read as if each were alone. */
class PackedTransformerTest {
  private static final int VOCABULARY = 7;
  private static final int WIDTH = 8;
  private static final int HEADS = 2;
  private static final int IGNORED = -100;

  /** Of three groups: up to 16 tokens, 20 and 24, and 40. */
  private static final int[][] DOCUMENTS = {{5, 3, 1, 20, 11}, {24, 2}, {40}, {1, 1, 1}};

  private static final int LONGEST = 40;
  private static final int TOKENS = 40 + 26 + 40 + 3;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Settings settings(String... set) {
    List<String> all =
        new java.util.ArrayList<>(
            List.of(
                "model.layers=2",
                "model.width=" + WIDTH,
                "attention.heads=" + HEADS,
                "train.context=" + LONGEST));
    all.addAll(List.of(set));
    return SettingsFile.read("test", "", all);
  }

  /** A language model with parameters in float64 that are known anywhere. */
  private static final class Model implements AutoCloseable {
    final Weights weights;
    final Backbone backbone;
    private final Embedding embedding;
    private final Head head;
    private final StepScope scope = new StepScope();

    Model(Settings settings, Backbone.Form form) {
      Slots slots = new Slots();
      embedding = Embedding.of(slots, "embedding", settings, VOCABULARY);
      backbone = Backbone.of(slots, "", settings, form, LONGEST);
      head = Head.overVocabulary(slots, "head", settings, embedding, backbone.width(), VOCABULARY);
      weights = SineModel.sines(slots.layout(), 0.3);
    }

    Tensor logits(Ids ids, Lengths lengths, Pass pass) {
      Sequence x = embedding.forward(weights, ids, lengths);
      return head.forward(weights, backbone.forward(weights, x, State.NONE, pass).values());
    }

    /** Goes back from the sum of the losses; gradients add. */
    double sum(Ids ids, Lengths lengths, int[] targets) {
      try (Tape tape = new Tape()) {
        Tensor logits = logits(ids, lengths, Pass.training(Dropout.NONE, tape));
        Tensor sum = nats(logits, targets);
        tape.backward(sum);
        return sum.item_double();
      }
    }

    double[] gradients() {
      weights.gather();
      return SineModel.doubles(weights.flat().gradients());
    }

    @Override
    public void close() {
      weights.close();
      scope.close();
    }
  }

  private static Tensor nats(Tensor logits, int[] targets) {
    Tensor wanted = torch.tensor(Arrays.stream(targets).asLongStream().toArray());
    return torch.cross_entropy_loss(
        logits.flatten(0, 1), wanted, new TensorOptional(), torch.Reduction.Sum.value, IGNORED, 0);
  }

  /** Rows of documents, padded at the right: ids, targets, places. */
  private record Packed(Ids ids, int[] targets, Ids places) {
    static Packed of(int[][] documents, int changed) {
      int[] lengths = Arrays.stream(documents).mapToInt(row -> Arrays.stream(row).sum()).toArray();
      int longest = Arrays.stream(lengths).max().orElseThrow();
      int[] ids = new int[lengths.length * longest];
      int[] targets = new int[ids.length];
      int[] places = new int[ids.length];
      Arrays.fill(targets, IGNORED);
      Random random = new Random(5);
      int number = 0;
      for (int row = 0; row < documents.length; row++) {
        int at = row * longest;
        for (int length : documents[row]) {
          for (int place = 0; place < length; place++, at++) {
            ids[at] = (random.nextInt(VOCABULARY) + (number == changed ? 1 : 0)) % VOCABULARY;
            targets[at] = random.nextInt(VOCABULARY);
            places[at] = place;
          }
          number++;
        }
      }
      return new Packed(new Ids(ids, longest, lengths), targets, new Ids(places, longest, lengths));
    }

    static Packed of(int[][] documents) {
      return of(documents, -1);
    }

    Lengths lengths() {
      return Lengths.packed(places);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "learned, layer, gelu, false",
    "sinusoidal, layer, gelu, false",
    "rotary, rms, swiglu, false",
    "learned, layer, gelu, true",
    "rotary, rms, swiglu, true",
  })
  void lossAndGradientsAreThoseOfEachDocumentAlone(
      String positions, String norm, String activation, boolean recompute) {
    Settings settings =
        settings(
            "attention.positions=" + positions,
            "attention.norm=" + norm,
            "attention.activation=" + activation,
            "attention.recompute=" + recompute);
    Packed packed = Packed.of(DOCUMENTS);
    try (Model together = new Model(settings, Backbone.Form.CAUSAL);
        Model alone = new Model(settings, Backbone.Form.CAUSAL)) {
      double sum = 0;
      int longest = packed.ids().length();
      for (int row = 0; row < DOCUMENTS.length; row++) {
        int from = row * longest;
        for (int length : DOCUMENTS[row]) {
          Ids ids = Ids.of(Arrays.copyOfRange(packed.ids().values(), from, from + length));
          int[] targets = Arrays.copyOfRange(packed.targets(), from, from + length);
          sum += alone.sum(ids, Lengths.equal(1, length), targets);
          from += length;
        }
      }
      assertEquals(
          sum / TOKENS,
          together.sum(packed.ids(), packed.lengths(), packed.targets()) / TOKENS,
          1e-12);
      assertArrayEquals(alone.gradients(), together.gradients(), 1e-10);
    }
  }

  @Test
  void lossAndGradientsAreThoseOfABooleanMask() {
    Settings settings = settings();
    Packed packed = Packed.of(DOCUMENTS);
    try (Model model = new Model(settings, Backbone.Form.CAUSAL);
        Model reference = new Model(settings, Backbone.Form.CAUSAL)) {
      Tensor masked = nats(masked(reference.weights, packed), packed.targets());
      masked.backward();
      double sum = model.sum(packed.ids(), packed.lengths(), packed.targets());
      assertEquals(masked.item_double(), sum, 1e-10);
      assertArrayEquals(reference.gradients(), model.gradients(), 1e-10);
    }
  }

  /** The same model in plain operations, with a mask [B, 1, T, T]. */
  private static Tensor masked(Weights weights, Packed packed) {
    int rows = packed.ids().lengths().length;
    int length = packed.ids().length();
    long[] number = new long[rows * length]; // of each token's document
    for (int i = 1; i < number.length; i++) {
      number[i] = number[i - 1] + (packed.places().values()[i] == 0 ? 1 : 0);
    }
    Tensor documents = torch.tensor(number).view(rows, 1, length);
    Tensor hidden =
        documents.transpose(1, 2).eq(documents).tril().logical_not().view(rows, 1, length, length);
    Tensor table = weights.flat().get("embedding.weight");
    Tensor x =
        torch
            .embedding(table, longs(packed.ids().values()).view(rows, length))
            .add(
                torch.embedding(
                    weights.flat().get("positions.weight"),
                    longs(packed.places().values()).view(rows, length)));
    for (int layer = 0; layer < 2; layer++) {
      String name = "layers." + layer + ".";
      Tensor read = normal(weights, name + "attention.norm.weight", x);
      TensorVector parts =
          read.matmul(weights.flat().get(name + "attention.qkv.weight").t()).split(WIDTH, 2);
      Tensor scores =
          heads(parts.get(0))
              .matmul(heads(parts.get(1)).transpose(2, 3))
              .div(new Scalar(Math.sqrt(WIDTH / HEADS)))
              .masked_fill(hidden, new Scalar(Double.NEGATIVE_INFINITY));
      Tensor found = torch.softmax(scores, 3).matmul(heads(parts.get(2)));
      Tensor joined = found.transpose(1, 2).reshape(rows, length, WIDTH);
      x = x.add(joined.matmul(weights.flat().get(name + "attention.output.weight").t()));
      Tensor up =
          normal(weights, name + "mlp.norm.weight", x)
              .matmul(weights.flat().get(name + "mlp.up.weight").t());
      x = x.add(torch.gelu(up).matmul(weights.flat().get(name + "mlp.down.weight").t()));
    }
    return normal(weights, "norm.weight", x).matmul(table.t());
  }

  private static Tensor longs(int[] values) {
    return torch.tensor(Arrays.stream(values).asLongStream().toArray());
  }

  private static Tensor heads(Tensor x) {
    return x.view(x.size(0), x.size(1), HEADS, WIDTH / HEADS).transpose(1, 2);
  }

  private static Tensor normal(Weights weights, String scale, Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {WIDTH},
        new TensorOptional(weights.flat().get(scale)),
        new TensorOptional(),
        1e-5,
        false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"learned", "sinusoidal", "rotary"})
  void aChangeOfOneDocumentChangesNoOtherByABit(String positions) {
    Settings settings = settings("attention.positions=" + positions);
    try (Model model = new Model(settings, Backbone.Form.CAUSAL);
        NoGradGuard guard = new NoGradGuard()) {
      double[] before = read(model, Packed.of(DOCUMENTS));
      int number = 0;
      for (int row = 0; row < DOCUMENTS.length; row++) {
        int at = row * LONGEST * VOCABULARY;
        for (int length : DOCUMENTS[row]) {
          double[] after = read(model, Packed.of(DOCUMENTS, number++));
          int end = at + length * VOCABULARY;
          assertFalse(Arrays.equals(before, at, end, after, at, end));
          System.arraycopy(before, at, after, at, end - at);
          assertSameTokens(before, after);
          at = end;
        }
      }
    }
  }

  /** All but padding, which means nothing. */
  private static void assertSameTokens(double[] before, double[] after) {
    for (int row = 0; row < DOCUMENTS.length; row++) {
      int from = row * LONGEST * VOCABULARY;
      int to = from + Arrays.stream(DOCUMENTS[row]).sum() * VOCABULARY;
      assertTrue(Arrays.equals(before, from, to, after, from, to));
    }
  }

  private static double[] read(Model model, Packed packed) {
    return SineModel.doubles(model.logits(packed.ids(), packed.lengths(), Pass.reading()));
  }

  @Test
  void aRowThatIsOneDocumentIsReadAsAnyRow() {
    Packed packed = Packed.of(new int[][] {{4}, {9}});
    assertTrue(packed.lengths().documents().isEmpty());
    assertEquals(4, packed.lengths().of(0));
    assertTrue(Packed.of(new int[][] {{4, 1}, {9}}).lengths().documents().isPresent());
  }

  /** Groups waste at most a third, and every token is read by a step of its own. */
  @Test
  void groupsAreOfLikeLengths() {
    Documents documents = Packed.of(DOCUMENTS).lengths().documents().orElseThrow();
    assertEquals(3, documents.groups());
    assertArrayEquals(
        new int[] {40, 24, 11},
        new int[] {documents.longest(0), documents.longest(1), documents.longest(2)});
    assertArrayEquals(
        new int[] {1, 2, 8},
        new int[] {documents.count(0), documents.count(1), documents.count(2)});
    int[] tokens = documents.tokens();
    int[] steps = documents.steps();
    assertEquals(40 + 2 * 24 + 8 * 11, tokens.length);
    boolean[] read = new boolean[tokens.length];
    for (int row = 0; row < DOCUMENTS.length; row++) {
      for (int t = 0; t < Arrays.stream(DOCUMENTS[row]).sum(); t++) {
        int token = row * LONGEST + t;
        assertEquals(token, tokens[steps[token]]);
        assertFalse(read[steps[token]], "read for two tokens");
        read[steps[token]] = true;
      }
    }
  }

  @Test
  void onlyACausalTransformerTellsDocumentsApart() {
    Packed packed = Packed.of(DOCUMENTS);
    try (Model bothWays = new Model(settings(), Backbone.Form.BOTH_WAYS);
        NoGradGuard guard = new NoGradGuard()) {
      assertThrows(IllegalArgumentException.class, () -> read(bothWays, packed));
    }
    Settings recurrent =
        SettingsFile.read(
            "test", "", List.of("model.kind=lstm", "model.width=8", "recurrence.embedding=8"));
    try (Model lstm = new Model(recurrent, Backbone.Form.CAUSAL);
        NoGradGuard guard = new NoGradGuard()) {
      assertThrows(IllegalArgumentException.class, () -> read(lstm, packed));
    }
  }
}
