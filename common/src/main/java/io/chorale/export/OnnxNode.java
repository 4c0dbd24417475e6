package io.chorale.export;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes nodes of a graph, with their attributes. */
final class OnnxNode {
  // Types of attributes.
  private static final int OF_FLOAT = 1;
  private static final int OF_INT = 2;
  private static final int OF_STRING = 3;
  private static final int OF_INTS = 7;
  private static final int OF_STRINGS = 8;
  private static final int OF_TENSOR = 4;
  private static final int OF_GRAPH = 5;

  private OnnxNode() {}

  /** The message of a node. */
  static Protobuf of(
      String operator, List<String> read, List<String> made, Map<String, Object> attributes) {
    Protobuf node = new Protobuf();
    read.forEach(name -> node.put(1, name));
    made.forEach(name -> node.put(2, name));
    node.put(3, made.get(0)).put(4, operator);
    new TreeMap<>(attributes).forEach((name, value) -> node.put(5, attribute(name, value)));
    return node;
  }

  private static Protobuf attribute(String name, Object value) {
    Protobuf attribute = new Protobuf().put(1, name);
    if (value instanceof Float number) {
      return attribute.put(2, number).put(20, OF_FLOAT);
    } else if (value instanceof Integer number) {
      return attribute.put(3, number).put(20, OF_INT);
    } else if (value instanceof String text) {
      return attribute.put(4, text).put(20, OF_STRING);
    } else if (value instanceof Protobuf tensor) {
      return attribute.put(5, tensor).put(20, OF_TENSOR);
    } else if (value instanceof OnnxGraph body) {
      return attribute.put(6, body.message(name)).put(20, OF_GRAPH);
    } else if (value instanceof int[] numbers) {
      for (int number : numbers) {
        attribute.put(8, number);
      }
      return attribute.put(20, OF_INTS);
    }
    ((List<?>) value).forEach(text -> attribute.put(9, (String) text));
    return attribute.put(20, OF_STRINGS);
  }
}
