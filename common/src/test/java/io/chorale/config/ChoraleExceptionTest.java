package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ChoraleExceptionTest {
  @Test
  void aMessageThatQuotesAMegabyteKeepsItsBeginningAndItsEnd() {
    String message =
        new ChoraleException("Cannot read (got: " + "x".repeat(1 << 20) + ")").getMessage();
    assertTrue(message.length() < 2200, message);
    assertTrue(message.startsWith("Cannot read (got: xxx"), message);
    assertTrue(message.contains("characters left out"), message);
    assertTrue(message.endsWith("xxx)"), message);
    assertEquals("short", new ChoraleException("short").getMessage());
  }

  @Test
  void noCharacterIsCutInTwo() {
    String pair = "🎶";
    for (int shift = 0; shift < 2; shift++) {
      String message =
          new ChoraleException("x".repeat(shift) + pair.repeat(2000) + ".").getMessage();
      assertFalse(message.replace(pair, "").chars().anyMatch(c -> Character.isSurrogate((char) c)));
    }
  }
}
