package io.chorale.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.chorale.config.CorpusSettings;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Reads the fields of a JSON object that the settings name. */
final class JsonFields {
  private static final JsonFactory STRICT = factory(false);

  /** Takes NaN for a number, so that a series with one is set aside for what it is. */
  private static final JsonFactory NUMERIC = factory(true);

  private final JsonFactory json;
  private final Set<String> wanted;
  private final long most;

  JsonFields(CorpusSettings settings) {
    this.json = settings.hasNumbers() ? NUMERIC : STRICT;
    this.wanted = settings.fields().keySet();
    this.most = settings.maxDocumentBytes();
  }

  private static JsonFactory factory(boolean numeric) {
    return new JsonFactoryBuilder()
        .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, numeric)
        .streamReadConstraints(
            StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
        .build();
  }

  /** The fields of an object; fails where the line is not one JSON object. */
  Map<String, Raw> read(String line) throws IOException {
    try (JsonParser parser = json.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the line is not one JSON object");
      }
      Map<String, Raw> values = new HashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        if (wanted.contains(name)) {
          values.put(name, value(parser));
        } else {
          parser.skipChildren();
        }
      }
      if (parser.nextToken() != null) {
        throw new IOException("the line holds more than one JSON object");
      }
      return values;
    }
  }

  /** Letters of a parser's sentence that are told: more than most have. */
  private static final int MOST_FOUND = 200;

  /** In words, why a line could not be read. */
  static String found(IOException e) {
    // The parser's first sentence; the rest tells where in the line, in its own terms.
    String message =
        e instanceof JsonProcessingException syntax ? syntax.getOriginalMessage() : e.getMessage();
    return FieldReader.start(message.lines().findFirst().orElse(""), MOST_FOUND);
  }

  private Raw value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> new Raw.Decoded(parser.getText());
      case VALUE_NUMBER_INT, VALUE_TRUE, VALUE_FALSE -> new Raw.Scalar(parser.getText(), true);
      case VALUE_NUMBER_FLOAT -> new Raw.Scalar(parser.getText(), false);
      case START_ARRAY -> list(parser);
      case START_OBJECT -> {
        parser.skipChildren();
        yield new Raw.Odd("an object");
      }
      default -> Raw.NOTHING;
    };
  }

  private Raw list(JsonParser parser) throws IOException {
    RawList list = new RawList(most);
    int depth = 1;
    while (depth > 0) {
      switch (parser.nextToken()) {
        case VALUE_STRING -> list.add(parser.getText());
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
            list.add((float) Reals.parse(parser.getText()).orElse(Double.NaN));
        case VALUE_NULL -> list.addOther("nothing");
        case START_OBJECT -> {
          parser.skipChildren();
          list.addOther("an object");
        }
        case START_ARRAY -> {
          depth++;
          list.open();
        }
        case END_ARRAY -> {
          depth--;
          if (depth > 0) {
            list.close();
          }
        }
        default -> list.addOther("true or false");
      }
    }
    return list.end();
  }
}
