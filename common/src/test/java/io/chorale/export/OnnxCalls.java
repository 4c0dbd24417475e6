package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A graph that ONNX Runtime runs. */
final class OnnxCalls implements AutoCloseable {
  static final float CLOSE = 1e-4f;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  OnnxCalls(Path file) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    session = environment.createSession(file.toString(), options);
  }

  Set<String> inputs() {
    return session.getInputNames();
  }

  Map<String, String> metadata() throws OrtException {
    return session.getMetadata().getCustomMetadata();
  }

  /**
   * What the graph gives for inputs, which are arrays; those that are none of its own are not
   * given. States that are missing are those before the first step.
   */
  Map<String, Object> call(Map<String, Object> given) throws OrtException {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try {
      int batch = 1;
      for (Map.Entry<String, Object> input : given.entrySet()) {
        if (inputs().contains(input.getKey())) {
          tensors.put(input.getKey(), tensor(input.getValue()));
        }
        if (input.getValue() instanceof Object[] rows && !input.getKey().matches("[hc]\\d+")) {
          batch = rows.length;
        }
      }
      for (Map.Entry<String, NodeInfo> input : session.getInputInfo().entrySet()) {
        if (!tensors.containsKey(input.getKey())) {
          tensors.put(input.getKey(), first((TensorInfo) input.getValue().getInfo(), batch));
        }
      }
      Map<String, Object> made = new LinkedHashMap<>();
      try (OrtSession.Result result = session.run(tensors)) {
        for (Map.Entry<String, OnnxValue> value : result) {
          made.put(value.getKey(), value.getValue().getValue());
        }
      }
      return made;
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(Object value) throws OrtException {
    return value instanceof long[] lengths
        ? OnnxTensor.createTensor(
            environment, LongBuffer.wrap(lengths), new long[] {lengths.length})
        : OnnxTensor.createTensor(environment, value);
  }

  /** Zeros, or no steps: the first axis of unknown size is that of the rows. */
  private OnnxTensor first(TensorInfo info, int batch) throws OrtException {
    long[] shape = info.getShape().clone();
    long size = batch;
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 0) {
        shape[i] = size;
        size = 0;
      }
      elements *= shape[i];
    }
    return OnnxTensor.createTensor(environment, FloatBuffer.allocate((int) elements), shape);
  }

  /** What a call has left, by the names of the inputs that go on from it. */
  static Map<String, Object> left(Map<String, Object> made) {
    Map<String, Object> left = new HashMap<>();
    made.forEach(
        (name, value) -> {
          if (name.endsWith("_next")) {
            left.put(name.replace("_next", ""), value);
          } else if (name.matches("(key|value)\\d+")) {
            left.put("past_" + name, value);
          }
        });
    return left;
  }

  /** Rows of ids, filled up to the longest. */
  static long[][] padded(List<int[]> rows) {
    long[][] all = new long[rows.size()][rows.stream().mapToInt(row -> row.length).max().orElse(0)];
    for (int row = 0; row < all.length; row++) {
      for (int i = 0; i < rows.get(row).length; i++) {
        all[row][i] = rows.get(row)[i];
      }
    }
    return all;
  }

  static long[] lengths(List<int[]> rows) {
    return rows.stream().mapToLong(row -> row.length).toArray();
  }

  /** Some of the made models have scores of thousands. */
  static void close(float[] expected, float[] found, String text) {
    float largest = 1;
    for (float score : expected) {
      largest = Math.max(largest, Math.abs(score));
    }
    assertArrayEquals(expected, found, CLOSE * largest, text);
  }

  /** Every way to take one of each. */
  static List<List<String>> each(List<List<String>> ones, List<List<String>> others) {
    List<List<String>> all = new ArrayList<>();
    for (List<String> one : ones) {
      for (List<String> other : others) {
        List<String> both = new ArrayList<>(one);
        both.addAll(other);
        all.add(both);
      }
    }
    return all;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
