package io.chorale.vectors;

import io.chorale.config.ChoraleException;
import io.chorale.token.PreTokenizer;
import io.chorale.token.TextDecoder;
import io.chorale.token.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Text to the places of word vectors: what stands between white space is a word, which counts as it
 * stands, else in lower case. Where the vectors have n-grams, any other word is its {@linkplain
 * Ngrams buckets}, behind the words, with the last id of all after them; else it gives nothing.
 */
public final class VectorTokenizer implements Tokenizer {
  private final List<String> words;
  private final Optional<Ngrams> ngrams;
  private final Map<String, Integer> places = new HashMap<>();

  /**
   * A tokenizer of the words of some vectors.
   *
   * @param words each once, in the order of their vectors
   * @param ngrams of other words
   */
  public VectorTokenizer(List<String> words, Optional<Ngrams> ngrams) {
    this.words = List.copyOf(words);
    this.ngrams = ngrams;
    for (int i = 0; i < words.size(); i++) {
      places.put(words.get(i), i);
    }
  }

  /** What {@link #write} gave; only for bytes that travel, which nothing has damaged. */
  public static VectorTokenizer read(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Ngrams ngrams =
          in.readBoolean() ? new Ngrams(in.readInt(), in.readInt(), in.readInt()) : null;
      int count = in.readInt();
      List<String> words = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        words.add(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
      }
      return new VectorTokenizer(words, Optional.ofNullable(ngrams));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It as bytes, on their way to another machine. */
  public byte[] write() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeBoolean(ngrams.isPresent());
      if (ngrams.isPresent()) {
        out.writeInt(ngrams.get().min());
        out.writeInt(ngrams.get().max());
        out.writeInt(ngrams.get().buckets());
      }
      out.writeInt(words.size());
      for (String word : words) {
        byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public int[] encode(String text) {
    IntStream.Builder ids = IntStream.builder();
    PreTokenizer.words().split(text, word -> encode(word, ids));
    return ids.build().toArray();
  }

  private void encode(String word, IntStream.Builder ids) {
    Integer place = places.get(word);
    if (place == null) {
      place = places.get(word.toLowerCase(Locale.ROOT));
    }
    if (place != null) {
      ids.add(place);
      return;
    }
    int[] buckets = ngrams.map(of -> of.of(word)).orElse(new int[0]);
    for (int bucket : buckets) {
      ids.add(words.size() + bucket);
    }
    if (buckets.length > 0) {
      ids.add(vocabularySize() - 1);
    }
  }

  /** The words alone: n-grams are not told from each other. */
  @Override
  public String decode(int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      if (!has(id)) {
        throw new ChoraleException(
            "Cannot decode id %d: expected 0 to %d.".formatted(id, vocabularySize() - 1));
      }
      if (id < words.size()) {
        text.append(text.isEmpty() ? "" : " ").append(words.get(id));
      }
    }
    return text.toString();
  }

  @Override
  public TextDecoder decoder() {
    throw new UnsupportedOperationException("word vectors write no texts");
  }

  @Override
  public boolean has(int id) {
    return id >= 0 && id < vocabularySize();
  }

  /** The words; buckets, and the id that ends a word's. */
  @Override
  public int vocabularySize() {
    return words.size() + ngrams.map(of -> of.buckets() + 1).orElse(0);
  }

  /** There is none. */
  @Override
  public int endOfText() {
    return -1;
  }

  /** Nothing ends a text: it is no more than its words. */
  @Override
  public int[] ended(int[] ids) {
    return ids;
  }
}
