package io.chorale.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chorale.model.Backbone.Form;
import io.chorale.tensor.Engine;
import io.chorale.tensor.Products;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recurrent layers by oneDNN's products, beside libtorch's. */
class RecurrentProductsTest {
  @BeforeAll
  static void start() {
    Engine.start();
  }

  static Stream<BackbonePass.Case> cases() {
    List<BackbonePass.Case> cases = new ArrayList<>();
    for (String kind : List.of("lstm", "gru", "rnn")) {
      for (Form form : List.of(Form.CAUSAL, Form.BOTH_WAYS)) {
        List<String> settings = List.of("model.kind=" + kind, "train.batch=3", "train.context=9");
        cases.add(new BackbonePass.Case(settings, form, Lengths.equal(3, 9), 0.3));
        // In float32 computed by libtorch's operators.
        Lengths ragged = Lengths.of(new int[] {5, 9, 1}, 9);
        cases.add(new BackbonePass.Case(settings, form, ragged, 0));
      }
      List<String> normed =
          List.of(
              "model.kind=" + kind,
              "recurrence.layer-norm=true",
              "train.batch=3",
              "train.context=9");
      cases.add(new BackbonePass.Case(normed, Form.CAUSAL, Lengths.equal(3, 9), 0));
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsLibtorch(BackbonePass.Case one) {
    Products products = Products.oneDnn();
    BackbonePass expected = BackbonePass.run(one, false, Optional.empty());
    expected.assertEqualTo(BackbonePass.run(one, false, Optional.of(products)), 1e-5);
    assertTrue(
        one.lengths().equal() == !products.kernels().isEmpty(), products.kernels().toString());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bfloat16RoundsFactorsAlone(BackbonePass.Case one) {
    assumeTrue(Engine.hasAvx512(), "NOT TESTED: bfloat16, which takes AVX-512");
    Products products = Products.oneDnn();
    BackbonePass exact = BackbonePass.run(one, false, Optional.empty());
    double error = exact.error(BackbonePass.run(one, true, Optional.of(products)));
    assertTrue(error < 0.1, Double.toString(error));
    assertTrue(error > 1e-4, "nothing was rounded");
    assertFalse(products.kernels().stream().anyMatch(name -> name.contains("ref")));
  }
}
