package io.chorale.vectors;

import io.chorale.io.ArrayContent;
import io.chorale.io.ArrayInput;
import io.chorale.io.DataType;
import io.chorale.io.FloatSlices;
import io.chorale.io.SafeTensors;
import io.chorale.io.SafeTensorsHeader;
import io.chorale.io.Utf8;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Word vectors as safetensors: {@code vectors} F32 [words, size], {@code words} U8 [bytes] with
 * {@code words.offsets} I64 [words + 1], where counted {@code counts} I64 [words], and for unknown
 * words {@code ngrams} F32 [buckets, size], with their lengths in the metadata ({@code "ngrams" :
 * "3-6"}). Any word can be kept so, exactly.
 */
final class TensorVectors {
  private static final String FORMAT = "chorale-vectors-1";
  private static final String VECTORS = "vectors";
  private static final String WORDS = "words";
  private static final String OFFSETS = "words.offsets";
  private static final String COUNTS = "counts";
  private static final String NGRAMS = "ngrams";
  private static final Pattern LENGTHS = Pattern.compile("([0-9]{1,4})-([0-9]{1,4})");

  private TensorVectors() {}

  static VectorFile read(VectorInput input, InputStream in) throws IOException {
    SafeTensorsHeader header = SafeTensorsHeader.read(in, input.length(), input.name());
    Map<String, SafeTensorsHeader.Entry> arrays = header.arrays();
    List<Long> shape = shape(input, arrays, VECTORS, DataType.F32, 2);
    long words = shape.get(0);
    long size = shape.get(1);
    long bytes = shape(input, arrays, WORDS, DataType.U8, 1).get(0);
    if (words < 1 || size < 1 || Math.max(Math.max(words, size), bytes) > Integer.MAX_VALUE - 8) {
      throw input.damaged(
          "its vectors are of shape %s, its words of %d bytes".formatted(shape, bytes),
          "at least one word, and all of them below 2^31");
    }
    expect(input, arrays, OFFSETS, DataType.I64, List.of(words + 1));
    if (arrays.containsKey(COUNTS)) {
      expect(input, arrays, COUNTS, DataType.I64, List.of(words));
    }
    Optional<Ngrams> ngrams = ngrams(input, header, size);

    long[] offsets = new long[(int) words + 1];
    long[] counts = new long[arrays.containsKey(COUNTS) ? (int) words : 0];
    byte[] text = new byte[(int) bytes];
    FloatSlices vectors = null;
    Optional<NgramVectors> buckets = Optional.empty();
    for (Map.Entry<String, SafeTensorsHeader.Entry> array : arrays.entrySet()) {
      switch (array.getKey()) {
        case OFFSETS -> ArrayInput.longs(in, offsets);
        case COUNTS -> ArrayInput.longs(in, counts);
        case WORDS -> new DataInputStream(in).readFully(text);
        case VECTORS -> vectors = rows(input, in, VECTORS, words, (int) size);
        case NGRAMS -> {
          FloatSlices rows = rows(input, in, NGRAMS, ngrams.orElseThrow().buckets(), (int) size);
          buckets = Optional.of(new NgramVectors(ngrams.orElseThrow(), (int) size, rows));
        }
        default -> in.skipNBytes(array.getValue().end() - array.getValue().begin());
      }
    }
    if (offsets[0] != 0 || offsets[(int) words] != bytes || !ascending(offsets)) {
      throw input.damaged(
          "its words.offsets are other numbers", "0 to %d, ascending".formatted(bytes));
    }
    List<String> spellings = new ArrayList<>();
    for (int i = 0; i < words; i++) {
      spellings.add(input.text(text, (int) offsets[i], (int) offsets[i + 1]));
    }
    if (new HashSet<>(spellings).size() < spellings.size()) {
      throw input.damaged("a word is there twice", "each once");
    }
    return new VectorFile(new WordVectors(spellings, counts, (int) size, vectors, buckets), 0);
  }

  private static boolean ascending(long[] offsets) {
    return IntStream.range(1, offsets.length).allMatch(i -> offsets[i - 1] <= offsets[i]);
  }

