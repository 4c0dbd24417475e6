package io.chorale.data;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.chorale.config.DatasetSplit;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** The manifest's entry for a shard. */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE)
@JsonPropertyOrder({"name", "source", "rows", "elements", "longest", "crc32c", "documents"})
public final class ShardFacts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final String source;
  private final long rows;
  private final LinkedHashMap<String, Long> elements;
  private final LinkedHashMap<String, Long> longest;
  private final String crc32c;
  private final DocumentFacts documents;

  /** Facts of a shard; see the accessors. */
  @JsonCreator
  public ShardFacts(
      @JsonProperty(value = "name", required = true) String name,
      @JsonProperty(value = "source", required = true) String source,
      @JsonProperty(value = "rows", required = true) long rows,
      @JsonProperty(value = "elements", required = true) Map<String, Long> elements,
      @JsonProperty(value = "longest", required = true) Map<String, Long> longest,
      @JsonProperty(value = "crc32c", required = true) String crc32c,
      @JsonProperty(value = "documents", required = true) DocumentFacts documents) {
    this.name = name;
    this.source = source;
    this.rows = rows;
    this.elements = new LinkedHashMap<>(elements);
    this.longest = new LinkedHashMap<>(longest);
    this.crc32c = crc32c;
    this.documents = documents;
  }

  /** The path of a shard in a dataset. */
  public static String name(DatasetSplit split, int shard) {
    return String.format(Locale.ROOT, "%s/shard-%05d.safetensors", split.key(), shard);
  }

  /** The same with what is kept of the documents that are its rows. */
  public ShardFacts with(DocumentFacts kept) {
    return new ShardFacts(name, source, rows, elements, longest, crc32c, kept);
  }

  /** The same shard, which lies in a directory of the dataset. */
  ShardFacts in(String directory) {
    String path = directory + "/" + name;
    return new ShardFacts(path, source, rows, elements, longest, crc32c, documents);
  }

  /**
   * Its path in the dataset: {@code train/shard-00000.safetensors}, with the directory of an
   * addition before it where one has brought it.
   */
  public String name() {
    return name;
  }

  /** The name of the source that its rows are of. */
  public String source() {
    return source;
  }

  /** The split that it is of. */
  public DatasetSplit split() {
    String directory = new Path(name).getParent().getName();
    return Arrays.stream(DatasetSplit.values())
        .filter(split -> split.key().equals(directory))
        .findFirst()
        .orElseThrow();
  }

  /** Rows in it, at least 1. */
  public long rows() {
    return rows;
  }

  /** Tokens or steps of all cells of a column; its rows, where a cell is a vector or a label. */
  public long elements(String column) {
    return elements.get(column);
  }

  /** Tokens or steps of the longest cell of a column; 0 where nobody has counted. */
  public long longest(String column) {
    return longest.getOrDefault(column, 0L);
  }

  /** Of the whole file, eight hexadecimal digits. */
  public String crc32c() {
    return crc32c;
  }

  /** What is kept of the documents that are its rows. */
  public DocumentFacts documents() {
    return documents;
  }

  /** Whether such a shard of those columns could be. */
  boolean fits(Schema schema) {
    if (rows < 1 || elements.size() != schema.columns().size()) {
      return false;
    }
    boolean counted = !longest.isEmpty();
    boolean fits = !counted || longest.keySet().equals(elements.keySet());
    for (Column column : schema.columns()) {
      Long all = elements.get(column.name());
      Long most = counted ? longest.get(column.name()) : all;
      if (all == null || most == null || all < rows || (!column.ragged() && all > rows)) {
        return false;
      }
      fits &= !counted || (most <= all - rows + 1 && most >= (all - 1) / rows + 1);
    }
    return fits;
  }

  @Override
  public String toString() {
    return "%s (%d rows, elements %s)".formatted(name, rows, elements);
  }
}
