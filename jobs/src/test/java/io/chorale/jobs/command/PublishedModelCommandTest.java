package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** From the folder of a published model to one that has learnt more, by the commands. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PublishedModelCommandTest {
  private static final int WRONG_USE = 2;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir static Path directory;
  private static Path folder;
  private static List<String> settings;

  @BeforeAll
  static void publish() throws IOException {
    Path corpus = directory.resolve("corpus.txt");
    Files.writeString(corpus, "The cat sat on the mat, and that was that.\n\n".repeat(60));
    List<String> common =
        List.of(
            "corpus.paths=" + corpus,
            "data.shards=2",
            "train.context=16",
            "train.batch=4",
            "train.average-every=2",
            "train.schedule=constant",
            "evaluate.every=0");
    List<String> first = new ArrayList<>(common);
    first.addAll(
        List.of(
            "tokenizer.vocabulary=270",
            "data.path=" + directory.resolve("first-data"),
            "run.path=" + directory.resolve("first"),
            "model.layers=1",
            "model.width=16",
            "attention.heads=4",
            "attention.kv-heads=2",
            "attention.positions=rotary",
            "attention.norm=rms",
            "attention.activation=swiglu",
            "train.steps=2"));
    folder = directory.resolve("published");
    done(CommandRun.with(first, "tokenize"));
    done(CommandRun.with(first, "train"));
    done(CommandRun.with(first, "export", "--format", "hf", "--output", folder.toString()));
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
    // As many do, its tokenizer puts a token before each text.
    Path tokenizer = folder.resolve("tokenizer.json");
    ObjectNode json = (ObjectNode) JSON.readTree(tokenizer.toFile());
    json.set(
        "post_processor",
        JSON.readTree(
            """
            {"type": "TemplateProcessing", "pair": [],
             "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
                        {"Sequence": {"id": "A", "type_id": 0}}],
             "special_tokens": {"<|endoftext|>":
               {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}}}"""));
    JSON.writeValue(tokenizer.toFile(), json);
    List<String> second = new ArrayList<>(common);
    second.addAll(
        List.of(
            "model.from=" + folder,
            "tokenizer.file=" + folder,
            "data.path=" + directory.resolve("data"),
            "run.path=" + directory.resolve("run")));
    settings = List.copyOf(second);
  }

  private static String done(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
    return run.out() + run.err();
  }

  private static List<String> and(String... more) {
    return plus(settings, more);
  }

  private static void refused(String told, CommandRun run) {
    assertEquals(WRONG_USE, run.exitCode(), run.err());
    assertTrue(run.err().contains(told), run.err());
  }

  /** Whose rows the folder says. */
  @Test
  @Order(1)
  void aTrainingIsPlannedWithoutADataset() {
    for (String tokenizer : List.of(folder.toString(), "")) {
      String told = done(CommandRun.with(and("tokenizer.file=" + tokenizer), "plan"));
      assertTrue(told.contains("vocabulary 270, of " + folder), told);
    }
  }

  @Test
  @Order(1)
  void whatDoesNotFitTheModelIsRefused() {
    refused(
        "tokenizer.file must be " + folder,
        CommandRun.with(and("tokenizer.file=").stream().toList(), "tokenize"));
    refused(
        "has another tokenizer, expected that of the folder", CommandRun.with(other(), "train"));
    refused(
        "model.width is 32, expected 16, which its model has",
        CommandRun.with(and("model.width=32", "train.steps=2"), "train"));
    assertFalse(Files.exists(directory.resolve("run")));
  }

  /** A dataset whose tokenizer was trained on its own texts. */
  private static List<String> other() {
    List<String> own = new ArrayList<>(settings);
    own.removeIf(set -> set.startsWith("model.from") || set.startsWith("tokenizer.file"));
    own.addAll(List.of("tokenizer.vocabulary=262", "data.path=" + directory.resolve("other")));
    done(CommandRun.with(own, "tokenize"));
    return and("data.path=" + directory.resolve("other"), "train.steps=2");
  }

  @Test
  @Order(2)
  void aTrainingBeginsFromIt() throws IOException {
    done(CommandRun.with(settings, "tokenize"));
    assertTrue(done(CommandRun.with(and("train.steps=2"), "plan")).contains("parameters"));
    done(CommandRun.with(and("train.steps=2", "train.learning-rate=1e-30"), "train"));
    Path out = directory.resolve("out");
    done(CommandRun.with(settings, "export", "--format", "hf", "--output", out.toString()));
    // So little was learnt that no parameter has moved.
    for (String file : List.of("model.safetensors", "tokenizer.json", "chat_template.jinja")) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve(file)), Files.readAllBytes(out.resolve(file)), file);
    }
    try (Stream<Path> found = Files.walk(directory.resolve("run"))) {
      var manifests = FileSystems.getDefault().getPathMatcher("glob:**/manifest.json");
      Path manifest = found.filter(manifests::matches).findFirst().orElseThrow();
      assertTrue(
          Files.readString(manifest).contains("published@sha256:"), Files.readString(manifest));
    }
  }

  @Test
  @Order(2)
  void conversationsAreLearnedByATemplateOfOnesOwn() throws IOException {
    Path pairs = directory.resolve("pairs.jsonl");
    Files.writeString(pairs, "{\"q\": \"The cat sat\", \"a\": \" on the mat\"}\n".repeat(60));
    List<String> chat =
        and(
            "corpus.paths=" + pairs,
            "corpus.text-field=q",
            "corpus.answer-field=a",
            "chat.template=plain",
            "data.path=" + directory.resolve("chat-data"),
            "run.path=" + directory.resolve("chat"),
            "train.steps=2");
    done(CommandRun.with(chat, "tokenize"));
    done(CommandRun.with(chat, "train"));
    Path out = directory.resolve("chat-out");
    done(CommandRun.with(chat, "export", "--format", "hf", "--output", out.toString()));
    String template = Files.readString(out.resolve("chat_template.jinja"));
    assertTrue(template.contains("message.content"), template);

    List<String> more = new ArrayList<>(chat);
    more.addAll(List.of("chat.template=chatml", "data.path=" + directory.resolve("more-data")));
    more.add("run.path=" + directory.resolve("more"));
    done(CommandRun.with(more, "tokenize"));
    refused(
        "it has 270 rows for tokens and the dataset's tokenizer 272 entries",
        CommandRun.with(plus(more, "lora.rank=2"), "train"));
    done(CommandRun.with(more, "train"));
    Path grown = directory.resolve("grown-out");
    done(CommandRun.with(more, "export", "--format", "hf", "--output", grown.toString()));
    assertEquals(
        272, JSON.readTree(grown.resolve("config.json").toFile()).get("vocab_size").asInt());
    // What has grown is trained on, and goes on growing.
    more.addAll(
        List.of(
            "train.from=" + directory.resolve("more"),
            "chat.control=[<|im_start|>, <|im_end|>, <more>]"));
    more.addAll(
        List.of(
            "data.path=" + directory.resolve("most-data"),
            "run.path=" + directory.resolve("most")));
    done(CommandRun.with(more, "tokenize"));
    done(CommandRun.with(more, "train"));
    done(CommandRun.with(more, "generate", "--prompt", "The"));
  }

  /** With the token that the folder's tokenizer puts before them, by each command. */
  private static void textsBegin(List<String> settings) throws IOException {
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"text\": \"The\"}\n");
    Path output = Files.createTempDirectory(directory, "texts").resolve("out.jsonl");
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of("predict.paths=" + prompts, "predict.output=" + output));
    all.add("corpus.text-field=text");
    done(CommandRun.with(all, "predict"));
    String predicted =
        JSON.readTree(output.resolve("part-00000.jsonl").toFile()).get("predicted_text").asText();
    CommandRun generated = CommandRun.with(settings, "generate", "--prompt", "The", "--json");
    done(generated);
    assertEquals(predicted, JSON.readTree(generated.out()).get("text").asText());
  }

  @Test
  @Order(3)
  void adaptersAreTrainedAndGoOut() throws IOException {
    List<String> adapted =
        and("lora.rank=2", "train.steps=4", "run.path=" + directory.resolve("adapted"));
    String plan = done(CommandRun.with(adapted, "plan"));
    assertTrue(plan.contains("parameters that are only read"), plan);
    done(CommandRun.with(adapted, "train"));
    Path out = directory.resolve("adapter");
    done(CommandRun.with(adapted, "export", "--format", "peft", "--output", out.toString()));
    String config = Files.readString(out.resolve("adapter_config.json"));
    assertTrue(config.contains("\"q_proj\""), config);
    done(CommandRun.with(adapted, "generate", "--prompt", "The"));
    done(CommandRun.with(plus(adapted, "evaluate.split=train"), "evaluate"));
    List<String> next =
        and("lora.from=" + out, "train.steps=2", "run.path=" + directory.resolve("adapted-next"));
    refused(
        "lora.rank is 8, expected 2, which they have",
        CommandRun.with(plus(next, "lora.rank=8"), "train"));
    done(CommandRun.with(next, "train"));
    done(CommandRun.with(plus(next, "train.schedule=constant", "train.steps=4"), "train"));
    refused(
        "all of its parameters were trained, expected adapters",
        CommandRun.with(
            settings,
            "export",
            "--format",
            "peft",
            "--output",
            directory.resolve("none-adapter").toString()));
  }

  private static List<String> plus(List<String> settings, String... more) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of(more));
    return all;
  }

  /** Nor a training from what it has become. */
  @Test
  @Order(4)
  void aRunThatGoesOnNeedsTheFolderNoMore() throws IOException {
    FileUtils.deleteDirectory(folder.toFile());
    List<String> more = and("train.steps=4", "train.learning-rate=1e-30");
    done(CommandRun.with(more, "train"));
    done(CommandRun.with(and("evaluate.split=train"), "evaluate"));
    List<String> next = and("train.steps=2", "train.from=" + directory.resolve("run"));
    next.removeIf(set -> set.startsWith("model.from"));
    next.add("run.path=" + directory.resolve("next"));
    done(CommandRun.with(next, "train"));
    textsBegin(and("generate.temperature=0", "generate.tokens=20"));
    next.addAll(List.of("generate.temperature=0", "generate.tokens=20"));
    textsBegin(next);
    Path file = directory.resolve("next.gguf");
    done(
        CommandRun.with(
            and("run.path=" + directory.resolve("next")),
            "export",
            "--format",
            "gguf",
            "--output",
            file.toString()));
    String read =
        new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(read.contains("{{ messages }}"));
    refused(
        "expected a folder with a published model",
        CommandRun.with(and("train.steps=2", "run.path=" + directory.resolve("none")), "train"));
  }
}
