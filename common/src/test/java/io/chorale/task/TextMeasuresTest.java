package io.chorale.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reference is sacreBLEU ({@code scripts/peers/bleu_golden.py}). */
class TextMeasuresTest {
  private static final double TOLERANCE = 1e-9;

  private static JsonNode golden() throws IOException {
    try (InputStream in = TextMeasuresTest.class.getResourceAsStream("bleu-golden.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  @Test
  void wordsAreThoseOf13a() throws IOException {
    for (JsonNode pair : golden().get("pairs")) {
      String words = String.join(" ", Bleu.words(pair.get("written").asText()));
      assertEquals(pair.get("words").asText(), words);
    }
  }

  @Test
  void aTextAloneScoresAsInSacreBleu() throws IOException {
    for (JsonNode pair : golden().get("pairs")) {
      String written = pair.get("written").asText();
      String target = pair.get("target").asText();
      double bleu = Bleu.score(Bleu.counts(written, target));
      assertEquals(pair.get("bleu").asDouble(), bleu, TOLERANCE, written);
      double chrf = Chrf.score(Chrf.counts(written, target));
      assertEquals(pair.get("chrf").asDouble(), chrf, TOLERANCE, written);
    }
  }

  /** Counts add up over texts. */
  @Test
  void textsTogetherScoreAsInSacreBleu() throws IOException {
    JsonNode pairs = golden().get("pairs");
    for (JsonNode group : golden().get("groups")) {
      TranslationCounts counts = new TranslationCounts(6, 3);
      int exact = 0;
      int rows = group.get("to").asInt() - group.get("from").asInt();
      for (int i = 0; i < rows; i++) {
        JsonNode pair = pairs.get(group.get("from").asInt() + i);
        String written = pair.get("written").asText();
        boolean equal = written.equals(pair.get("target").asText());
        exact += equal ? 1 : 0;
        counts.add(written, pair.get("target").asText(), equal);
      }
      Map<String, Double> measures = TranslationCounts.read(counts.sums(true));
      assertEquals(group.get("bleu").asDouble(), measures.get("bleu"), TOLERANCE);
      assertEquals(group.get("chrf").asDouble(), measures.get("chrf"), TOLERANCE);
      assertEquals((double) exact / rows, measures.get("exact_match"), TOLERANCE);
      assertEquals(2, measures.get("loss"), TOLERANCE);
    }
  }
}