  private static FloatSlices rows(
      VectorInput input, InputStream in, String array, long count, int size) throws IOException {
    RowCollector rows = new RowCollector(size);
    float[] row = new float[size];
    for (long i = 0; i < count; i++) {
      ArrayInput.floats(in, row);
      for (float value : row) {
        if (!Float.isFinite(value)) {
          throw input.damaged("row %d of %s holds %s".formatted(i, array, value), "finite numbers");
        }
      }
      rows.add(row);
    }
    return rows.collected();
  }

  private static Optional<Ngrams> ngrams(VectorInput input, SafeTensorsHeader header, long size) {
    if (!header.arrays().containsKey(NGRAMS)) {
      return Optional.empty();
    }
    List<Long> shape = shape(input, header.arrays(), NGRAMS, DataType.F32, 2);
    String lengths = header.metadata().getOrDefault(NGRAMS, "nothing");
    Matcher found = LENGTHS.matcher(lengths);
    if (shape.get(1) != size || shape.get(0) > Integer.MAX_VALUE || !found.matches()) {
      throw input.damaged(
          "its n-grams are of shape %s and of %s characters".formatted(shape, lengths),
          "vectors of %d numbers, and lengths such as 3-6 in the metadata".formatted(size));
    }
    int min = Integer.parseInt(found.group(1));
    int max = Integer.parseInt(found.group(2));
    return Optional.of(new Ngrams(min, max, (int) (long) shape.get(0)));
  }

  private static List<Long> shape(
      VectorInput input,
      Map<String, SafeTensorsHeader.Entry> arrays,
      String name,
      DataType type,
      int axes) {
    SafeTensorsHeader.Entry entry = arrays.get(name);
    if (entry == null || entry.type() != type || entry.shape().size() != axes) {
      throw input.damaged(
          entry == null
              ? "it holds the arrays %s".formatted(VectorInput.quoted(arrays.keySet().toString()))
              : "array %s is %s %s".formatted(name, entry.type(), entry.shape()),
          "an array %s of type %s with %d axes".formatted(name, type, axes));
    }
    return entry.shape();
  }

  private static void expect(
      VectorInput input,
      Map<String, SafeTensorsHeader.Entry> arrays,
      String name,
      DataType type,
      List<Long> shape) {
    List<Long> found = shape(input, arrays, name, type, shape.size());
    if (!found.equals(shape)) {
      throw input.damaged("array %s has shape %s".formatted(name, found), shape.toString());
    }
  }

  static void write(WordVectors vectors, OutputStream out) throws IOException {
    long count = vectors.words().size();
    long[] offsets = new long[(int) count + 1];
    for (int i = 0; i < count; i++) {
      offsets[i + 1] = offsets[i] + Utf8.length(vectors.words().get(i));
    }
    List<ArrayContent> arrays = new ArrayList<>();
    Map<String, String> metadata = new TreeMap<>(Map.of("format", FORMAT));
    arrays.add(ArrayContent.of(OFFSETS, offsets));
    if (vectors.counts().length > 0) {
      arrays.add(ArrayContent.of(COUNTS, vectors.counts()));
    }
    arrays.add(rows(VECTORS, count, vectors.size(), vectors::copy));
    vectors
        .ngrams()
        .ifPresent(
            found -> {
              metadata.put(NGRAMS, found.ngrams().min() + "-" + found.ngrams().max());
              int buckets = found.ngrams().buckets();
              RowLayout layout = found.layout();
              arrays.add(
                  rows(
                      NGRAMS,
                      buckets,
                      vectors.size(),
                      (row, into) -> layout.copy(found.rows(), row, into)));
            });
    arrays.add(
        new ArrayContent(
            WORDS,
            DataType.U8,
            List.of(offsets[(int) count]),
            to -> {
              for (String word : vectors.words()) {
                to.write(word.getBytes(StandardCharsets.UTF_8));
              }
            }));
    SafeTensors.write(out, metadata, arrays);
  }

  private static ArrayContent rows(String name, long count, int size, Rows copy) {
    return new ArrayContent(
        name,
        DataType.F32,
        List.of(count, (long) size),
        out -> {
          float[] row = new float[size];
          ByteBuffer bytes = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < count; i++) {
            copy.copy(i, row);
            bytes.asFloatBuffer().put(row);
            out.write(bytes.array());
          }
        });
  }

  /** Copies a row to the beginning of an array. */
  private interface Rows {
    void copy(int row, float[] into);
  }
}
