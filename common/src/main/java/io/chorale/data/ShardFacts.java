package io.chorale.data;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.Serializable;

/** What the manifest says of a shard. */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE)
@JsonPropertyOrder({"name", "rows", "tokens", "crc32c"})
public final class ShardFacts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final long rows;
  private final long tokens;
  private final String crc32c;

  /** Facts of a shard; see the accessors. */
  @JsonCreator
  public ShardFacts(
      @JsonProperty(value = "name", required = true) String name,
      @JsonProperty(value = "rows", required = true) long rows,
      @JsonProperty(value = "tokens", required = true) long tokens,
      @JsonProperty(value = "crc32c", required = true) String crc32c) {
    this.name = name;
    this.rows = rows;
    this.tokens = tokens;
    this.crc32c = crc32c;
  }

  /** Its path in the dataset: {@code train/shard-00000.safetensors}. */
  public String name() {
    return name;
  }

  /** Rows in it, at least 1. */
  public long rows() {
    return rows;
  }

  /** Tokens of all its rows, at least 1. */
  public long tokens() {
    return tokens;
  }

  /** Of the whole file, eight hexadecimal digits. */
  public String crc32c() {
    return crc32c;
  }

  @Override
  public String toString() {
    return "%s (%d rows, %d tokens)".formatted(name, rows, tokens);
  }
}
