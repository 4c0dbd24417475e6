package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.ModelFile;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.io.Storage;
import io.chorale.task.Output;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Python code that predicts by numpy alone, the parameters as they are, and what the code must know
 * of the model.
 */
final class PyfuncPredictor implements MlflowPredictor {
  /** The package in {@code code/} that MLflow loads. */
  static final String MODULE = "chorale_pyfunc";

  private static final List<String> CODE =
      List.of(
          "__init__.py",
          "arrays.py",
          "beams.py",
          "chat.py",
          "generation.py",
          "readers.py",
          "recurrent.py",
          "tasks.py",
          "tokenizers_of_chorale.py",
          "transformer.py");

  private static final String REGEX = "regex==2026.5.9";
  private static final String JINJA = "jinja2==3.1.6";

  private final Storage storage;
  private final ExportedModel model;
  private final PyfuncFacts facts;

  /**
   * Of a model that the code can predict with.
   *
   * @throws io.chorale.config.SettingsException where it cannot
   */
  PyfuncPredictor(Storage storage, ExportedModel model) {
    this.storage = storage;
    this.model = model;
    this.facts = PyfuncFacts.of(model);
  }

  @Override
  public void flavor(ObjectNode flavor) {
    flavor.put("loader_module", MODULE).put("code", "code").put("data", "data");
  }

  @Override
  public ArrayNode inputs() {
    PyfuncInput input = facts.input();
    return instance.arrayNode().add(input.type().put("name", input.name()).put("required", true));
  }

  @Override
  public ArrayNode outputs() {
    ArrayNode outputs = instance.arrayNode();
    for (Output output : facts.outputs()) {
      outputs.add(MlflowTypes.of(output.type()).put("name", output.name()).put("required", false));
    }
    return outputs.add(MlflowTypes.named("string").put("name", "reason").put("required", false));
  }

  @Override
  public List<String> needs() {
    List<String> needs = new ArrayList<>();
    if (facts.tokenizers().cutByRegex()) {
      needs.add(REGEX);
    }
    if (facts.tokenizers().chat().isPresent()) {
      needs.add(JINJA);
    }
    return needs;
  }

  @Override
  public void exampleInfo(ObjectNode info) {
    info.put("pandas_orient", "split").put("type", "dataframe");
  }

  @Override
  public ObjectNode example() {
    ObjectNode frame = instance.objectNode();
    frame.putArray("columns").add(facts.input().name());
    frame.putArray("data").addArray().add(facts.input().example());
    return frame;
  }

  @Override
  public Map<String, Storage.Content> files() {
    Map<String, Storage.Content> files = new LinkedHashMap<>();
    byte[] known = facts.toBytes();
    files.put("data/model.json", out -> out.write(known));
    for (String file : facts.tokenizers().files()) {
      byte[] tokenizer = model.directory().file(file);
      files.put("data/" + file, out -> out.write(tokenizer));
    }
    for (String name : CODE) {
      byte[] code = code(name);
      files.put("code/%s/%s".formatted(MODULE, name), out -> out.write(code));
    }
    TrainedModel trained = model.trained();
    files.put(
        "data/model.safetensors",
        out -> ModelFile.write(out, trained.task().layout(), trained.parameters()));
    return files;
  }

  private static byte[] code(String name) {
    String resource = MODULE + "/" + name;
    try (InputStream in = PyfuncPredictor.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("there is no resource " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
