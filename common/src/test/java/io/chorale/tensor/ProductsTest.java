package io.chorale.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.tensor.Products.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** oneDNN's products beside libtorch's. */
class ProductsTest {
  private static final torch.ScalarType FLOAT = torch.ScalarType.Float;
  private static final torch.ScalarType BFLOAT16 = torch.ScalarType.BFloat16;

  // Of attention over one buffer.
  private static final long ROWS = 3;
  private static final long STEPS = 7;
  private static final long HEADS = 2;
  private static final long SIZE = 4;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static Tensor random(int seed, long... sizes) {
    torch.manual_seed(seed);
    return torch.randn(sizes);
  }

  private static float[] floats(Tensor tensor) {
    Tensor flat = tensor.to(FLOAT).contiguous().flatten(0, -1);
    float[] floats = new float[(int) flat.numel()];
    flat.data_ptr_float().capacity(floats.length).get(floats);
    return floats;
  }

  private static void assertClose(Tensor expected, Tensor found, double tolerance) {
    float[] one = floats(expected);
    float[] other = floats(found);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < one.length; i++) {
      largest = Math.max(largest, Math.abs(one[i]));
      difference = Math.max(difference, Math.abs(one[i] - other[i]));
    }
    assertTrue(difference <= tolerance * largest, difference + " of " + largest);
  }

  /** A computation that leaves its result in a tensor of its own. */
  private interface Computation {
    Tensor with(Products products);
  }

  private static void assertAgree(double tolerance, Computation computation) {
    try (StepScope scope = new StepScope();
        Products reference = new AtenProducts();
        Products products = new OneDnnProducts()) {
      Tensor expected = computation.with(reference);
      assertClose(expected, computation.with(products), tolerance);
      // Another time, by a kernel that is there.
      assertClose(expected, computation.with(products), tolerance);
    }
  }

  private static void multiply(
      Products products, Tensor a, Tensor b, Tensor result, Products.Form form) {
    products.multiply(Operand.of(a), Operand.of(b), Operand.of(result), form);
  }

  @Test
  void aLinearLayerAndItsGradientsAgree() {
    Tensor x = random(1, 50, 24);
    Tensor matrix = random(2, 40, 24);
    Tensor bias = random(3, 1, 40);
    assertAgree(
        1e-5,
        products -> {
          Tensor y = torch.empty(50, 40);
          multiply(
              products,
              x,
              matrix.t(),
              y,
              Products.Form.with(List.of(Operand.of(bias), Operand.of(x.matmul(matrix.t())))));
          return y;
        });
    Tensor gradient = random(4, 50, 40);
    assertAgree(
        1e-5,
        products -> {
          Tensor ofX = torch.empty(50, 24);
          multiply(products, gradient, matrix, ofX, Products.Form.PLAIN);
          return ofX;
        });
    assertAgree(
        1e-5,
        products -> {
          Tensor ofMatrix = random(5, 40, 24);
          multiply(products, gradient.t(), x, ofMatrix, Products.Form.ADDED);
          return ofMatrix;
        });
  }

  /** Of right factors with rows of 3 pages, one after the other in the same memory. */
  @Test
  void rowsAWholeNumberOfPagesApartAgree() {
    Tensor x = random(1, 130, 8);
    Tensor wide = random(2, 8, 3072);
    Tensor tall = random(3, 20, 3072);
    assertAgree(
        1e-5,
        products -> {
          Tensor y = torch.empty(130, 3072);
          multiply(products, x, wide, y, Products.Form.PLAIN);
          Tensor z = random(4, 130, 3072);
          multiply(products, random(5, 20, 130).t(), tall, z, Products.Form.ADDED);
          multiply(products, x, wide, z, Products.Form.ADDED);
          return y.add_(z);
        });
  }

  @Test
  void aScaledProductWithASummandIsAddedToWhatIsThere() {
    Products.Form form = new Products.Form(0.25f, List.of(Operand.of(random(3, 6, 5))), true);
    assertAgree(
        1e-5,
        products -> {
          Tensor result = random(4, 6, 5);
          multiply(products, random(1, 6, 3), random(2, 3, 5), result, form);
          return result;
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {"SIGMOID", "TANH"})
  void activationsAgree(Activation activation) {
    Products.Form form =
        new Products.Form(2, List.of(Operand.of(random(3, 6, 5))), true).then(activation);
    assertAgree(
        1e-6,
        products -> {
          Tensor result = random(4, 6, 5);
          multiply(products, random(1, 6, 3), random(2, 3, 5), result, form);
          return result;
        });
    assertAgree(
        1e-6,
        products -> {
          Tensor x = random(1, 6, 5);
          products.activate(activation, Operand.of(x), Operand.of(x));
          return x;
        });
  }

  @Test
  void theGeluByTanhAgrees() {
    assertAgree(
        1e-6,
        products -> {
          Tensor y = torch.empty(6, 50);
          products.geluTanh(Operand.of(random(1, 6, 50)), Operand.of(y));
          return y;
        });
    assertAgree(
        1e-6,
        products -> {
          Tensor ofX = torch.empty(6, 50);
          products.geluTanhBackward(
              Operand.of(random(1, 6, 50)), Operand.of(random(2, 6, 50)), Operand.of(ofX));
          return ofX;
        });
  }

  @Test
  void factorsInBfloat16GiveFloat32() {
    assumeTrue(Engine.hasAvx512(), "NOT TESTED: bfloat16, which takes AVX-512");
    Tensor x = random(1, 33, 64).to(BFLOAT16);
    Tensor matrix = random(2, 48, 64).to(BFLOAT16);
    assertAgree(
        1e-2, // libtorch rounds the product to bfloat16 first
        products -> {
          Tensor y = torch.empty(33, 48);
          multiply(products, x, matrix.t(), y, Products.Form.PLAIN);
          return y;
        });
    try (Products products = new OneDnnProducts()) {
      Tensor y = torch.empty(33, 48);
      multiply(products, x, matrix.t(), y, Products.Form.PLAIN);
      assertClose(x.to(FLOAT).matmul(matrix.to(FLOAT).t()), y, 1e-5);
    }
  }

  private static List<torch.ScalarType> types() {
    return Engine.hasAvx512() ? List.of(FLOAT, BFLOAT16) : List.of(FLOAT);
  }

  /** Heads [B, H, T, C/H] of the part q, k or v of a buffer [B, T, 3C]. */
  private static Tensor heads(Tensor qkv, int part) {
    return qkv.narrow(2, part * HEADS * SIZE, HEADS * SIZE)
        .view(ROWS, STEPS, HEADS, SIZE)
        .transpose(1, 2);
  }

  @Test
  void attentionOverOneBufferAgreesWithAutograd() {
    try (StepScope scope = new StepScope();
        Products products = new OneDnnProducts()) {
      Tensor qkv = random(1, ROWS, STEPS, 3 * HEADS * SIZE);
      Tensor leaf = qkv.detach().clone().set_requires_grad(true);
      Tensor later = torch.ones(STEPS, STEPS).triu(1).to(torch.ScalarType.Bool);
      double scale = 1 / Math.sqrt(SIZE);
      Tensor expected =
          torch
              .softmax(
                  heads(leaf, 0)
                      .matmul(heads(leaf, 1).transpose(2, 3))
                      .mul(new Scalar(scale))
                      .masked_fill(later, new Scalar(Double.NEGATIVE_INFINITY)),
                  -1)
              .matmul(heads(leaf, 2));
      Tensor gradient = random(2, ROWS, HEADS, STEPS, SIZE);
      expected.mul(gradient).sum().backward();

      Operand mask =
          Operand.of(
              torch
                  .zeros(1, HEADS, STEPS, STEPS)
                  .masked_fill_(later, new Scalar(Double.NEGATIVE_INFINITY)));
      Tensor scores = torch.empty(ROWS, HEADS, STEPS, STEPS);
      Tensor weights = torch.empty(ROWS, HEADS, STEPS, STEPS);
      Tensor means = torch.empty(ROWS, HEADS, STEPS, SIZE);
      multiply(
          products,
          heads(qkv, 0),
          heads(qkv, 1).transpose(2, 3),
          scores,
          new Products.Form((float) scale, List.of(mask), false));
      products.softmax(Operand.of(scores), Operand.of(weights));
      multiply(products, weights, heads(qkv, 2), means, Products.Form.PLAIN);
      assertClose(expected, means, 1e-5);

      Tensor back = torch.empty(ROWS, STEPS, 3 * HEADS * SIZE);
      Tensor ofWeights = torch.empty(ROWS, HEADS, STEPS, STEPS);
      multiply(products, gradient, heads(qkv, 2).transpose(2, 3), ofWeights, Products.Form.PLAIN);
      multiply(products, weights.transpose(2, 3), gradient, heads(back, 2), Products.Form.PLAIN);
      // Into the gradient that was read.
      products.softmaxBackward(Operand.of(weights), Operand.of(ofWeights), Operand.of(ofWeights));
      Products.Form scaled = Products.Form.scaled(scale);
      multiply(products, ofWeights, heads(qkv, 1), heads(back, 0), scaled);
      multiply(products, ofWeights.transpose(2, 3), heads(qkv, 0), heads(back, 1), scaled);
      assertClose(leaf.grad(), back, 1e-5);
    }
  }

  @Test
  void masksAreBroadcastOverOneDimension() {
    for (torch.ScalarType type : types()) {
      for (long[] sizes :
          List.of(
              new long[] {1, HEADS, STEPS, STEPS},
              new long[] {ROWS, 1, STEPS, STEPS},
              new long[] {ROWS, 1, 1, STEPS})) {
        Tensor q = random(1, ROWS, HEADS, STEPS, SIZE).to(type);
        Tensor k = random(2, ROWS, HEADS, SIZE, STEPS).to(type);
        Tensor mask = random(3, sizes);
        try (StepScope scope = new StepScope();
            Products products = new OneDnnProducts()) {
          Tensor scores = torch.empty(ROWS, HEADS, STEPS, STEPS);
          multiply(
              products, q, k, scores, new Products.Form(0.3f, List.of(Operand.of(mask)), false));
          Tensor expected = q.to(FLOAT).matmul(k.to(FLOAT)).mul(new Scalar(0.3)).add(mask);
          assertClose(expected, scores, 1e-5);
          assertFalse(products.kernels().first().contains("ref"), products.kernels().first());
        }
      }
    }
    try (StepScope scope = new StepScope();
        Products products = new OneDnnProducts()) {
      Tensor x = random(1, ROWS, HEADS, STEPS, STEPS);
      Products.Form form = Products.Form.with(List.of(Operand.of(random(2, 1, 1, STEPS, STEPS))));
      assertThrows(IllegalArgumentException.class, () -> multiply(products, x, x, x, form));
    }
  }

  @Test
  void layerNormsAgree() {
    for (torch.ScalarType type : types()) {
      for (boolean shifted : new boolean[] {true, false}) {
        Tensor x = random(1, 7, 24).mul_(new Scalar(3)).add_(new Scalar(2));
        List<Operand> parameters = new ArrayList<>(List.of(Operand.of(random(2, 24))));
        if (shifted) {
          parameters.add(Operand.of(random(3, 24)));
        }
        assertAgree(
            type == FLOAT ? 1e-5 : 1e-2,
            products -> {
              Tensor y = torch.empty(7, 24).to(type);
              Tensor found = torch.empty(2, 7);
              products.layerNorm(
                  Operand.of(x),
                  parameters,
                  1e-5,
                  new Products.Statistics(
                      Operand.of(found.select(0, 0)), Operand.of(found.select(0, 1))),
                  Operand.of(y));
              return torch.cat(new TensorVector(y.to(FLOAT).flatten(), found.flatten()), 0);
            });
      }
    }
  }

  @Test
  void softmaxesAgree() {
    for (torch.ScalarType type : types()) {
      Tensor scores = random(1, 2, 3, 5, 9);
      assertAgree(
          type == FLOAT ? 1e-5 : 1e-2,
          products -> {
            Tensor y = torch.empty_like(scores).to(type);
            products.softmax(Operand.of(scores), Operand.of(y));
            Tensor back = torch.empty_like(y);
            products.softmaxBackward(
                Operand.of(y), Operand.of(random(2, 2, 3, 5, 9).to(type)), Operand.of(back));
            return back;
          });
    }
  }

  @Test
  void workersOfOneProcessGetTheSameBytes() throws Exception {
    Callable<List<Float>> worker =
        () -> {
          Engine.start();
          try (StepScope scope = new StepScope();
              Products products = new OneDnnProducts()) {
            Tensor sum = torch.zeros(65, 70);
            for (int i = 0; i < 50; i++) {
              Tensor a = torch.arange(new Scalar(65 * 129)).view(65, 129).sin();
              Tensor b = torch.arange(new Scalar(129 * 70)).view(129, 70).cos();
              multiply(products, a, b, sum, Products.Form.ADDED);
            }
            float[] floats = floats(sum);
            return IntStream.range(0, floats.length).mapToObj(i -> floats[i]).toList();
          }
        };
    List<Float> alone = worker.call();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (Future<List<Float>> each : threads.invokeAll(List.of(worker, worker, worker, worker))) {
        assertEquals(alone, each.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void kernelsHaveNames() {
    try (StepScope scope = new StepScope();
        Products products = new OneDnnProducts()) {
      assertTrue(products.kernels().isEmpty());
      multiply(products, random(1, 4, 4), random(2, 4, 4), torch.empty(4, 4), Products.Form.PLAIN);
      assertEquals(1, products.kernels().size());
      assertTrue(products.kernels().first().startsWith("product: "), products.kernels().first());
    }
  }

  @Test
  void otherTypesAreRefused() {
    try (StepScope scope = new StepScope();
        Products products = new OneDnnProducts()) {
      Tensor whole = torch.ones(2, 2).to(torch.ScalarType.Long);
      assertThrows(
          IllegalArgumentException.class,
          () -> multiply(products, whole, whole, whole, Products.Form.PLAIN));
      assertEquals("[2, 2]", Arrays.toString(Operand.of(whole).layout().sizes()));
    }
  }
}
