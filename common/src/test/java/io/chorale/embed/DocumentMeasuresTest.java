package io.chorale.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.embed.DocumentMeasures.Part;
import io.chorale.embed.DocumentMeasures.Result;
import io.chorale.embed.DocumentMeasures.Text;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The measures of vectors of texts, on texts whose answers are known. */
class DocumentMeasuresTest {
  private static final List<String> LINES =
      List.of(
          " = Ships = ",
          "",
          " a ship on the sea ",
          " = = History = = ",
          " the ship sank " + "w ".repeat(30) + "v ".repeat(30),
          " = Kings = ",
          " a king ",
          " the queen of the king ");

  @Test
  void paragraphsKnowTheirArticlesAndLongOnesHaveHalves() {
    List<Text> texts = DocumentMeasures.texts(LINES);
    assertEquals(
        List.of(Part.WHOLE, Part.WHOLE, Part.FIRST, Part.SECOND, Part.WHOLE, Part.WHOLE),
        texts.stream().map(Text::part).toList());
    assertEquals(List.of(0, 0, 0, 0, 1, 1), texts.stream().map(Text::article).toList());
    assertEquals("the ship sank " + "w ".repeat(28).strip(), texts.get(2).text());
  }

  /** Vectors by article are perfect; where all are equal, the order of the texts decides. */
  @Test
  void perfectVectorsAnswerAllAndEqualOnesByTheOrderOfTexts() {
    List<Text> texts = DocumentMeasures.texts(LINES);
    List<float[]> perfect = new ArrayList<>();
    List<float[]> equal = new ArrayList<>();
    for (Text text : texts) {
      perfect.add(new float[] {text.article() == 0 ? 1 : 0, text.article()});
      equal.add(new float[] {1, 1});
    }
    assertEquals(
        new Result(1, 0.1, 1, 1), DocumentMeasures.of(texts, DocumentMeasures.ofVectors(perfect)));
    Result found = DocumentMeasures.of(texts, DocumentMeasures.ofVectors(equal));
    // Of the second article the other paragraph comes third each time.
    assertEquals((1 + 1 + 1 / 3.0 + 1 / 3.0) / 4, found.averagePrecision(), 1e-9);
  }

  @Test
  void textsThatShareRareWordsAreNear() {
    List<Text> texts = DocumentMeasures.texts(LINES);
    var nearness =
        DocumentMeasures.ofSharedWords(
            texts, List.of("a the of", "the a", "of the a", "ship king the"));
    assertEquals(1, nearness.to(0).applyAsDouble(0), 1e-9);
    assertTrue(nearness.to(4).applyAsDouble(5) > nearness.to(4).applyAsDouble(0));
  }
}
