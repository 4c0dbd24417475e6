package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.checkpoint.SourceFolder;
import java.io.IOException;
import java.util.Optional;

/** The template by which a published model writes a conversation: kept as text, never run. */
final class ChatTemplate {
  private static final String KEY = "chat_template";

  private ChatTemplate() {}

  /** That of a file of its own, or of the tokenizer's settings; of several the default one. */
  static Optional<String> of(SourceFolder folder) {
    return folder
        .file(SourceFolder.CHAT_TEMPLATE)
        .map(bytes -> new String(bytes, UTF_8))
        .or(() -> folder.file(SourceFolder.TOKENIZER_CONFIG).flatMap(ChatTemplate::ofSettings));
  }

  private static Optional<String> ofSettings(byte[] json) {
    JsonNode template;
    try {
      template = JsonMapper.builder().build().readTree(json).path(KEY);
    } catch (IOException e) {
      return Optional.empty(); // A file that is only passed on.
    }
    for (JsonNode named : template) {
      if (named.path("name").asText().equals("default")) {
        template = named.path("template");
      }
    }
    return Optional.of(template).filter(JsonNode::isTextual).map(JsonNode::textValue);
  }
}
