package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceTest {
  /** Files and scripts of users name the keys: each stays, or moves. */
  @Test
  void keysStay() throws IOException {
    List<String> frozen;
    try (InputStream in = ReferenceTest.class.getResourceAsStream("keys.txt")) {
      frozen = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    List<String> known = new ArrayList<>(SettingsFile.keys());
    known.addAll(MovedKeys.MOVED.keySet());
    for (String key : frozen) {
      assertTrue(
          known.contains(key),
          key + " is gone: give it its new name in MovedKeys, so that users' files go on");
    }
    for (String key : known) {
      assertTrue(frozen.contains(key), key + " is new: add it to keys.txt, where it then stays");
    }
  }

  /** In the same order, too. */
  @Test
  void theReferenceHasTheKeysOfTheRecords() {
    List<String> declared = new ArrayList<>();
    Reference.defaults()
        .properties()
        .forEach(
            section ->
                section
                    .getValue()
                    .fieldNames()
                    .forEachRemaining(key -> declared.add(section.getKey() + "." + key)));
    assertEquals(SettingsFile.keys(), declared);
  }

  @Test
  void theReferenceSaysWhatEachKeyDoes() {
    for (String key : SettingsFile.keys()) {
      String sentence = Reference.sentence(key).replaceAll("Read where .*", "");
      assertFalse(sentence.isBlank(), key + " has no sentence above it in reference.yaml");
    }
  }

  @Test
  void everyConditionIsUnderstood() {
    for (String key : SettingsFile.keys()) {
      boolean says = Reference.sentence(key).contains("Read where");
      assertEquals(says, !ReadWhere.in(Reference.sentence(key)).conditions().isEmpty(), key);
    }
    assertEquals(
        "[model.kind is lstm, gru or rnn, tokenizer.file is not set]",
        ReadWhere.in("A. Read where model.kind is lstm, gru or rnn and tokenizer.file is not set.")
            .conditions()
            .toString());
  }
}
