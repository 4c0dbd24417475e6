package io.chorale.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.util.Iterator;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;

/**
 * Reads one YAML document into a tree.
 *
 * <p>Values stay the texts that were written, since a key says what its value is: a directory named
 * 010 is not the number 8. What asks for an object of a class (a tag) or stands for something said
 * elsewhere (an alias) is refused.
 */
final class YamlTree {
  private static final Set<String> NULLS = Set.of("", "~", "null");
  private static final int DEEPEST = 8;

  private final String name;
  private final Iterator<Event> events;

  private YamlTree(String name, String yaml) {
    this.name = name;
    this.events = new Yaml().parse(new StringReader(yaml)).iterator();
  }

  /**
   * The value that a text holds: a text, null, or an array or an object of values.
   *
   * @param name what to call the text in errors
   * @param advice ends the message where the syntax is bad
   */
  static JsonNode parse(String name, String yaml, String advice) {
    try {
      return new YamlTree(name, yaml).document();
    } catch (MarkedYAMLException e) {
      String where = e.getProblemMark() == null ? "" : " at line " + line(e.getProblemMark());
      throw unreadable(name, yaml, e.getProblem(), where, advice, e);
    } catch (YAMLException e) {
      throw unreadable(name, yaml, e.getMessage(), "", advice, e);
    }
  }

  private static SettingsException unreadable(
      String name, String yaml, String what, String where, String advice, YAMLException cause) {
    boolean secret = Secrets.in(yaml);
    String found = secret || what == null ? "bad syntax" : what.lines().findFirst().orElseThrow();
    String message =
        "Cannot read settings %s: %s%s, expected YAML. %s"
            .formatted(name, Shown.of(found), where, advice);
    // The cause may quote the text.
    return secret ? new SettingsException(message) : new SettingsException(message, cause);
  }

  private JsonNode document() {
    JsonNode value = null;
    while (events.hasNext()) {
      Event event = events.next();
      if (event instanceof DocumentStartEvent) {
        require(value == null, "a second document (---)", event, "Remove it.");
        value = value(events.next(), 0);
      }
    }
    return value == null ? JsonNodeFactory.instance.nullNode() : value;
  }

  private JsonNode value(Event event, int depth) {
    refuseIndirection(event);
    require(depth < DEEPEST, "a value within " + DEEPEST + " others", event, "Correct it.");
    if (event instanceof ScalarEvent scalar) {
      boolean nothing =
          scalar.getScalarStyle() == ScalarStyle.PLAIN && NULLS.contains(scalar.getValue());
      return nothing
          ? JsonNodeFactory.instance.nullNode()
          : JsonNodeFactory.instance.textNode(scalar.getValue());
    }
    return event instanceof MappingStartEvent ? object(depth) : array(depth);
  }

  private ArrayNode array(int depth) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (Event event = events.next(); !(event instanceof SequenceEndEvent); event = events.next()) {
      array.add(value(event, depth + 1));
    }
    return array;
  }

  private ObjectNode object(int depth) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (Event event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
      refuseIndirection(event);
      require(event instanceof ScalarEvent, "a key that is no text", event, "Correct it.");
      String key = ((ScalarEvent) event).getValue();
      require(!object.has(key), Shown.of(key) + " twice", event, "Remove one.");
      object.set(key, value(events.next(), depth + 1));
    }
    return object;
  }

  private void refuseIndirection(Event event) {
    String tag = null;
    if (event instanceof ScalarEvent scalar) {
      tag = scalar.getTag();
    } else if (event instanceof CollectionStartEvent collection) {
      tag = collection.getTag();
    }
    require(!(event instanceof AliasEvent), "a YAML alias (*...)", event, "Write the value.");
    boolean anchor = event instanceof NodeEvent node && node.getAnchor() != null;
    require(!anchor, "a YAML anchor (&...)", event, "Remove it.");
    require(tag == null, "a YAML tag (!...)", event, "Remove it.");
  }

  private void require(boolean holds, String found, Event event, String advice) {
    if (!holds) {
      throw new SettingsException(
          "Cannot read settings %s: there is %s at line %d, expected plain values. %s"
              .formatted(name, found, line(event.getStartMark()), advice));
    }
  }

  private static int line(Mark mark) {
    return mark.getLine() + 1;
  }
}
