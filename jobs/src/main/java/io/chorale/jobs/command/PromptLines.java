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

/** Prompts or queries from a stream: one a line, in UTF-8; lines end with LF or CRLF. */
final class PromptLines {
  private final InputStream in;
  private final String name;
  private long lines;

  /** Prompts from standard input. */
  PromptLines(InputStream in) {
    this(in, "prompts from standard input");
  }

  /**
   * Lines.
   *
   * @param name what messages call them
   */
  PromptLines(InputStream in, String name) {
    this.in = new BufferedInputStream(in);
    this.name = name;
  }

  /** Whether more of them is there to be read without waiting. */
  boolean ready() throws IOException {
    return in.available() > 0;
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
          "Cannot read %s: line %d is not UTF-8, expected one a line in UTF-8. Convert the input."
              .formatted(name, lines),
          e);
    }
  }
}
