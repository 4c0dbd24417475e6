package io.chorale.io;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Manifests: records as JSON that says its format and version and carries a checksum, so that
 * corrupt, too old and too new are three different errors.
 *
 * <p>Formats grow: a file of an older version is lifted in memory, version by version, before it is
 * bound to the record, so the record knows only the newest one. The checksum is over what the file
 * says, before that.
 *
 * @param format what the file is: {@code chorale-dataset}
 * @param oldest version that is read
 * @param newest version that is read, and the one that is written
 * @param upgrades turns the contents of version {@code oldest + i} into those of the next one, for
 *     each i from 0; what it cannot make sense of it leaves, to be refused by the record
 * @param advice what the user can do about a damaged file
 */
public record SealedJson(
    String format,
    int oldest,
    int newest,
    List<UnaryOperator<ObjectNode>> upgrades,
    String advice) {
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

  public SealedJson {
    upgrades = List.copyOf(upgrades);
    if (upgrades.size() != newest - oldest) {
      throw new IllegalArgumentException(
          "there must be an upgrade for each of the versions %d to %d (got: %d)"
              .formatted(oldest, newest - 1, upgrades.size()));
    }
  }

  /** A format that has one version. */
  public SealedJson(String format, int version, String advice) {
    this(format, version, version, List.of(), advice);
  }

  /** The bytes of a file of the newest version; equal values give equal bytes. */
  public byte[] write(Object value) {
    try {
      ObjectNode sealed = JSON.createObjectNode().put(FORMAT, format).put(VERSION, newest);
      sealed.setAll((ObjectNode) JSON.valueToTree(value));
      sealed.put(CHECKSUM, Checksums.crc32c(sealed.toString().getBytes(StandardCharsets.UTF_8)));
      return (JSON.writeValueAsString(sealed) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest is JSON", e);
    }
  }

  /**
   * What {@link #write} was given, by this version of Chorale or an older one.
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
      if (found < oldest || found > newest) {
        throw new ChoraleException(
            "Cannot read %s: its version is %d, expected %s. It was written by %s."
                .formatted(
                    name,
                    found,
                    oldest == newest ? "" + newest : oldest + " to " + newest,
                    found > newest
                        ? "a newer Chorale: use that one"
                        : "an older Chorale: write it again"));
      }
      if (!sealed.path(CHECKSUM).asText().equals(checksum(bytes))) {
        throw damaged(name, "its checksum does not fit its contents");
      }
      ObjectNode contents = sealed.remove(List.of(FORMAT, VERSION, CHECKSUM));
      for (int version = found; version < newest; version++) {
        contents = upgrades.get(version - oldest).apply(contents);
      }
      return JSON.treeToValue(contents, type);
    } catch (IOException e) {
      boolean refused = e.getCause() instanceof IllegalArgumentException;
      ChoraleException damaged =
          damaged(name, refused ? e.getCause().getMessage() : "it is not such JSON");
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

  /**
   * Over the contents without white space, so that the file may be indented otherwise. Numbers
   * count as they are spelt in the file: another Java would spell some of them otherwise.
   */
  private static String checksum(byte[] file) throws IOException {
    StringWriter contents = new StringWriter();
    int depth = 0;
    try (JsonParser parser = JSON.createParser(file);
        JsonGenerator generator = JSON.getFactory().createGenerator(contents)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (depth == 1 && token == JsonToken.FIELD_NAME && parser.currentName().equals(CHECKSUM)) {
          parser.nextToken();
          parser.skipChildren();
        } else if (token.isNumeric()) {
          generator.writeNumber(parser.getText());
        } else {
          generator.copyCurrentEvent(parser);
        }
      }
    }
    return Checksums.crc32c(contents.toString().getBytes(StandardCharsets.UTF_8));
  }
}
