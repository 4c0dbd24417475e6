package io.chorale.jobs.tokenize;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.Rejection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A rejection as it is told, with its place in the corpus.
 *
 * @param file its place in the order of the corpus
 * @param json one object, without a line end
 */
record RejectedLine(int file, long offset, String json) implements Serializable {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * The line of a rejection.
   *
   * @param file that it was found in
   */
  static RejectedLine of(Rejection rejection, CorpusFile file) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("file", file.toString());
      json.writeNumberField("offset", rejection.offset());
      json.writeNumberField("bytes", rejection.bytes());
      json.writeStringField("reason", rejection.reason().key());
      if (!rejection.cause().isEmpty()) {
        json.writeStringField("cause", rejection.cause());
      }
      json.writeStringField("excerpt", rejection.excerpt());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes what is written to it", e);
    }
    return new RejectedLine(
        rejection.file(), rejection.offset(), line.toString(StandardCharsets.UTF_8));
  }

  /** As it waits in the file of a part: its place before the object, parted by blanks. */
  byte[] toBytes() {
    return "%d %d %s\n".formatted(file, offset, json).getBytes(StandardCharsets.UTF_8);
  }

  /** What {@link #toBytes} has written, without the line end. */
  static RejectedLine parse(String line) {
    int first = line.indexOf(' ');
    int second = line.indexOf(' ', first + 1);
    return new RejectedLine(
        Integer.parseInt(line.substring(0, first)),
        Long.parseLong(line.substring(first + 1, second)),
        line.substring(second + 1));
  }
}
