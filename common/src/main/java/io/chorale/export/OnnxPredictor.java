package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.io.Storage;
import java.util.List;
import java.util.Map;

/**
 * MLflow's own code for ONNX, which predicts tensors of tensors by the graph that lies in the
 * folder.
 *
 * @param graph of which all axes but that of the rows are of known sizes
 */
record OnnxPredictor(OnnxGraph graph) implements MlflowPredictor {
  /** The file of the graph, where that code looks for it. */
  static final String FILE = OnnxTask.MODEL + OnnxModel.SUFFIX;

  /** With which the graphs were tried. */
  static final String VERSION = "1.23.1";

  private static final String RUNTIME = "1.30.0";

  @Override
  public void flavor(ObjectNode flavor) {
    flavor.put("loader_module", "mlflow.onnx").put("data", FILE);
  }

  /** Says where the graph is, as the flavor {@code onnx}. */
  static void ownFlavor(ObjectNode flavor) {
    flavor.put("onnx_version", VERSION).put("data", FILE).putNull("code");
    flavor.putArray("providers").add("CUDAExecutionProvider").add("CPUExecutionProvider");
    flavor.putNull("onnx_session_options");
  }

  @Override
  public ArrayNode inputs() {
    return tensors(graph.inputs());
  }

  @Override
  public ArrayNode outputs() {
    return tensors(graph.outputs());
  }

  private static ArrayNode tensors(List<OnnxGraph.Value> values) {
    ArrayNode tensors = instance.arrayNode();
    for (OnnxGraph.Value value : values) {
      ObjectNode tensor = MlflowTypes.named("tensor").put("name", value.name());
      ObjectNode spec = tensor.putObject("tensor-spec");
      spec.put("dtype", value.ids() ? "int64" : "float32");
      ArrayNode shape = spec.putArray("shape");
      value.axes().forEach(axis -> shape.add(axis instanceof Number size ? size.longValue() : -1));
      tensors.add(tensor);
    }
    return tensors;
  }

  @Override
  public List<String> needs() {
    return List.of("onnx==" + VERSION, "onnxruntime==" + RUNTIME);
  }

  @Override
  public void exampleInfo(ObjectNode info) {
    info.put("type", "ndarray").put("format", "tf-serving");
  }

  /** Zeros, of one row. */
  @Override
  public ObjectNode example() {
    ObjectNode example = instance.objectNode();
    ObjectNode inputs = example.putObject("inputs");
    graph.inputs().forEach(input -> zeros(inputs.putArray(input.name()), input.axes()));
    return example;
  }

  private static void zeros(ArrayNode array, List<Object> axes) {
    long size = axes.get(0) instanceof Number known ? known.longValue() : 1;
    for (long i = 0; i < size; i++) {
      if (axes.size() == 1) {
        array.add(0.0);
      } else {
        zeros(array.addArray(), axes.subList(1, axes.size()));
      }
    }
  }

  /** None of its own: the graph lies in the folder whatever predicts. */
  @Override
  public Map<String, Storage.Content> files() {
    return Map.of();
  }
}
