package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.SettingsException;
import io.chorale.config.TokenizerSettings;
import io.chorale.io.Storage;
import java.io.IOException;
import org.apache.hadoop.fs.Path;

/**
 * The tokenizer in the folder of a published model: its {@code tokenizer.json}, with the token that
 * its {@code tokenizer_config.json} names as the end of a text.
 */
record TokenizerFolder(Storage storage, Path folder, String key) {
  private static final String FILE = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String END = "eos_token";
  private static final int MOST_BYTES = 1 << 24;

  /** The bytes of the file, in which the token is marked. */
  byte[] marked(TokenizerSettings settings) {
    Path file = new Path(folder, FILE);
    if (!storage.exists(file)) {
      throw new SettingsException(
          "Cannot read tokenizer %s: the folder holds no %s, expected one. Load its tokenizer by transformers and save_pretrained it there, or check %s."
              .formatted(folder, FILE, key));
    }
    byte[] json = storage.readFully(file, Tokenizers.MOST_BYTES);
    String end = settings.endOfText().isEmpty() ? end() : settings.endOfText();
    return end.isEmpty() ? json : EndOfText.mark(TokenizerFile.read(json, file.toString()), end);
  }

  /** The token that ends a text there; empty where it names none. */
  private String end() {
    Path file = new Path(folder, CONFIG);
    if (!storage.exists(file)) {
      return "";
    }
    try {
      JsonNode end =
          JsonMapper.builder().build().readTree(storage.readFully(file, MOST_BYTES)).path(END);
      // A token is a text, or an object with one.
      return end.isTextual() ? end.textValue() : end.path("content").asText("");
    } catch (IOException e) {
      throw new SettingsException(
          "Cannot read tokenizer %s: its %s is no JSON, expected an object. Take the folder anew, or set %s to its %s."
              .formatted(folder, CONFIG, key, FILE),
          e);
    }
  }
}
