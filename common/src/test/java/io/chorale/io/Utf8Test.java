package io.chorale.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  @Test
  void everyCodePointHasTheLengthThatEncodingGives() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3000 ? 1 : 97) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        String one = Character.toString(c);
        all.append(one);
        assertEquals(one.getBytes(StandardCharsets.UTF_8).length, Utf8.exactLength(one));
      }
    }
    int length = all.toString().getBytes(StandardCharsets.UTF_8).length;
    assertEquals(length, Utf8.exactLength(all.toString()));
    assertEquals(length, Utf8.length(all.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\ud83c", "\ud83c", "\udfb6b", "\ud83c\ud83c\udfb6", "\udfb6\ud83c", "\ud83cé"})
  void anUnpairedSurrogateIsOneByteOrNoLength(String text) {
    assertEquals(text.getBytes(StandardCharsets.UTF_8).length, Utf8.length(text));
    assertEquals(-1, Utf8.exactLength(text));
  }
}
