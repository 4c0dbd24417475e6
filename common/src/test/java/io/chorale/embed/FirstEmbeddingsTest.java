package io.chorale.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.SettingsFile;
import io.chorale.io.FloatVector;
import io.chorale.token.BpeTrainer;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import io.chorale.token.WordTrainer;
import io.chorale.vectors.NgramVectors;
import io.chorale.vectors.Ngrams;
import io.chorale.vectors.WordVectors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which entries of a tokenizer get a vector. */
class FirstEmbeddingsTest {
  private static VectorSource source(Optional<NgramVectors> ngrams, String... words) {
    FloatVector rows = new FloatVector(8L * words.length);
    return new VectorSource(
        new WordVectors(List.of(words), new long[0], 8, rows, ngrams), "a test", Optional.empty());
  }

  private static List<String> found(FoundEmbeddings facts, Tokenizer tokenizer) {
    return Arrays.stream(facts.found()).mapToObj(id -> tokenizer.decode(new int[] {id})).toList();
  }

  /** The unknown word and the end of a text are no words, whatever the vectors have. */
  @Test
  void wordsMatchAsTheyStandElseInLowerCase() {
    Tokenizer tokenizer =
        Tokenizers.load(
            WordTrainer.train(Map.of("The", 5L, "Straße", 4L, "seldom", 3L), 5), "a test");
    FoundEmbeddings facts =
        FirstEmbeddings.of(
                source(Optional.empty(), "the", "Straße", "<unk>", "<|endoftext|>"), tokenizer)
            .facts();
    assertEquals(List.of("The", "Straße"), found(facts, tokenizer));
    assertEquals(3, facts.entries());
    assertEquals("a test: 2 of 3 entries (66.7 %)", facts.coverage());
  }

  @Test
  void wordsThatAreInNoEntryOfTheVectorsMatchByNgrams() {
    Tokenizer tokenizer =
        Tokenizers.load(WordTrainer.train(Map.of("known", 5L, "rarely", 4L, "x", 3L), 5), "a test");
    NgramVectors ngrams = new NgramVectors(new Ngrams(4, 5, 3), 8, new FloatVector(24));
    FoundEmbeddings facts =
        FirstEmbeddings.of(source(Optional.of(ngrams), "known"), tokenizer).facts();
    assertEquals(List.of("known", "rarely"), found(facts, tokenizer));
    assertEquals(1, facts.byNgrams());
  }

  /** Pieces of bytes match without the blank before them. */
  @Test
  void piecesMatchWithoutTheirBlank() {
    Map<String, Long> pieces = Map.of("the", 9L, " the", 9L, " cat", 7L);
    Tokenizer tokenizer =
        Tokenizers.load(
            BpeTrainer.train(pieces, 256 + 6 + 1, SettingsFile.defaults().tokenizer().pattern()),
            "a test");
    FoundEmbeddings facts =
        FirstEmbeddings.of(source(Optional.empty(), "the", "cat", "a"), tokenizer).facts();
    assertEquals(
        List.of(" cat", " the", "A", "a", "cat", "the"),
        found(facts, tokenizer).stream().sorted().toList());
    assertArrayEquals(Arrays.stream(facts.found()).sorted().toArray(), facts.found());
  }
}
