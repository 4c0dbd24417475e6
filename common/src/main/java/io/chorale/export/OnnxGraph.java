package io.chorale.export;

import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A graph of ONNX operators that is built node by node; a value is known by its name. See
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
final class OnnxGraph {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  private final FloatVector parameters;
  private final List<Protobuf> nodes = new ArrayList<>();
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final List<Value> left = new ArrayList<>();
  private final Map<String, MappedArray> weights;
  private final List<Protobuf> constants;
  private final Map<String, String> known = new HashMap<>();
  private final AtomicInteger values; // made so far

  /**
   * An input or an output.
   *
   * @param ids whether it is of int64, else of float32
   * @param axes sizes, or names of those that are known when the graph runs
   */
  record Value(String name, boolean ids, List<Object> axes) {
    private Protobuf message() {
      Protobuf shape = new Protobuf();
      for (Object axis : axes) {
        Protobuf dimension = new Protobuf();
        shape.put(
            1,
            axis instanceof String any
                ? dimension.put(2, any)
                : dimension.put(1, ((Number) axis).longValue()));
      }
      Protobuf tensor = new Protobuf().put(1, ids ? INT64 : FLOAT).put(2, shape);
      return new Protobuf().put(1, name).put(2, new Protobuf().put(1, tensor));
    }
  }

  OnnxGraph(FloatVector parameters) {
    this.parameters = parameters;
    this.weights = new LinkedHashMap<>();
    this.constants = new ArrayList<>();
    this.values = new AtomicInteger();
  }

  private OnnxGraph(OnnxGraph outer) {
    this.parameters = outer.parameters;
    this.weights = outer.weights;
    this.constants = outer.constants;
    this.values = outer.values;
  }

  /**
   * A graph for an attribute of a node, which runs it again and again. It reads values of this one,
   * too, and leaves its parameters here.
   */
  OnnxGraph body() {
    return new OnnxGraph(this);
  }

  /** Has the graph know a value by a name, under which others look for it. */
  void know(String name, String value) {
    known.put(name, value);
  }

  /** The value that is known by a name. */
  String known(String name) {
    return Optional.ofNullable(known.get(name)).orElseThrow();
  }

  /**
   * An input of float32, or of int64; where a value is known by that name, that.
   *
   * @param axes sizes, or names of those that are known when the graph runs
   */
  String input(String name, boolean ids, Object... axes) {
    if (!known.containsKey(name)) {
      inputs.add(new Value(name, ids, List.of(axes)));
      know(name, name);
    }
    return known(name);
  }

  /** Names a value as an output of float32. */
  void output(String name, String of, Object... axes) {
    outputs.add(named(name, of, axes));
  }

  /** As {@link #output}, for what the graph can go on from; it comes behind all others. */
  void left(String name, String of, Object... axes) {
    left.add(named(name, of, axes));
  }

  private Value named(String name, String of, Object... axes) {
    nodes.add(OnnxNode.of("Identity", List.of(of), List.of(name), Map.of()));
    return new Value(name, false, List.of(axes));
  }

  List<Value> inputs() {
    return List.copyOf(inputs);
  }

  List<Value> outputs() {
    return Stream.concat(outputs.stream(), left.stream()).toList();
  }

  /** Adds a node with one result; gives that. */
  String add(String operator, Map<String, Object> attributes, String... read) {
    return add(operator, 1, attributes, read).get(0);
  }

  /** Adds a node without attributes. */
  String add(String operator, String... read) {
    return add(operator, Map.of(), read);
  }

  /** Adds a node with some results; an empty name reads nothing. */
  List<String> add(String operator, int results, Map<String, Object> attributes, String... read) {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < results; i++) {
      made.add("v" + values.getAndIncrement());
    }
    nodes.add(OnnxNode.of(operator, List.of(read), made, attributes));
    return made;
  }

  /** A parameter; used twice it is there once. */
  String weight(MappedArray array) {
    weights.putIfAbsent(array.name(), array);
    return array.name();
  }

  /** Integers with one axis. */
  String integers(long... numbers) {
    ByteBuffer bytes = bytes(numbers.length * Long.BYTES);
    for (long number : numbers) {
      bytes.putLong(number);
    }
    return constant(INT64, List.of((long) numbers.length), bytes);
  }

  /** A single integer. */
  String integer(long number) {
    return constant(INT64, List.of(), bytes(Long.BYTES).putLong(number));
  }

  /** A single number. */
  String number(double number) {
    return constant(FLOAT, List.of(), bytes(Float.BYTES).putFloat((float) number));
  }

  /** Numbers of a shape. */
  String numbers(List<Long> shape, float[] numbers) {
    ByteBuffer bytes = bytes(numbers.length * Float.BYTES);
    bytes.asFloatBuffer().put(numbers);
    return constant(FLOAT, shape, bytes);
  }

  /** A value for an attribute: a single number as a tensor with one axis. */
  static Protobuf tensor(double number) {
    ByteBuffer bytes = bytes(Float.BYTES).putFloat((float) number);
    return new Protobuf()
        .put(1, 1L)
        .put(2, FLOAT)
        .put(9, bytes.capacity(), out -> out.write(bytes.array()));
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String constant(int type, List<Long> shape, ByteBuffer bytes) {
    String name = "constant" + values.getAndIncrement();
    Protobuf tensor = new Protobuf();
    shape.forEach(size -> tensor.put(1, size));
    constants.add(
        tensor.put(2, type).put(8, name).put(9, bytes.capacity(), out -> out.write(bytes.array())));
    return name;
  }

  /** Bytes of all parameters and constants. */
  long bytes() {
    long parameters =
        weights.values().stream().mapToLong(array -> array.bytes(NumberType.FLOAT32)).sum();
    return parameters + constants.stream().mapToLong(Protobuf::size).sum();
  }

  /** Writes the parameters one after the other. */
  Storage.Content weights() {
    return out -> {
      for (MappedArray array : weights.values()) {
        array.write(out, parameters, NumberType.FLOAT32);
      }
    };
  }

  /**
   * The message of the graph.
   *
   * @param external the name of a file beside it that has the parameters, as {@link #weights()}
   *     writes them; empty where the message has them
   */
  Protobuf message(String name, String external) {
    Protobuf graph = message(name);
    constants.forEach(constant -> graph.put(5, constant));
    long offset = 0;
    for (MappedArray array : weights.values()) {
      Protobuf tensor = new Protobuf();
      array.shape().forEach(size -> tensor.put(1, size));
      tensor.put(2, FLOAT).put(8, array.name());
      long bytes = array.bytes(NumberType.FLOAT32);
      if (external.isEmpty()) {
        tensor.put(9, bytes, out -> array.write(out, parameters, NumberType.FLOAT32));
      } else {
        tensor.put(13, pair("location", external)).put(13, pair("offset", Long.toString(offset)));
        tensor.put(13, pair("length", Long.toString(bytes))).put(14, 1);
        offset += bytes;
      }
      graph.put(5, tensor);
    }
    return graph;
  }

  /** Without numbers. */
  Protobuf message(String name) {
    Protobuf graph = new Protobuf();
    nodes.forEach(node -> graph.put(1, node));
    graph.put(2, name);
    inputs.forEach(input -> graph.put(11, input.message()));
    outputs().forEach(output -> graph.put(12, output.message()));
    return graph;
  }

  static Protobuf pair(String key, String value) {
    return new Protobuf().put(1, key).put(2, value);
  }
}
