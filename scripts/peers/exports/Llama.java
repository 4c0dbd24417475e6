import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.io.FileWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What de.kherud:llama writes for the prompts of {@code ours.json}; see scripts/judge-exports.
 *
 * <p>Arguments: the file to add answers to, a line each; the version; the most tokens to write; and
 * GGUF files, whose directories each have an {@code ours.json}.
 */
final class Llama {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Llama() {}

  public static void main(String[] arguments) throws Exception {
    int tokens = Integer.parseInt(arguments[2]);
    try (Writer out = new FileWriter(arguments[0], true)) {
      for (String name : Arrays.copyOfRange(arguments, 3, arguments.length)) {
        Path file = Path.of(name);
        ObjectNode answer = JSON.createObjectNode().put("judge", "de.kherud:llama");
        answer.put("version", arguments[1]).put("file", name);
        try {
          answer.set("prompts", answers(file, tokens));
        } catch (RuntimeException e) {
          answer.put("error", String.valueOf(e.getMessage()));
        }
        out.write(answer + "\n");
      }
    }
    // The library leaves a thread of each model behind, for which the JVM would wait.
    Runtime.getRuntime().halt(0);
  }

  private static ArrayNode answers(Path file, int tokens) throws Exception {
    ArrayNode answers = JSON.createArrayNode();
    ModelParameters parameters =
        new ModelParameters()
            .setModel(file.toString())
            .setCtxSize(256)
            .setThreads(1)
            .setGpuLayers(0)
            .skipWarmup()
            .disableLog();
    try (LlamaModel model = new LlamaModel(parameters)) {
      for (JsonNode ours : JSON.readTree(file.resolveSibling("ours.json").toFile())) {
        String prompt = ours.get("prompt").asText();
        InferenceParameters asked =
            new InferenceParameters(prompt)
                .setTemperature(0)
                .setNPredict(tokens)
                .setRepeatPenalty(1)
                .setCachePrompt(false);
        StringBuilder text = new StringBuilder();
        for (LlamaOutput output : model.generate(asked)) {
          text.append(output);
        }
        ObjectNode answer = answers.addObject().put("text", text.toString());
        answer.set("ids", JSON.valueToTree(model.encode(prompt)));
      }
    }
    return answers;
  }
}
