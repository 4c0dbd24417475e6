package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.io.Checksums;
import io.chorale.random.SplitMix64;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MinHashTest {
  /** By {@code scripts/peers/minhash_golden.py}. */
  private static final String GOLDEN =
      "8cea6f28805526b14a04c6939ffd7efbbd4bd92d872a1f1518b585378d54514b";

  private static final String TEXT =
      "The quick brown fox jumps over the lazy dog; the dog (it was 7 o'clock) did not mind, at"
          + " all.";

  @Test
  void aSignatureIsTheLeastHashByEachFunction() {
    BigInteger prime = BigInteger.TWO.pow(61).subtract(BigInteger.ONE);
    String text = words(700, 1);
    long[] shingles = new long[1000];
    Shingles shingled = new Shingles(5);
    shingled.begin(text);
    int count = shingled.next(shingles);
    SplitMix64 random = new SplitMix64(1);
    long[] expected = new long[12];
    for (int i = 0; i < expected.length; i++) {
      BigInteger a = BigInteger.valueOf(1 + random.below(prime.longValueExact() - 1));
      BigInteger b = BigInteger.valueOf(random.below(prime.longValueExact()));
      expected[i] =
          Arrays.stream(shingles, 0, count)
              .map(
                  x ->
                      a.multiply(
                              new BigInteger(Long.toUnsignedString(x)).mod(BigInteger.TWO.pow(61)))
                          .add(b)
                          .mod(prime)
                          .longValueExact())
              .min()
              .orElseThrow();
    }
    Signature signature = new MinHash(5, 12).sign(text).orElseThrow();
    assertEquals(12, signature.size());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], signature.hash(i));
    }
  }

  /** Signatures are kept in files: they stay as they are. */
  @Test
  void theBytesAreTheSameEverywhereAndAlways() {
    byte[] bytes = new MinHash(5, 112).sign(TEXT).orElseThrow().bytes();
    assertEquals(896, bytes.length);
    assertEquals(GOLDEN, Checksums.sha256(bytes));
  }

  @Test
  void bytesAreReadBack() {
    Signature signature = new MinHash(5, 16).sign(TEXT).orElseThrow();
    assertArrayEquals(signature.bytes(), Signature.of(signature.bytes()).bytes());
    assertEquals(1, signature.similarity(Signature.of(signature.bytes())));
  }

  @Test
  void aLongerSignatureBeginsWithAShorterOne() {
    byte[] longer = new MinHash(3, 20).sign(TEXT).orElseThrow().bytes();
    byte[] shorter = new MinHash(3, 8).sign(TEXT).orElseThrow().bytes();
    assertArrayEquals(shorter, Arrays.copyOf(longer, shorter.length));
  }

  @Test
  void tooFewWordsGiveNone() {
    MinHash hash = new MinHash(5, 8);
    assertEquals(Optional.empty(), hash.sign("Four words are few."));
    assertEquals(Optional.empty(), hash.sign(""));
    assertEquals(8, hash.sign("Five words are enough, though.").orElseThrow().size());
  }

  /** A repeated n-gram is one of the set; so is its place. */
  @Test
  void repetitionAndOrderOfPartsDoNotCount() {
    MinHash hash = new MinHash(1, 64);
    assertArrayEquals(
        hash.sign("b a c").orElseThrow().bytes(), hash.sign("a b c a a b").orElseThrow().bytes());
  }

  /** 4,000 hashes agree as often as the similarity says, within four standard errors. */
  @Test
  void theShareOfEqualHashesIsTheSimilarity() {
    MinHash hash = new MinHash(1, 4000);
    for (double similarity : new double[] {0.1, 0.5, 0.9}) {
      int shared = (int) Math.round(600 * similarity);
      int own = (600 - shared) / 2;
      String common = words(shared, 2);
      Signature one = hash.sign(common + words(own, 3)).orElseThrow();
      Signature other = hash.sign(words(own, 4) + common).orElseThrow();
      double error = Math.sqrt(similarity * (1 - similarity) / 4000);
      assertEquals(similarity, one.similarity(other), 4 * error);
    }
  }

  @Test
  void signaturesOfUnequalLengthAreNotCompared() {
    Signature one = new MinHash(1, 8).sign("a").orElseThrow();
    Signature other = new MinHash(1, 9).sign("a").orElseThrow();
    assertThrows(IllegalArgumentException.class, () -> one.similarity(other));
  }

  @Test
  void textsThatAgreeInABandMeetThere() {
    Bands bands = new Bands(3, 2);
    Signature one = new Signature(new long[] {1, 2, 3, 4, 5, 6});
    Signature other = new Signature(new long[] {1, 2, 3, 9, 5, 6});
    assertEquals(bands.key(one, 0, 0), bands.key(other, 0, 0));
    assertNotEquals(bands.key(one, 1, 0), bands.key(other, 1, 0));
    assertEquals(bands.key(one, 2, 0), bands.key(other, 2, 0));
    assertNotEquals(bands.key(one, 0, 0), bands.key(other, 0, 1));
    Signature alike = new Signature(new long[] {7, 8, 7, 8, 7, 8});
    assertNotEquals(bands.key(alike, 0, 0), bands.key(alike, 1, 0));
    assertNotEquals(
        bands.key(alike, 0, 0), bands.key(new Signature(new long[] {8, 7, 0, 0, 0, 0}), 0, 0));
  }

  @Test
  void theCurveOfBandsIsTheKnownOne() {
    Bands bands = new Bands(14, 8);
    assertEquals(112, bands.hashes());
    assertEquals(0.5645, bands.probability(0.7), 5e-5);
    assertEquals(0.9235, bands.probability(0.8), 5e-5);
    assertEquals(0, bands.probability(0));
    assertEquals(1, bands.probability(1));
    assertThrows(IllegalArgumentException.class, () -> new Bands(0, 8));
    assertThrows(IllegalArgumentException.class, () -> new Bands(14, 0));
  }

  /** Different words, made of letters alone, each with a blank behind it. */
  private static String words(int count, long seed) {
    SplitMix64 random = new SplitMix64(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      for (int letter = 0; letter < 12; letter++) {
        text.append((char) ('a' + random.below(26)));
      }
      text.append(' ');
    }
    return text.toString();
  }
}
