package io.chorale.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.chorale.config.CorpusSettings;
import io.chorale.io.Utf8;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

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

  /** A class is named by a word or a whole number, or is one of two. */
  private static final Set<JsonToken> LABELS =
      EnumSet.of(
          JsonToken.VALUE_STRING,
          JsonToken.VALUE_NUMBER_INT,
          JsonToken.VALUE_TRUE,
          JsonToken.VALUE_FALSE);

  private final CorpusSettings settings;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  /** Checks by the settings' limits and names of fields. */
  public DocumentChecker(CorpusSettings settings) {
    this.settings = settings;
  }

  /**
   * A text that someone else decoded, a Parquet field say.
   *
   * @param file index of its file
   * @param offset its place in the file
   * @param text may be null: no text
   * @param label may be null: no label
   */
  public CorpusEntry check(int file, long offset, String text, String label) {
    if (text == null) {
      return Rejection.of(file, offset, 0, Rejection.Reason.NO_TEXT, NOTHING, 0, 0);
    }
    Rejection.Reason reason;
    long length = Utf8.exactLength(text);
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
      return labelled(new Document(file, offset, length, text, ""), label);
    }
    byte[] bytes = excerpt(text).getBytes(StandardCharsets.UTF_8);
    return Rejection.of(file, offset, length, reason, bytes, 0, bytes.length);
  }

  /** The document with its label, where the corpus has labels. */
  private CorpusEntry labelled(Document document, String label) {
    if (settings.labelField().isEmpty()) {
      return document;
    }
    return label == null || label.isBlank()
        ? Rejection.of(document, Rejection.Reason.NO_LABEL, "")
        : new Document(
            document.file(), document.offset(), document.bytes(), document.text(), label.strip());
  }

  /**
   * A document in UTF-8, as it stands in a text file or a column.
   *
   * @param label may be null: no label
   */
  CorpusEntry checkText(int file, long offset, byte[] bytes, int from, int count, String label) {
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
        return labelled(new Document(file, offset, count, text, ""), label);
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
        Fields fields = fields(line);
        if (fields.text() != null) {
          return check(file, offset, fields.text(), fields.label());
        }
        reason = Rejection.Reason.NO_TEXT;
      } catch (IOException e) {
        reason = Rejection.Reason.BAD_JSON;
        cause = found(e);
      }
    }
    return Rejection.of(file, offset, count, reason, bytes, from, count).because(cause);
  }

  /** What is read of a record; null where it has no such field, or one of another type. */
  private record Fields(String text, String label) {}

  /** The fields of an object; fails where the line is not one JSON object. */
  private Fields fields(String line) throws IOException {
    try (JsonParser parser = JSON.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the line is not one JSON object");
      }
      String text = null;
      String label = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals(settings.textField())) {
          text = value == JsonToken.VALUE_STRING ? parser.getText() : null;
        }
        if (name.equals(settings.labelField())) {
          label = LABELS.contains(value) ? parser.getText() : null;
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IOException("the line holds more than one JSON object");
      }
      return new Fields(text, label);
    }
  }

  /** The parser's first sentence; the rest tells where in the line, in its own terms. */
  private static String found(IOException e) {
    String message =
        e instanceof JsonProcessingException syntax ? syntax.getOriginalMessage() : e.getMessage();
    return excerpt(message.lines().findFirst().orElse(""));
  }

  String decode(byte[] bytes, int from, int count) {
    try {
      return decoder.decode(ByteBuffer.wrap(bytes, from, count)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  static String excerpt(String text) {
    return text.substring(0, Math.min(text.length(), Rejection.EXCERPT_BYTES));
  }
}
