package io.chorale.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Counts what lies in {@code rejected/} of a dataset by its reason, with a few examples of each.
 */
final class Rejections {
  /** Characters that are read, at most: a page is not worth waiting for longer. */
  private static final long MOST_READ = 1 << 28;

  private static final int EXAMPLES = 3;

  /** What an example tells elsewhere, and the file, which is none of the dataset's. */
  private static final Set<String> TOLD = Set.of("file", "offset", "bytes", "reason", "excerpt");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, Of> reasons = new TreeMap<>();
  private long read;
  private boolean whole = true;

  /**
   * What was rejected.
   *
   * @param why whatever else is known than reason and excerpt
   */
  record Example(String excerpt, long bytes, String why) {}

  /** What was rejected for one reason. */
  static final class Of {
    private final String reason;
    private final List<Example> examples = new ArrayList<>();
    private long count;

    private Of(String reason) {
      this.reason = reason;
    }

    String reason() {
      return reason;
    }

    /** How many there are. */
    long count() {
      return count;
    }

    /** The first ones. */
    List<Example> examples() {
      return examples;
    }
  }

  /**
   * Reads them; a dataset that has none has none.
   *
   * @param runs where those that have made it wrote theirs
   */
  static Rejections of(Storage storage, List<Path> runs) {
    Rejections rejections = new Rejections();
    runs.forEach(run -> rejections.readAll(storage, new Path(run, Dataset.REJECTED)));
    return rejections;
  }

  private void readAll(Storage storage, Path directory) {
    if (storage.exists(directory)) {
      storage.list(directory).stream()
          .map(FileStatus::getPath)
          .filter(file -> file.getName().endsWith(".jsonl"))
          .sorted(Comparator.comparing(Path::getName))
          .forEach(file -> read(storage, file));
    }
  }

  private void read(Storage storage, Path file) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(storage.open(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (read >= MOST_READ) {
          whole = false;
          return;
        }
        read += line.length();
        add(line);
      }
    } catch (IOException e) {
      throw Storage.failure("read", file, e);
    }
  }

  private void add(String line) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      // Written for people, who may have edited it.
      return;
    }
    Of of = reasons.computeIfAbsent(node.path("reason").asText(), Of::new);
    of.count++;
    if (of.examples.size() < EXAMPLES) {
      List<String> why = new ArrayList<>();
      node.properties()
          .forEach(
              field -> {
                if (!TOLD.contains(field.getKey())) {
                  why.add(field.getKey() + ": " + field.getValue().asText());
                }
              });
      of.examples.add(
          new Example(
              node.path("excerpt").asText(), node.path("bytes").asLong(), String.join(", ", why)));
    }
  }

  /** By reason, the most frequent one first. */
  List<Of> reasons() {
    return reasons.values().stream()
        .sorted(Comparator.comparingLong(Of::count).reversed())
        .toList();
  }

  /** How many there are for all reasons. */
  long count() {
    return reasons.values().stream().mapToLong(Of::count).sum();
  }

  /** Whether all that lies there was read. */
  boolean whole() {
    return whole;
  }
}
