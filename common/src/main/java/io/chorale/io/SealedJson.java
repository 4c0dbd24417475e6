package io.chorale.io;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Manifests: records as JSON that says its format and version and carries a checksum, so that
 * corrupt, too old and too new are three different errors.
 *
 * @param format what the file is: {@code chorale-dataset}
 * @param version of that format
 * @param advice what the user can do about a damaged file
 */
public record SealedJson(String format, int version, String advice) {
  private static final String FORMAT = "format";
  private static final String VERSION = "version";
  private static final String CHECKSUM = "crc32c";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /** The bytes of a file; equal values give equal bytes. */
  public byte[] write(Object value) {
    try {
      ObjectNode sealed = JSON.createObjectNode().put(FORMAT, format).put(VERSION, version);
      sealed.setAll((ObjectNode) JSON.valueToTree(value));
      sealed.put(CHECKSUM, checksum(sealed));
      return (JSON.writeValueAsString(sealed) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest is JSON", e);
    }
  }

  /**
   * What {@link #write} was given.
   *
   * @param name of the file, for messages
   * @throws ChoraleException where the bytes are anything else
   */
  public <T> T read(byte[] bytes, String name, Class<T> type) {
    try {
      JsonNode root = JSON.readTree(bytes);
      if (!(root instanceof ObjectNode sealed)
          || !sealed.path(FORMAT).asText().equals(format)
          || !sealed.path(VERSION).isInt()) {
        throw damaged(name, "it is no " + format);
      }
      int found = sealed.get(VERSION).intValue();
      if (found != version) {
        throw new ChoraleException(
            "Cannot read %s: its version is %d, expected %d. It was written by %s."
                .formatted(
                    name,
                    found,
                    version,
                    found > version
                        ? "a newer Chorale: use that one"
                        : "an older Chorale: write it again"));
      }
      JsonNode checksum = sealed.remove(CHECKSUM);
      if (checksum == null || !checksum.asText().equals(checksum(sealed))) {
        throw damaged(name, "its checksum does not fit its contents");
      }
      return JSON.treeToValue(sealed.remove(List.of(FORMAT, VERSION)), type);
    } catch (IOException e) {
      ChoraleException damaged = damaged(name, "it is not such JSON");
      damaged.initCause(e);
      throw damaged;
    }
  }

  /** The failure for a file that cannot be what was written. */
  public ChoraleException damaged(String name, String found) {
    return new ChoraleException(
        "Cannot read %s: %s, expected a %s that Chorale wrote. The file is damaged: %s."
            .formatted(name, found, format, advice));
  }

  /** Over the contents without white space, so that the file may be indented otherwise. */
  private static String checksum(ObjectNode sealed) {
    return Checksums.crc32c(sealed.toString().getBytes(StandardCharsets.UTF_8));
  }
}
