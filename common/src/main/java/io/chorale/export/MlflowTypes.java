package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.task.Output;

/** Types of values as signatures of MLflow's models write them. */
final class MlflowTypes {
  private MlflowTypes() {}

  /** Of a single value: {@code string}, {@code double}. */
  static ObjectNode named(String name) {
    return instance.objectNode().put("type", name);
  }

  /** Of a list. */
  static ObjectNode array(ObjectNode items) {
    ObjectNode array = named("array");
    array.set("items", items);
    return array;
  }

  /** Of what a model makes of a row. */
  static ObjectNode of(Output.Type type) {
    if (type instanceof Output.Many many) {
      return array(of(many.of()));
    }
    if (type instanceof Output.Named named) {
      ObjectNode map = named("map");
      map.set("values", of(named.of()));
      return map;
    }
    if (type instanceof Output.Vector) {
      return array(named("double"));
    }
    return named(
        switch ((Output.Scalar) type) {
          case TEXT -> "string";
          case NUMBER -> "double";
          case TIME -> "datetime";
        });
  }
}
