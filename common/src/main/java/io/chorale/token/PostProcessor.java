package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The tokens that a tokenizer.json puts around a text: its post-processor's. */
final class PostProcessor {
  private static final String KEY = "post_processor";

  private final List<Integer> before = new ArrayList<>();

  private PostProcessor(JsonNode processor) {
    read(processor);
  }

  /** The ids that stand before a text, as the file has them; none where it puts none there. */
  static List<Integer> before(TokenizerFile file) {
    return new PostProcessor(file.at(KEY)).before;
  }

  /**
   * The bytes of a tokenizer.json that puts no tokens around a text; the same where it does not.
   */
  static byte[] without(byte[] json, String name) {
    ObjectNode root = TokenizerFile.read(json, name).copy();
    if (!adds(root.path(KEY))) {
      return json;
    }
    return root.putNull(KEY).toString().getBytes(StandardCharsets.UTF_8);
  }

  private static boolean adds(JsonNode processor) {
    boolean adds = false;
    for (JsonNode step : processor.path("processors")) {
      adds |= adds(step);
    }
    for (JsonNode piece : processor.path("single")) {
      adds |= piece.has("SpecialToken");
    }
    return adds || processor.has("cls");
  }

  private void read(JsonNode processor) {
    switch (processor.path("type").asText()) {
      case "Sequence" -> processor.path("processors").forEach(this::read);
      case "TemplateProcessing" -> template(processor);
      case "BertProcessing", "RobertaProcessing" ->
          before.add(0, id(processor.path("cls").path(1)));
      default -> {
        // Others, such as ByteLevel, add no tokens.
      }
    }
  }

  private void template(JsonNode processor) {
    List<Integer> ids = new ArrayList<>();
    for (JsonNode piece : processor.path("single")) {
      if (piece.has("Sequence")) {
        break;
      }
      String token = piece.path("SpecialToken").path("id").asText();
      processor.path("special_tokens").path(token).path("ids").forEach(id -> ids.add(id(id)));
    }
    before.addAll(0, ids); // around what steps before have made
  }

  private static int id(JsonNode id) {
    return id.asInt(-1);
  }
}
