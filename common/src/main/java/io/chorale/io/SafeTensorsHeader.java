package io.chorale.io;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.ChoraleException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * The checked header of a safetensors file: what arrays there are and where. Together they fill the
 * file exactly; a header that says anything else is refused.
 *
 * @param start where the arrays begin in the file
 * @param arrays by name, in the order in which they lie in the file
 * @param metadata text that the writer added
 */
public record SafeTensorsHeader(
    long start, Map<String, Entry> arrays, Map<String, String> metadata) {
  /** The longest header that is accepted, as in the reference implementation. */
  static final int MAX_BYTES = 100_000_000;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * An array in the file.
   *
   * @param begin its first byte, counted from where the arrays begin
   * @param end the byte after its last
   */
  public record Entry(DataType type, List<Long> shape, long begin, long end) {
    /** Its elements. */
    public long elements() {
      return (end - begin) / type.bytes();
    }

    /** Refuses another type than that; name and file are for the message. */
    void checkType(DataType expected, String name, Path file) {
      if (type != expected) {
        throw new ChoraleException(
            "Cannot read array %s of %s: its type is %s, expected %s. It was written by something else: restore it."
                .formatted(name, file, type, expected));
      }
    }
  }

  /**
   * Reads the header and leaves the stream at the first array.
   *
   * @param in the file from its first byte
   * @param fileLength its bytes
   * @param name of the file, for messages
   */
  public static SafeTensorsHeader read(InputStream in, long fileLength, String name)
      throws IOException {
    if (fileLength < Long.BYTES) {
      throw corrupt(name, "it has " + fileLength + " bytes", "at least 8");
    }
    DataInputStream data = new DataInputStream(in);
    byte[] size = new byte[Long.BYTES];
    data.readFully(size);
    long length = ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_BYTES || length > fileLength - Long.BYTES) {
      throw corrupt(
          name,
          "its header claims " + Long.toUnsignedString(length) + " bytes",
          "2 to " + Math.min(MAX_BYTES, fileLength - Long.BYTES));
    }
    byte[] json = new byte[(int) length];
    data.readFully(json);
    SafeTensorsHeader header = parse(json, name);
    long filled = 0;
    for (Map.Entry<String, Entry> array : header.arrays().entrySet()) {
      if (array.getValue().begin() != filled) {
        throw corrupt(
            name,
            "array %s begins at byte %d".formatted(array.getKey(), array.getValue().begin()),
            "byte " + filled + ", where the one before it ends");
      }
      filled = array.getValue().end();
    }
    long present = fileLength - header.start();
    if (filled != present) {
      throw corrupt(
          name,
          "%d bytes of arrays are there (the file was %s)"
              .formatted(present, present < filled ? "cut short" : "added to"),
          filled + " by its header");
    }
    return header;
  }

  private static SafeTensorsHeader parse(byte[] json, String name) {
    JsonNode root;
    try {
      // Jackson's own decoder lets some malformed UTF-8 pass.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      root = JSON.readTree(text);
    } catch (CharacterCodingException e) {
      throw corrupt(name, "its header is not UTF-8", "a JSON object");
    } catch (IOException e) {
      throw corrupt(name, "its header is not JSON", "a JSON object");
    }
    if (root == null || !root.isObject() || json[0] != '{') {
      throw corrupt(name, "its header is no JSON object", "one");
    }
    List<Map.Entry<String, Entry>> entries = new ArrayList<>();
    Map<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(SafeTensors.METADATA)) {
        for (Map.Entry<String, JsonNode> item : field.getValue().properties()) {
          if (!item.getValue().isTextual()) {
            throw corrupt(name, "metadata " + item.getKey() + " is not text", "text");
          }
          metadata.put(item.getKey(), item.getValue().textValue());
        }
        if (!field.getValue().isObject()) {
          throw corrupt(name, "its metadata are no JSON object", "one");
        }
      } else {
        entries.add(Map.entry(field.getKey(), entry(field.getValue(), field.getKey(), name)));
      }
    }
    entries.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
            .thenComparing(e -> e.getValue().end()));
    Map<String, Entry> arrays = new LinkedHashMap<>();
    entries.forEach(e -> arrays.put(e.getKey(), e.getValue()));
    return new SafeTensorsHeader(
        Long.BYTES + (long) json.length,
        Collections.unmodifiableMap(arrays),
        Collections.unmodifiableMap(metadata));
  }

  private static Entry entry(JsonNode node, String array, String name) {
    if (!node.isObject()
        || node.size() != 3
        || !node.path("dtype").isTextual()
        || !node.path("shape").isArray()
        || !node.path("data_offsets").isArray()) {
      throw corrupt(
          name, "array " + array + " is described otherwise", "dtype, shape, data_offsets");
    }
    DataType type;
    try {
      type = DataType.valueOf(node.get("dtype").textValue());
    } catch (IllegalArgumentException e) {
      throw new ChoraleException(
          "Cannot read safetensors file %s: array %s has type %s, expected one of %s. Convert it to such a type."
              .formatted(name, array, node.get("dtype").textValue(), List.of(DataType.values())),
          e);
    }
    List<Long> shape = numbers(node.get("shape"), array, name);
    List<Long> offsets = numbers(node.get("data_offsets"), array, name);
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw corrupt(name, "array " + array + " has offsets " + offsets, "begin and end");
    }
    long bytes;
    try {
      bytes = SafeTensors.bytes(type, shape);
    } catch (ArithmeticException e) {
      throw corrupt(name, "array " + array + " has shape " + shape, "one that fits a file");
    }
    if (offsets.get(1) - offsets.get(0) != bytes) {
      throw corrupt(
          name,
          "array %s spans %d bytes".formatted(array, offsets.get(1) - offsets.get(0)),
          bytes + " by its type and shape");
    }
    return new Entry(type, shape, offsets.get(0), offsets.get(1));
  }

  private static List<Long> numbers(JsonNode node, String array, String name) {
    List<Long> numbers = new ArrayList<>();
    for (JsonNode number : node) {
      if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
        throw corrupt(name, "array " + array + " has the size or offset " + number, "0 or more");
      }
      numbers.add(number.longValue());
    }
    return List.copyOf(numbers);
  }

  static ChoraleException corrupt(String name, String found, String expected) {
    return new ChoraleException(
        ("Cannot read safetensors file %s: %s, expected %s."
                + " The file is corrupt or no safetensors file; restore it or write it again.")
            .formatted(name, found, expected));
  }
}
