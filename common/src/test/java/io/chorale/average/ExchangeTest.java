package io.chorale.average;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.AverageSettings.Format;
import io.chorale.io.FloatVector;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ExchangeTest {
  /** Odd, and no multiple of a block. */
  private static final int LENGTH = 10_007;

  private static float[] random(long seed, double size) {
    Random random = new Random(seed);
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (random.nextGaussian() * size * Math.pow(10, random.nextInt(3)));
    }
    return values;
  }

  private static FloatVector vector(float[] values) {
    FloatVector vector = new FloatVector(values.length);
    System.arraycopy(values, 0, vector.slice(0), 0, values.length);
    return vector;
  }

  /** The average of what one worker sent. */
  private static float[] averaged(Exchange exchange, byte[] sent) {
    Exchange.Gathering gathering = exchange.gather(0, new FloatVector(LENGTH));
    gathering.add(sent, 7);
    return gathering.average();
  }

  private static float[] roundTrip(Format format, float... values) {
    Codec codec = Codec.of(format);
    return codec.decode(codec.encode(values), values.length);
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32,40028", "BFLOAT16,20014", "INT8,10167", "INT4,5632"})
  void bytesAreAsManyAsTheFormatSays(Format format, int bytes) {
    assertEquals(bytes, Codec.of(format).encode(random(1, 1)).length);
    assertEquals(0, Codec.of(format).encode(new float[0]).length);
  }

  @Test
  void float32IsExact() {
    float[] values = random(1, 1);
    values[0] = -0.0f;
    values[1] = Float.NaN;
    values[2] = Float.MIN_VALUE;
    assertArrayEquals(values, roundTrip(Format.FLOAT32, values));
  }

  @Test
  void bfloat16RoundsToTheNearestEven() {
    float[] values = random(2, 1e-3);
    float[] rounded = roundTrip(Format.BFLOAT16, values);
    for (int i = 0; i < LENGTH; i++) {
      assertEquals(values[i], rounded[i], Math.abs(values[i]) * 0x1p-8);
    }
    assertArrayEquals(rounded, roundTrip(Format.BFLOAT16, rounded));
    // Halfway between 1 and 1 + 2^-7 the even one is 1; halfway to the next it is 1 + 2^-6.
    assertArrayEquals(
        new float[] {1, 1 + 0x1p-6f, -1, 1 + 0x1p-7f, -0.0f, Float.MIN_VALUE * 65536},
        roundTrip(
            Format.BFLOAT16,
            1 + 0x1p-8f,
            1 + 0x1p-7f + 0x1p-8f,
            -1 - 0x1p-8f,
            1 + 0x1p-8f + 0x1p-20f,
            -0.0f,
            Float.MIN_VALUE * 65536));
  }

  @ParameterizedTest
  @CsvSource({"INT8,256,127", "INT4,64,7"})
  void integersAreOffByHalfAScaleAtMost(Format format, int block, int largest) {
    float[] values = random(3, 1e-5);
    float[] rounded = roundTrip(format, values);
    for (int from = 0; from < LENGTH; from += block) {
      int to = Math.min(LENGTH, from + block);
      double magnitude = 0;
      for (int i = from; i < to; i++) {
        magnitude = Math.max(magnitude, Math.abs(values[i]));
      }
      for (int i = from; i < to; i++) {
        assertEquals(values[i], rounded[i], magnitude / largest * 0.5001);
      }
    }
  }

  @Test
  void integersRoundTiesToEven() {
    assertArrayEquals(
        new float[] {7, 2, 2, -2, -4, 0, -7},
        roundTrip(Format.INT4, 7, 1.5f, 2.5f, -2.5f, -3.5f, 0.5f, -7));
    assertArrayEquals(
        new float[] {127, 2, 2, -4, 0}, roundTrip(Format.INT8, 127, 1.5f, 2.5f, -3.5f, -0.5f), 0f);
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void zerosAndSubnormalNumbersSurvive(Format format) {
    assertArrayEquals(new float[300], roundTrip(format, new float[300]));
    float[] tiny = {Float.MIN_VALUE, -300 * Float.MIN_VALUE, 0};
    float[] rounded = roundTrip(format, tiny);
    for (int i = 0; i < tiny.length; i++) {
      assertEquals(tiny[i], rounded[i], 0x1p-133f);
    }
    float[] huge = roundTrip(format, Float.MAX_VALUE / 2, -Float.MAX_VALUE / 2);
    assertEquals(Float.MAX_VALUE / 2, huge[0], Float.MAX_VALUE * 0x1p-9f);
    assertEquals(-Float.MAX_VALUE / 2, huge[1], Float.MAX_VALUE * 0x1p-9f);
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void whatIsNotFiniteIsNeverMadeFinite(Format format) {
    float[] bad = {
      Float.NaN,
      Float.intBitsToFloat(0x7f800001),
      Float.intBitsToFloat(0xffffffff),
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY
    };
    for (float one : bad) {
      for (int at : new int[] {0, 299}) {
        float[] values = new float[300];
        Arrays.fill(values, 1f);
        values[at] = one;
        values[(at + 1) % 300] = 3f; // what comes after must not hide it
        assertFalse(Float.isFinite(roundTrip(format, values)[at]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Format.class,
      names = {"BFLOAT16", "INT8", "INT4"})
  void errorFeedbackSumsUpToTheTruth(Format format) {
    Exchange exchange = Exchange.ofValues(format);
    assertTrue(exchange.keepsResidual());
    FloatVector residual = new FloatVector(LENGTH);
    double[] truth = new double[LENGTH];
    double[] sent = new double[LENGTH];
    double[] largest = new double[1];
    for (int round = 0; round < 50; round++) {
      float[] anchor = random(100 + round, 1);
      float[] parameters = anchor.clone();
      float[] moves = random(200 + round, 1e-3);
      for (int i = 0; i < LENGTH; i++) {
        parameters[i] -= moves[i];
        truth[i] += (double) anchor[i] - parameters[i];
        largest[0] = Math.max(largest[0], Math.abs((double) anchor[i] - parameters[i]));
      }
      byte[] bytes = exchange.encode(anchor, parameters, residual.slice(0));
      float[] decoded = averaged(exchange, bytes);
      for (int i = 0; i < LENGTH; i++) {
        sent[i] += decoded[i];
      }
    }
    for (int i = 0; i < LENGTH; i++) {
      assertEquals(truth[i], sent[i] + residual.get(i), 1e-6 * largest[0]);
      // What is still owed is one rounding, not fifty.
      assertEquals(0, residual.get(i), largest[0] / 7);
    }
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void sameInputGivesTheSameBytesAndMeansAreUnderstood(Format format) {
    Exchange exchange = Exchange.ofValues(format);
    float[] anchor = random(1, 1);
    float[] parameters = random(2, 1);
    FloatVector residual = new FloatVector(LENGTH);
    FloatVector other = new FloatVector(LENGTH);
    byte[] bytes = exchange.encode(anchor, parameters, residual.slice(0));
    assertArrayEquals(bytes, exchange.encode(anchor, parameters, other.slice(0)));
    assertEquals(residual, other);
    float[] mean = exchange.parameters(anchor, averaged(exchange, bytes));
    for (int i = 0; i < LENGTH; i++) {
      assertEquals(parameters[i], mean[i] - residual.get(i), 1e-4);
    }
  }
}
