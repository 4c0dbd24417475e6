package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Prompts from a stream: one a line, in UTF-8; lines end with LF or CRLF. */
final class PromptLines {
  private final InputStream in;
  private long lines;

  PromptLines(InputStream in) {
    this.in = new BufferedInputStream(in);
  }

  /** The number of the line that was read last, from 1. */
  long number() {
    return lines;
  }

  /**
   * The next line, which may be empty; nothing at the end of the stream. Does not wait for more
   * than the line.
   *
   * @throws ChoraleException where it is not UTF-8
   */
  Optional<String> next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int read = in.read();
    if (read < 0) {
      return Optional.empty();
    }
    lines++;
    while (read >= 0 && read != '\n') {
      line.write(read);
      read = in.read();
    }
    byte[] bytes = line.toByteArray();
    boolean carriageReturn = read == '\n' && bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    int length = carriageReturn ? bytes.length - 1 : bytes.length;
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString());
    } catch (CharacterCodingException e) {
      throw new ChoraleException(
          "Cannot read prompts from standard input: line %d is not UTF-8, expected a prompt a line in UTF-8. Convert the input."
              .formatted(lines),
          e);
    }
  }
}
