package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.data.Column;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hugging Face's transformers computes with an exported folder what Chorale computes. */
class HubPredictionsTest {
  private static final double CLOSE = 1e-4;
  private static final String LANGUAGE_MODEL = "AutoModelForCausalLM";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());
  private final ArrayNode asked = JSON.createArrayNode();
  private final List<Tokenizer> tokenizers = new ArrayList<>();

  @BeforeAll
  static void needsPython() throws IOException, InterruptedException {
    Optional<String> missing = Python.missing("torch, transformers");
    missing.ifPresent(why -> System.err.println("SKIPPED: exported folders are not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
  }

  @Test
  void ofEachLayout() throws IOException, InterruptedException {
    for (List<String> layout : HubModels.LAYOUTS.values()) {
      for (boolean whole : new boolean[] {false, true}) {
        List<String> settings = new ArrayList<>(layout);
        settings.addAll(HubModels.BYTE_PAIRS);
        settings.add("attention.bias=" + whole);
        settings.add("model.tied-head=" + !whole);
        settings.add("tokenizer.pattern=" + (whole ? "llama3" : "gpt2"));
        write(LANGUAGE_MODEL, whole ? 9_000 : ExportOptions.SHARD_BYTES, settings);
      }
    }
    for (List<String> published : HubModels.PUBLISHED.values()) {
      List<String> settings = new ArrayList<>(published);
      settings.addAll(HubModels.BYTE_PAIRS);
      write(LANGUAGE_MODEL, ExportOptions.SHARD_BYTES, settings);
    }
    for (List<String> layout : HubModels.LAYOUTS.values()) {
      List<String> settings = new ArrayList<>(layout);
      settings.addAll(
          List.of(
              "task.kind=tagging",
              "task.direction=causal",
              "tokenizer.kind=words",
              "tokenizer.vocabulary=20"));
      write("AutoModelForTokenClassification", ExportOptions.SHARD_BYTES, settings);
    }
    for (boolean published : new boolean[] {true, false}) {
      Path run = directory.resolve("run-" + asked.size());
      write(
          LANGUAGE_MODEL, ExportOptions.SHARD_BYTES, HubModels.beginning(storage, run, published));
    }
    JsonNode answers = Python.run("hub.py", asked);
    assertEquals(asked.size(), answers.size());
    for (int i = 0; i < answers.size(); i++) {
      JsonNode answer = answers.get(i);
      assertEquals(0, answer.get("missing").size(), answer.toString());
      assertEquals(tokenizers.get(i).endOfText(), answer.get("end").asInt());
      assertEquals(MadeModel.TEXTS.size(), answer.get("differences").size());
      for (JsonNode difference : answer.get("differences")) {
        assertTrue(difference.asDouble() < CLOSE, answer.toString());
      }
      for (int text = 0; text < answer.get("texts").size(); text++) {
        JsonNode ours = asked.get(i).get("texts").get(text);
        if (ours.get("text").asText().contains("<|")
            && asked.get(i).get("class").asText().contains("Token")) {
          continue; // There a word that spells a control token is one, here it is unknown.
        }
        assertEquals(ours.get("ids"), answer.get("texts").get(text).get("ids"), ours.toString());
        assertEquals(ours.get("decoded"), answer.get("texts").get(text).get("decoded"));
      }
    }
  }

  /** Whose heads have the size that the reader takes for granted. */
  @Test
  void ofAQwen3InAGgufFile() throws IOException, InterruptedException {
    Optional<String> missing = Python.missing("gguf");
    missing.ifPresent(why -> System.err.println("SKIPPED: a Qwen3 in GGUF is not tried: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.get());
    List<String> settings = new ArrayList<>(HubModels.PUBLISHED.get("qwen3"));
    settings.addAll(HubModels.BYTE_PAIRS);
    settings.addAll(List.of("attention.head-size=128", "attention.rotary-scaling="));
    HubModels.Made made = HubModels.made(storage, directory.resolve("run"), settings);
    ExportFormat.GGUF.write(
        storage,
        new org.apache.hadoop.fs.Path(directory + "/gguf/model.gguf"),
        ExportOptions.of(false),
        made.model());
    ObjectNode each = asked.addObject().put("class", LANGUAGE_MODEL);
    each.put("folder", directory + "/gguf").put("gguf", "model.gguf").putArray("texts");
    int[] ids = {5, 17, 290, 3, 3, 81};
    ObjectNode row = each.putArray("rows").addObject();
    row.set("ids", JSON.valueToTree(ids));
    row.putArray("logits").add(JSON.valueToTree(made.logits(ids)));
    JsonNode answer = Python.run("hub.py", asked).get(0);
    assertEquals("Qwen3ForCausalLM", answer.get("class").asText());
    assertTrue(answer.get("differences").get(0).asDouble() < CLOSE, answer.toString());
  }

  private void write(String kind, long shardBytes, List<String> settings) {
    write(
        kind,
        shardBytes,
        HubModels.made(storage, directory.resolve("run-" + asked.size()), settings));
  }

  private void write(String kind, long shardBytes, HubModels.Made made) {
    org.apache.hadoop.fs.Path folder =
        new org.apache.hadoop.fs.Path(directory + "/folder-" + asked.size());
    ExportFormat.HF.write(
        storage, folder, new ExportOptions(false, NumberType.FLOAT32, shardBytes), made.model());
    ObjectNode each = asked.addObject();
    each.put("class", kind).put("folder", folder.toString());
    ArrayNode rows = each.putArray("rows");
    Tokenizer tokenizer = made.model().trained().tokenizer(Column.TEXT).orElseThrow();
    tokenizers.add(tokenizer);
    ArrayNode texts = each.putArray("texts");
    for (String text : MadeModel.TEXTS) {
      int[] ids = made.ids(text);
      ObjectNode told = texts.addObject().put("text", text);
      told.set("ids", JSON.valueToTree(ids));
      told.put("decoded", tokenizer.decode(ids));
      int[] read = HubModels.read(ids);
      ObjectNode row = rows.addObject();
      row.set("ids", JSON.valueToTree(read));
      if (kind.equals(LANGUAGE_MODEL)) {
        row.putArray("logits").add(JSON.valueToTree(made.logits(read)));
      } else {
        row.set("tags", JSON.valueToTree(made.tags(read)));
      }
    }
  }
}
