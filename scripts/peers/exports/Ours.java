import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.generate.NextToken;
import io.chorale.io.Storage;
import io.chorale.model.State;
import io.chorale.task.LanguageModel;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import io.chorale.token.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What language models of runs write for prompts, always the likeliest token, with the scores of
 * all tokens at every step; see scripts/judge-exports.
 *
 * <p>Arguments: a JSON file with a list of prompts, the most tokens to write, and directories, each
 * with a run in {@code run}. Writes {@code ours.json} into each.
 */
final class Ours {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Ours() {}

  public static void main(String[] arguments) throws Exception {
    String[] prompts = JSON.readValue(Path.of(arguments[0]).toFile(), String[].class);
    int tokens = Integer.parseInt(arguments[1]);
    Engine.start();
    for (String directory : Arrays.copyOfRange(arguments, 2, arguments.length)) {
      Settings given = SettingsFile.with(SettingsFile.defaults(), "run.path=" + directory + "/run");
      TrainedModel model =
          TrainedModel.open(new Storage(new Configuration()), given, CheckpointChoice.LAST);
      Tokenizer tokenizer = model.tokenizer(Column.TEXT).orElseThrow();
      ArrayNode answers = JSON.createArrayNode();
      try (NextToken reader = ((LanguageModel) model.task()).reader(model.parameters())) {
        for (String prompt : prompts) {
          answers.add(answer(reader, tokenizer, prompt, tokens));
        }
      }
      Files.writeString(Path.of(directory, "ours.json"), answers.toString());
    }
  }

  private static ObjectNode answer(
      NextToken reader, Tokenizer tokenizer, String prompt, int tokens) {
    int[] ids = tokenizer.encode(prompt);
    ObjectNode answer = JSON.createObjectNode().put("prompt", prompt);
    answer.set("ids", JSON.valueToTree(ids));
    ArrayNode logits = answer.putArray("logits");
    ArrayNode lengths = answer.putArray("lengths"); // characters of the text after each token
    int[] written = new int[0];
    int[] unread = ids;
    State state = State.NONE;
    while (written.length < tokens) {
      float[] scores;
      try (StepScope scope = new StepScope();
          NoGradGuard guard = new NoGradGuard()) {
        NextToken.Output output = reader.read(unread, 1, state);
        State next = output.last().keep(scope);
        state.close();
        state = next;
        Tensor last = output.logits().contiguous();
        scores = new float[(int) last.numel()];
        last.data_ptr_float().get(scores);
      }
      logits.add(JSON.valueToTree(scores));
      int best = 0;
      for (int id = 1; id < tokenizer.vocabularySize(); id++) {
        best = scores[id] > scores[best] ? id : best;
      }
      if (best == tokenizer.endOfText()) {
        break;
      }
      written = Arrays.copyOf(written, written.length + 1);
      written[written.length - 1] = best;
      lengths.add(tokenizer.decode(written).length());
      unread = new int[] {best};
    }
    state.close();
    answer.set("written", JSON.valueToTree(written));
    return answer.put("text", tokenizer.decode(written));
  }
}
