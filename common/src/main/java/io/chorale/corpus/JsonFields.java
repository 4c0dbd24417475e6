package io.chorale.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.chorale.config.CorpusSettings;
import java.io.IOException;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Reads the fields of a JSON object that the settings name, those of objects inside of it too. */
final class JsonFields {
  private static final JsonFactory STRICT = factory(false);

  /** Takes NaN for a number, so that a series with one is set aside for what it is. */
  private static final JsonFactory NUMERIC = factory(true);

  private static final Raw OBJECT = new Raw.Odd("an object");

  private final JsonFactory json;
  private final Set<String> wanted;

  /** The paths of objects in which some of these may stand. */
  private final Set<String> above;

  private final long most;

  /** The field whose value is taken as the JSON that it is; empty where there is none. */
  private final String whole;

  JsonFields(CorpusSettings settings) {
    this.json = settings.hasNumbers() ? NUMERIC : STRICT;
    this.wanted = settings.fields().keySet();
    this.above = FieldPath.above(wanted);
    this.most = settings.maxDocumentBytes();
    this.whole =
        settings.textType() == CorpusSettings.TextType.MESSAGES ? settings.textField() : "";
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
      Map<String, Raw> inside = new HashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        read(parser, parser.currentName(), values, inside);
      }
      if (parser.nextToken() != null) {
        throw new IOException("the line holds more than one JSON object");
      }
      inside.forEach(values::putIfAbsent);
      return values;
    }
  }

  /**
   * Reads the field at which the parser stands, and what it holds.
   *
   * @param path of the field
   * @param values takes it, where it is wanted
   * @param inside takes fields inside of it
   */
  private void read(
      JsonParser parser, String path, Map<String, Raw> values, Map<String, Raw> inside)
      throws IOException {
    JsonToken token = parser.nextToken();
    boolean named = wanted.contains(path);
    if (token == JsonToken.START_OBJECT && above.contains(path)) {
      readInside(parser, path, inside);
      if (named) {
        values.put(path, OBJECT);
      }
    } else if (named) {
      values.put(path, path.equals(whole) ? whole(parser) : value(parser));
    } else {
      parser.skipChildren();
    }
  }

  private void readInside(JsonParser parser, String path, Map<String, Raw> inside)
      throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (FieldPath.hasDot(name)) {
        parser.nextToken();
        parser.skipChildren();
      } else {
        read(parser, FieldPath.join(path, name), inside, inside);
      }
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
        yield OBJECT;
      }
      default -> Raw.NOTHING;
    };
  }

  /** A list or an object as text; a text may be one, too. */
  private Raw whole(JsonParser parser) throws IOException {
    if (!parser.currentToken().isStructStart()) {
      return value(parser);
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator copy = json.createGenerator(text)) {
      copy.copyCurrentStructure(parser);
    }
    return new Raw.Decoded(text.toString());
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
