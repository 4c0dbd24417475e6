package io.chorale.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextStreamTest {
  private final List<String> pieces = new ArrayList<>();

  private TextStream stream(String stop) {
    return new TextStream(stop, pieces::add);
  }

  @Test
  void stopTextMaySpanTokens() {
    TextStream stream = stream("\n\nX:");
    stream.add("bar|\n");
    stream.add("\n");
    stream.add("\n");
    assertEquals("bar|\n", String.join("", pieces));
    stream.add("X");
    assertFalse(stream.stopped());
    stream.add(":1 more");
    stream.end();
    assertTrue(stream.stopped());
    assertEquals("bar|\n", String.join("", pieces));
  }

  @Test
  void whatOnlyBeganLikeTheStopTextIsPassedOn() {
    TextStream stream = stream("END");
    stream.add("an E");
    stream.add("Nt, an EN");
    stream.end();
    assertFalse(stream.stopped());
    assertEquals(List.of("an ", "ENt, an ", "EN"), pieces);
  }

  @Test
  void aStopTextAtTheBeginGivesNothing() {
    TextStream stream = stream("é");
    stream.add("");
    stream.add("é");
    stream.add("and more");
    stream.end();
    assertTrue(stream.stopped());
    assertEquals(List.of(), pieces);
  }
}
