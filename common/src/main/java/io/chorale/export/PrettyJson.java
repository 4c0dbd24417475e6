package io.chorale.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** JSON as people read it: the same bytes for the same content. */
final class PrettyJson {
  private PrettyJson() {}

  /** An array of texts in one line. */
  static String of(List<String> texts) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    texts.forEach(array::add);
    return array.toString();
  }

  static byte[] bytes(JsonNode node) {
    return (node.toPrettyString().replace("\r\n", "\n") + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
