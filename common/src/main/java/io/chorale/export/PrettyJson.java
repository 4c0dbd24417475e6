package io.chorale.export;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/** JSON as people read it: the same bytes for the same content. */
final class PrettyJson {
  private PrettyJson() {}

  static byte[] bytes(JsonNode node) {
    return (node.toPrettyString().replace("\r\n", "\n") + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
