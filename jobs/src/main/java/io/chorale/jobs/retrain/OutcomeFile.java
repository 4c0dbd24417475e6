package io.chorale.jobs.retrain;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.Settings;
import io.chorale.io.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.Path;

/**
 * The file in {@code run.path} that tells what the last start came to. It also says which cycle was
 * the last one to be told of, so that one whose process died between its commit and this file is
 * told of by the next start.
 */
public final class OutcomeFile {
  /** Its name. */
  public static final String NAME = "outcome.json";

  private static final String CYCLE = "cycle";
  private static final String TOLD = "told";
  private static final int LIMIT = 1 << 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Storage storage;
  private final Path path;
  private final String model;

  /** That of the settings. */
  public OutcomeFile(Storage storage, Settings settings) {
    this.storage = storage;
    this.model = settings.registry().name();
    this.path = new Path(Storage.path("run.path", settings.run().path()), NAME);
  }

  /** The last cycle that was told of; 0 where none was, or the file is none of this form. */
  long told() {
    if (!storage.exists(path)) {
      return 0;
    }
    try {
      JsonNode found = JSON.readTree(storage.readFully(path, LIMIT));
      if (!found.path("model").asText().equals(model)) {
        return 0;
      }
      return found.path(TOLD).asLong(found.path(CYCLE).asLong());
    } catch (JacksonException e) {
      return 0;
    } catch (IOException e) {
      throw Storage.failure("read", path, e);
    }
  }

  /** Replaces it. */
  public void write(CycleOutcome outcome) {
    ObjectNode json = outcome.json();
    json.put(TOLD, Math.max(outcome.cycle(), told()));
    storage.publish(path, (json + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
