package io.chorale.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.chorale.config.CorpusSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decides whether bytes or a text are a document, or why not. Not thread-safe: one for each task.
 */
public final class DocumentChecker {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private static final byte[] NOTHING = {};

  private final CorpusSettings settings;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  /** Checks by {@code corpus.max-document-bytes} and {@code corpus.text-field}. */
  public DocumentChecker(CorpusSettings settings) {
    this.settings = settings;
  }

  /**
   * A text that someone else decoded, a Parquet field say.
   *
   * @param file index of its file
   * @param offset its place in the file
   * @param text may be null: no text
   */
  public CorpusEntry check(int file, long offset, String text) {
    if (text == null) {
      return Rejection.of(file, offset, 0, Rejection.Reason.NO_TEXT, NOTHING, 0, 0);
    }
    Rejection.Reason reason;
    long length = utf8Length(text);
    if (length < 0) {
      reason = Rejection.Reason.NOT_UTF8;
      length = text.length();
    } else if (length > settings.maxDocumentBytes()) {
      reason = Rejection.Reason.TOO_LONG;
    } else if (text.isBlank()) {
      reason = Rejection.Reason.EMPTY;
    } else if (text.indexOf('\0') >= 0) {
      reason = Rejection.Reason.NUL;
    } else {
      return new Document(file, offset, length, text);
    }
    byte[] bytes = excerpt(text).getBytes(StandardCharsets.UTF_8);
    return Rejection.of(file, offset, length, reason, bytes, 0, bytes.length);
  }

  /** A document in UTF-8, as it stands in a text file or a column. */
  CorpusEntry checkText(int file, long offset, byte[] bytes, int from, int count) {
    Rejection.Reason reason;
    if (count > settings.maxDocumentBytes()) {
      reason = Rejection.Reason.TOO_LONG;
    } else {
      String text = decode(bytes, from, count);
      if (text == null) {
        reason = Rejection.Reason.NOT_UTF8;
      } else if (text.isBlank()) {
        reason = Rejection.Reason.EMPTY;
      } else if (text.indexOf('\0') >= 0) {
        reason = Rejection.Reason.NUL;
      } else {
        return new Document(file, offset, count, text);
      }
    }
    return Rejection.of(file, offset, count, reason, bytes, from, count);
  }

  /** A line of a JSON lines file. */
  CorpusEntry checkJson(int file, long offset, byte[] bytes, int from, int count) {
    String line = decode(bytes, from, count);
    Rejection.Reason reason;
    String cause = "";
    if (line == null) {
      reason = Rejection.Reason.NOT_UTF8;
    } else if (line.isBlank()) {
      reason = Rejection.Reason.EMPTY;
    } else {
      try {
        String text = textField(line);
        if (text != null) {
          return check(file, offset, text);
        }
        reason = Rejection.Reason.NO_TEXT;
      } catch (IOException e) {
        reason = Rejection.Reason.BAD_JSON;
        cause = found(e);
      }
    }
    return Rejection.of(file, offset, count, reason, bytes, from, count).because(cause);
  }

  /** The text field of an object, or null; fails where the line is not one JSON object. */
  private String textField(String line) throws IOException {
    try (JsonParser parser = JSON.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the line is not one JSON object");
      }
      String text = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        boolean wanted = parser.currentName().equals(settings.textField());
        JsonToken value = parser.nextToken();
        if (wanted) {
          text = value == JsonToken.VALUE_STRING ? parser.getText() : null;
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IOException("the line holds more than one JSON object");
      }
      return text;
    }
  }

  /** The parser's first sentence; the rest tells where in the line, in its own terms. */
  private static String found(IOException e) {
    String message =
        e instanceof JsonProcessingException syntax ? syntax.getOriginalMessage() : e.getMessage();
    return excerpt(message.lines().findFirst().orElse(""));
  }

  private String decode(byte[] bytes, int from, int count) {
    try {
      return decoder.decode(ByteBuffer.wrap(bytes, from, count)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Bytes of a text in UTF-8; -1 where it holds a lone surrogate. */
  private static long utf8Length(String text) {
    long length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        length++;
      } else if (c < 0x800) {
        length += 2;
      } else if (!Character.isSurrogate(c)) {
        length += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        length += 4;
        i++;
      } else {
        return -1;
      }
    }
    return length;
  }

  private static String excerpt(String text) {
    return text.substring(0, Math.min(text.length(), Rejection.EXCERPT_BYTES));
  }
}
