package io.chorale.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextStreamTest {
  private final List<String> pieces = new ArrayList<>();

  private TextStream stream(String stop) {
    return new TextStream(stop, pieces::add);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void charactersComeWhole() {
    TextStream stream = stream("");
    for (byte part : utf8("aé€😀b")) {
      stream.add(new byte[] {part});
    }
    stream.end();
    assertEquals(List.of("a", "é", "€", "😀", "b"), pieces);
  }

  @Test
  void brokenBytesAreReplacedAndAnIncompleteEndIsDropped() {
    TextStream stream = stream("");
    stream.add(new byte[] {'a', (byte) 0xff, 'b'});
    stream.add(new byte[] {(byte) 0xe2});
    stream.add(new byte[] {'c', (byte) 0xe2, (byte) 0x82});
    stream.end();
    assertEquals("a\ufffdb\ufffdc", String.join("", pieces));
  }

  @Test
  void stopTextMaySpanTokens() {
    TextStream stream = stream("\n\nX:");
    stream.add(utf8("bar|\n"));
    stream.add(utf8("\n"));
    stream.add(utf8("\n"));
    assertEquals("bar|\n", String.join("", pieces));
    stream.add(utf8("X"));
    assertFalse(stream.stopped());
    stream.add(utf8(":1 more"));
    stream.end();
    assertTrue(stream.stopped());
    assertEquals("bar|\n", String.join("", pieces));
  }

  @Test
  void whatOnlyBeganLikeTheStopTextIsPassedOn() {
    TextStream stream = stream("END");
    stream.add(utf8("an E"));
    stream.add(utf8("Nt, an EN"));
    stream.end();
    assertFalse(stream.stopped());
    assertEquals(List.of("an ", "ENt, an ", "EN"), pieces);
  }

  @Test
  void aStopTextAtTheBeginGivesNothing() {
    TextStream stream = stream("é");
    stream.add(new byte[] {utf8("é")[0]});
    stream.add(new byte[] {utf8("é")[1]});
    stream.end();
    assertTrue(stream.stopped());
    assertEquals(List.of(), pieces);
  }
}
