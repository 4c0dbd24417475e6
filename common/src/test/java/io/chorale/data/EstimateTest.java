package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EstimateTest {
  private static Estimate.Part part(double size, double amount) {
    return new Estimate.Part(size, amount);
  }

  @Test
  void whatIsReadWholeHasNoError() {
    assertEquals(new Estimate(12, 0), Estimate.ofParts(List.of(part(10, 5), part(20, 7)), 30));
  }

  @Test
  void onePartCannotTellHowMuchPartsDiffer() {
    Estimate found = Estimate.ofParts(List.of(part(10, 5)), 100);
    assertEquals(50, found.value());
    assertTrue(Double.isNaN(found.error()));
  }

  /** A hundred rows that each came with a chance of a tenth, all in one part. */
  @Test
  void theNumberOfRowsHasTheErrorOfChanceAlone() {
    Estimate found = Estimate.ofRows(List.of(part(100, 100)), 0.1);
    assertEquals(1000, found.value());
    assertEquals(1.96 * Math.sqrt(100 * 0.9) / 0.1, found.error(), 1e-9);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 8, 40})
  void theTrueTotalLiesWithinTheErrorInAboutNineteenOfTwentySamples(int count) {
    Random random = new Random(1);
    List<Estimate.Part> all = new ArrayList<>();
    double total = 0;
    double whole = 0;
    for (int i = 0; i < 2000; i++) {
      double size = 50 + random.nextInt(100);
      Estimate.Part part = part(size, size * (2 + random.nextGaussian()));
      all.add(part);
      total += part.amount();
      whole += size;
    }
    int within = 0;
    for (int sample = 0; sample < 1000; sample++) {
      List<Estimate.Part> parts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        parts.add(all.get(random.nextInt(all.size())));
      }
      Estimate found = Estimate.ofParts(parts, whole);
      within += Math.abs(found.value() - total) <= found.error() ? 1 : 0;
    }
    assertTrue(within > 910 && within < 985, within + " of 1,000");
  }
}
