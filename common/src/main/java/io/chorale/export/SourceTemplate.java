package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.chat.ChatTemplates;
import io.chorale.checkpoint.SourceFolder;
import java.io.IOException;
import java.util.Optional;

/** The template by which a published model writes a conversation: kept as text, never run. */
final class SourceTemplate {
  private SourceTemplate() {}

  /** That of a file of its own, or of the tokenizer's settings. */
  static Optional<String> of(SourceFolder folder) {
    return folder
        .file(SourceFolder.CHAT_TEMPLATE)
        .map(bytes -> new String(bytes, UTF_8))
        .or(() -> folder.file(SourceFolder.TOKENIZER_CONFIG).flatMap(SourceTemplate::ofSettings));
  }

  private static Optional<String> ofSettings(byte[] json) {
    try {
      return ChatTemplates.stated(JsonMapper.builder().build().readTree(json));
    } catch (IOException e) {
      return Optional.empty(); // A file that is only passed on.
    }
  }
}
