package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.chorale.checkpoint.Provenance;
import io.chorale.registry.Version;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Makes the files by which MLflow knows a model: {@code MLmodel} with its signature, what the code
 * needs, for pip, conda and virtualenv, and a row to try it with.
 */
final class MlflowFiles {
  /** The file that makes a directory a model. */
  static final String MARKER = "MLmodel";

  static final String INPUT_EXAMPLE = "input_example.json";

  /** Whose form of the files this is; later ones read it. */
  private static final String MLFLOW = "2.22.0";

  // With these the predictions were compared with Chorale's own.
  private static final String PYTHON = "3.11.7";
  private static final String NUMPY = "numpy==2.4.6";

  /** As Python writes times: the form of MLflow's own files. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .build());

  private final Version version;
  private final MlflowPredictor predictor;

  MlflowFiles(ExportedModel model, MlflowPredictor predictor) {
    this.version = model.version().orElseThrow();
    this.predictor = predictor;
  }

  /** The content of {@link #MARKER}. */
  byte[] marker() {
    ObjectNode root = instance.objectNode();
    ObjectNode flavors = root.putObject("flavors");
    ObjectNode flavor = flavors.putObject("python_function");
    predictor.flavor(flavor);
    flavor.putObject("env").put("conda", "conda.yaml").put("virtualenv", "python_env.yaml");
    flavor.put("python_version", PYTHON);
    OnnxPredictor.ownFlavor(flavors.putObject("onnx"));
    root.put("mlflow_version", MLFLOW);
    root.put("model_uuid", identity().toString().replace("-", ""));
    root.put("utc_time_created", TIME.format(Instant.parse(version.created())));
    ObjectNode info = root.putObject("saved_input_example_info");
    predictor.exampleInfo(info.put("artifact_path", INPUT_EXAMPLE));
    root.set("signature", signature());
    root.set("metadata", metadata());
    return yaml(root);
  }

  /** The same for the same version, and for no other one. */
  private UUID identity() {
    String all = version.reference() + " " + version.created() + " " + version.files();
    return UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8));
  }

  private ObjectNode signature() {
    ObjectNode signature = instance.objectNode();
    signature.put("inputs", predictor.inputs().toString());
    return signature.put("outputs", predictor.outputs().toString()).putNull("params");
  }

  private ObjectNode metadata() {
    ObjectNode metadata = instance.objectNode();
    metadata.put("registry_model", version.model()).put("registry_version", version.number());
    metadata.put("registry_parent", version.parent());
    metadata.put("round", version.origin().round()).put("task", version.task());
    metadata.put("chorale", version.provenance().getOrDefault("chorale", ""));
    metadata.put("dataset", version.datasets().getOrDefault(Provenance.DATASET, ""));
    metadata.put("measured_on", version.measured().split());
    ObjectNode measures = metadata.putObject("measures");
    version.measured().values().forEach(measures::put);
    return metadata;
  }

  /** All others, by their names. */
  Map<String, byte[]> files() {
    List<String> needs = new ArrayList<>(List.of("mlflow==" + MLFLOW, NUMPY));
    needs.addAll(predictor.needs());
    ObjectNode conda = instance.objectNode();
    conda.put("name", "mlflow-env").putArray("channels").add("conda-forge");
    ArrayNode dependencies = conda.putArray("dependencies");
    dependencies.add("python=" + PYTHON).add("pip");
    needs.forEach(dependencies.addObject().putArray("pip")::add);
    ObjectNode virtualenv = instance.objectNode();
    virtualenv.put("python", PYTHON).putArray("build_dependencies").add("pip").add("setuptools");
    virtualenv.putArray("dependencies").add("-r requirements.txt");
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(
        "requirements.txt", (String.join("\n", needs) + "\n").getBytes(StandardCharsets.UTF_8));
    files.put("conda.yaml", yaml(conda));
    files.put("python_env.yaml", yaml(virtualenv));
    files.put(INPUT_EXAMPLE, PrettyJson.bytes(predictor.example()));
    return files;
  }

  private static byte[] yaml(ObjectNode node) {
    try {
      return YAML.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always YAML", e);
    }
  }
}
