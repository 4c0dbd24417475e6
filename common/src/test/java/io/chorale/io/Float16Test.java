package io.chorale.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class Float16Test {
  @Test
  void everyNumberIsItself() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Float16.value((short) bits);
      if (Float.isNaN(value)) {
        assertTrue(Float.isNaN(Float16.value(Float16.bits(value))));
      } else {
        assertEquals((short) bits, Float16.bits(value), Integer.toHexString(bits));
      }
    }
  }

  @Test
  void whatLiesBetweenGoesToTheNearestOneAndTiesToTheEvenOne() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = Float16.value((short) bits);
      float high = Float16.value((short) (bits + 1));
      float middle = low + (high - low) / 2;
      assertEquals((short) (bits + (bits & 1)), Float16.bits(middle));
      assertEquals((short) bits, Float16.bits(Math.nextDown(middle)));
      assertEquals((short) (bits + 1), Float16.bits(Math.nextUp(middle)));
      assertEquals((short) (bits | 0x8000), Float16.bits(-Math.nextDown(middle)));
    }
  }

  @Test
  void whatIsTooLargeIsInfinite() {
    assertEquals((short) 0x7bff, Float16.bits(65_519.99f));
    assertEquals((short) 0x7c00, Float16.bits(65_520));
    assertEquals((short) 0xfc00, Float16.bits(Float.NEGATIVE_INFINITY));
    assertEquals((short) 0, Float16.bits(Float.MIN_VALUE));
  }
}
