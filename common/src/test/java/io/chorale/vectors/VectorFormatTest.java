package io.chorale.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of scripts/peers/word_vectors_golden.py are what gensim and fastText wrote. */
class VectorFormatTest {
  private static final Storage STORAGE = new Storage(new Configuration(false));

  @TempDir Path directory;

  @Test
  void gensimsTextIsReadExactlyAndWrittenByteForByte() throws IOException {
    WordVectors text = read(golden("gensim.txt")).vectors();
    assertEquals(List.of("the", "Straße", "naïve"), text.words().subList(0, 3));
    assertSame(read(golden("gensim.bin")).vectors(), text);
    assertArrayEquals(golden("gensim.txt"), written(VectorFormat.WORD2VEC, text));
  }

  @Test
  void gensimsBinaryIsWrittenByteForByte() throws IOException {
    WordVectors vectors = read(golden("gensim.bin")).vectors();
    assertArrayEquals(golden("gensim.bin"), written(VectorFormat.WORD2VEC_BINARY, vectors));
  }

  @Test
  void fastTextsVectorsAreWrittenByteForByte() throws IOException {
    WordVectors exact = read(golden("fasttext.bin")).vectors();
    assertArrayEquals(golden("fasttext.vec"), written(VectorFormat.FASTTEXT, exact));
    WordVectors rounded = read(golden("fasttext.vec")).vectors();
    assertEquals(exact.words(), rounded.words());
    assertEquals(vector(exact, 1)[0], vector(rounded, 1)[0], 1e-4f * Math.abs(vector(exact, 1)[0]));
  }

  /** The tool itself ends a binary row with a line end, and a number of its text with a blank. */
  @Test
  void filesOfTheFirstToolAreRead() {
    WordVectors text =
        read(utf8("2 2\nking 1.500000 -0.250000 \nqueen 0.000000 2.000000 \n")).vectors();
    ByteBuffer binary = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
    binary.put(utf8("2 2\nking ")).putFloat(1.5f).putFloat(-0.25f).put(utf8("\nqueen "));
    binary.putFloat(0).putFloat(2).put((byte) '\n');
    assertSame(text, read(Arrays.copyOf(binary.array(), binary.position())).vectors());
  }

  @Test
  void aTextNeedsNoHeader() {
    WordVectors vectors = read(utf8("king 1 2\r\nqueen 3 4e-1")).vectors();
    assertEquals(List.of("king", "queen"), vectors.words());
    assertArrayEquals(new float[] {3, 0.4f}, vector(vectors, 1));
  }

  @Test
  void ofAWordThatIsThereTwiceTheFirstVectorStays() {
    VectorFile file = read(utf8("3 1\na 1\na 2\nb 3\n"));
    assertEquals(1, file.repeated());
    assertEquals(List.of("a", "b"), file.vectors().words());
    assertArrayEquals(new float[] {1}, vector(file.vectors(), 0));
    assertEquals(OptionalInt.of(1), file.vectors().find("b"));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsRead(VectorFormat format) throws IOException {
    // More rows than a slice holds, so that they lie in two.
    int words = FloatVector.SLICE / 1040 + 5;
    float[] row = new float[1025];
    RowCollector rows = new RowCollector(row.length);
    for (int i = 0; i < words; i++) {
      Arrays.fill(row, i / 4f);
      rows.add(row);
    }
    List<String> names = Stream.iterate(0, i -> i + 1).limit(words).map(i -> "w" + i).toList();
    WordVectors vectors =
        new WordVectors(names, new long[0], row.length, rows.collected(), Optional.empty());
    assertSame(vectors, read(written(format, vectors)).vectors());
  }

  @Test
  void safetensorsKeepAnyWordCountsAndNgrams() throws IOException {
    RowCollector rows = new RowCollector(1);
    RowCollector buckets = new RowCollector(1);
    Stream.of(1f, 2f, 3f).forEach(value -> rows.add(new float[] {value}));
    Stream.of(8f, 16f).forEach(value -> buckets.add(new float[] {value}));
    Ngrams ngrams = new Ngrams(3, 4, 2);
    WordVectors vectors =
        new WordVectors(
            List.of("New York", "", "line\nend"),
            new long[] {7, 5, 3},
            1,
            rows.collected(),
            Optional.of(new NgramVectors(ngrams, 1, buckets.collected())));
    WordVectors found = read(written(VectorFormat.SAFETENSORS, vectors)).vectors();
    assertSame(vectors, found);
    assertArrayEquals(new long[] {7, 5, 3}, found.counts());
    double mean =
        Arrays.stream(ngrams.of("york")).mapToDouble(b -> b == 0 ? 8 : 16).average().orElseThrow();
    assertEquals(mean, found.vector("york").orElseThrow()[0], 1e-5);
    assertEquals(1, found.vector("New York").orElseThrow()[0]);
    assertFalse(found.vector("").isEmpty());
    assertTrue(found.ngrams().orElseThrow().mean("").isEmpty());
  }

  @Test
  void parquetKeepsAnyWordAndCounts() throws IOException {
    WordVectors vectors = words(new long[] {7, 5}, "New York", "line\nend");
    byte[] written = written(VectorFormat.PARQUET, vectors);
    assertSame(vectors, read(written).vectors());
    assertArrayEquals(new long[] {7, 5}, read(written).vectors().counts());
    assertArrayEquals(written, written(VectorFormat.PARQUET, read(written).vectors()));
    WordVectors uncounted = words(new long[0], "a", "b");
    assertEquals(0, read(written(VectorFormat.PARQUET, uncounted)).vectors().counts().length);
  }

  private static WordVectors words(long[] counts, String... words) {
    RowCollector rows = new RowCollector(2);
    for (int i = 0; i < words.length; i++) {
      rows.add(new float[] {i + 0.1f, -i});
    }
    return new WordVectors(List.of(words), counts, 2, rows.collected(), Optional.empty());
  }

  /** As pandas and Spark write it: doubles, compressed, without counts, in any order of columns. */
  @Test
  void parquetOfOthersIsRead() throws IOException {
    WordVectors vectors = read(golden("pyarrow.parquet")).vectors();
    assertEquals(List.of("king", "Straße"), vectors.words());
    assertArrayEquals(new float[] {0.5f, -0.1f, 2}, vector(vectors, 0));
    assertArrayEquals(new float[] {1, 0, 3e-5f}, vector(vectors, 1));
    assertEquals(0, vectors.counts().length);
  }

  @Test
  void damagedParquetIsRefused() throws IOException {
    byte[] good = written(VectorFormat.PARQUET, words(new long[0], "alpha", "beta"));
    assertTrue(refusal(Arrays.copyOf(good, good.length - 1)).contains("Parquet's reader says"));
    byte[] flipped = good.clone();
    int at = new String(good, StandardCharsets.ISO_8859_1).indexOf("alpha");
    flipped[at] ^= 1;
    assertTrue(refusal(flipped).contains("could not verify page integrity"), refusal(flipped));
    String other = refusal(golden("other-columns.parquet"));
    assertTrue(other.contains("it has the columns text, vector") && other.contains("word"), other);
    String ragged = refusal(golden("ragged.parquet"));
    assertTrue(ragged.contains("word 2 has 1 numbers, expected 2 as those before"), ragged);
    String none = refusal(golden("null.parquet"));
    assertTrue(none.contains("row 2 is null"), none);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SAFETENSORS", "PARQUET"})
  void aWordWithABlankIsRefusedBeforeAnythingIsWritten(VectorFormat format) {
    RowCollector rows = new RowCollector(1);
    rows.add(new float[] {1});
    WordVectors vectors =
        new WordVectors(List.of("New York"), new long[0], 1, rows.collected(), Optional.empty());
    Path file = directory.resolve("vectors");
    String message =
        assertThrows(ChoraleException.class, () -> format.write(STORAGE, hadoop(file), vectors))
            .getMessage();
    assertTrue(message.contains("\"New York\"") && message.contains("safetensors"), message);
    assertFalse(Files.exists(file));
  }

  static Stream<Arguments> damagedFiles() throws IOException {
    byte[] binary = golden("gensim.bin");
    byte[] wrong = "1 1\nab \0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    wrong[4] = (byte) 0xff;
    ByteBuffer infinite = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    infinite.put(utf8("1 1\na ")).putFloat(Float.POSITIVE_INFINITY);
    return Stream.of(
        Arguments.of("is empty", new byte[0]),
        Arguments.of("claims 2 words of 0 numbers", utf8("2 0\n")),
        Arguments.of("claims 0 words", utf8("0 4\n")),
        Arguments.of(
            "claims 2000000000 words of 300 numbers, but it has", utf8("2000000000 300\na 1\n")),
        Arguments.of(
            "claims 1 words of 2147483647 numbers, but it has", utf8("1 2147483647\na 1\n")),
        Arguments.of("holds 1 words, expected 2", utf8("2 1\nalpha 1.00\n")),
        Arguments.of("holds 3 words, expected 2", utf8("2 1\na 1\nb 2\nc 3\n")),
        Arguments.of("word 2, \"b\", has 3 numbers, expected 2", utf8("2 2\na 1 2\nb 1 2 3\n")),
        Arguments.of("word 2, \"New\", has \"York\"", utf8("2 2\na 1 2\nNew York 2\n")),
        Arguments.of("word 1, \"\", has 1 numbers", utf8("1 1\n 1.5\n")),
        Arguments.of("has \"nan\" among", utf8("2 2\na 1 nan\nb 1 2\n")),
        Arguments.of("has \"inf\" among", utf8("a 1 2\nb 1 inf\n")),
        Arguments.of("has \"0x1p3\" among", utf8("a 1 2\nb 1 0x1p3\n")),
        Arguments.of("has \"\" among", utf8("a 1 2\nb 1  2\n")),
        Arguments.of("number 1 of word \"a\" is Infinity", utf8("1 1\na 1e99\n")),
        Arguments.of("number 1 of word \"a\" is Infinity", infinite.array()),
        Arguments.of("word 1 is not UTF-8", wrong),
        Arguments.of("ends in word 10", Arrays.copyOf(binary, binary.length - 1)),
        Arguments.of("bytes follow its last word", Arrays.copyOf(binary, binary.length + 1)),
        Arguments.of("first line holds no number", utf8("text\nmore text\n")),
        Arguments.of("it is compressed", new byte[] {0x1f, (byte) 0x8b, 8, 0}),
        Arguments.of("model of fastText", new byte[] {(byte) 0xba, 0x16, 0x4f, 0x2f, 12, 0}),
        Arguments.of("safetensors file", utf8("\u0002\0\0\0\0\0\0\0{]")),
        Arguments.of("holds the arrays", utf8("\u0002\0\0\0\0\0\0\0{}")));
  }

  @ParameterizedTest
  @MethodSource("damagedFiles")
  void aDamagedFileIsRefusedWithItsReason(String reason, byte[] bytes) {
    String message = assertThrows(ChoraleException.class, () -> read(bytes)).getMessage();
    assertTrue(message.startsWith("Cannot read ") && message.contains(reason), message);
  }

  @Test
  void aDamagedSafetensorsFileIsRefused() throws IOException {
    byte[] good = written(VectorFormat.SAFETENSORS, read(utf8("ab 1 2\nc 3 4\n")).vectors());
    assertEquals(2, read(good).vectors().words().size());
    byte[] cut = Arrays.copyOf(good, good.length - 1);
    assertTrue(refusal(cut).contains("cut short"), refusal(cut));
    byte[] words = good.clone();
    words[words.length - 1] = (byte) 0xff;
    assertTrue(refusal(words).contains("not UTF-8"), refusal(words));
    byte[] twice = written(VectorFormat.SAFETENSORS, read(utf8("a 1 2\nb 3 4\n")).vectors());
    twice[twice.length - 1] = 'a';
    assertTrue(refusal(twice).contains("there twice"), refusal(twice));
    byte[] numbers = good.clone();
    ByteBuffer.wrap(numbers).order(ByteOrder.LITTLE_ENDIAN).putFloat(good.length - 7, Float.NaN);
    assertTrue(refusal(numbers).contains("holds NaN"), refusal(numbers));
    byte[] places = good.clone();
    ByteBuffer.wrap(places).order(ByteOrder.LITTLE_ENDIAN).putLong(good.length - 3 - 16 - 16, 9);
    assertTrue(refusal(places).contains("ascending"), refusal(places));
  }

  private String refusal(byte[] bytes) {
    return assertThrows(ChoraleException.class, () -> read(bytes)).getMessage();
  }

  private VectorFile read(byte[] bytes) {
    try {
      Path file = Files.write(directory.resolve("read"), bytes);
      return VectorFile.read(STORAGE, hadoop(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] written(VectorFormat format, WordVectors vectors) throws IOException {
    Path file = directory.resolve("written");
    format.write(STORAGE, hadoop(file), vectors);
    return Files.readAllBytes(file);
  }

  private static void assertSame(WordVectors expected, WordVectors found) {
    assertEquals(expected.words(), found.words());
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.words().size(); i++) {
      assertArrayEquals(vector(expected, i), vector(found, i));
    }
  }

  private static float[] vector(WordVectors vectors, int place) {
    float[] vector = new float[vectors.size()];
    vectors.copy(place, vector);
    return vector;
  }

  private static org.apache.hadoop.fs.Path hadoop(Path file) {
    return new org.apache.hadoop.fs.Path(file.toUri());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] golden(String name) throws IOException {
    try (InputStream in = VectorFormatTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
