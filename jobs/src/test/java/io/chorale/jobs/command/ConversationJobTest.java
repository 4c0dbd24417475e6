package io.chorale.jobs.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Shard;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Questions with one answer each: learned from prompts and from messages, and asked. */
class ConversationJobTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> THINGS = List.of("sky", "sun", "sea", "leaf", "coal", "snow");
  private static final List<String> COLOURS =
      List.of("blue", "yellow", "green", "lime", "black", "white");

  @TempDir Path directory;

  private static String asked(int thing) {
    return "Which colour has the %s?".formatted(THINGS.get(thing));
  }

  private List<String> settings(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "corpus.paths=" + directory.resolve("train.jsonl"),
                "corpus.max-rejected=0.9",
                "tokenizer.vocabulary=300",
                "data.path=" + directory.resolve("data"),
                "data.validation=0",
                "data.shards=2",
                "run.path=" + directory.resolve("run"),
                "model.kind=transformer",
                "model.layers=2",
                "model.width=48",
                "attention.heads=4",
                "attention.positions=rotary",
                "attention.norm=rms",
                "attention.activation=swiglu",
                "train.context=64",
                "train.batch=4",
                "train.packing=documents",
                "train.workers=1",
                "train.steps=240",
                "train.average-every=60",
                "train.learning-rate=0.005",
                "train.warmup=5",
                "generate.temperature=0",
                "generate.tokens=20",
                "evaluate.every=0"));
    all.addAll(List.of(more));
    return all;
  }

  private static String told(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  private static JsonNode object(CommandRun run) throws IOException {
    return JSON.readTree(told(run));
  }

  private Dataset dataset() {
    return Dataset.open(
        new Storage(new Configuration(false)),
        new org.apache.hadoop.fs.Path(directory.resolve("data").toUri().getPath()));
  }

  /** What is learned of each row, and what is not, with a bar between. */
  private static Set<String> rows(Dataset dataset) {
    Tokenizer tokenizer = dataset.tokenizer(Column.TEXT).orElseThrow();
    Set<String> rows = new TreeSet<>();
    for (int number = 0;
        number < dataset.manifest().split(DatasetSplit.TRAIN).shards().size();
        number++) {
      Shard shard = dataset.shard(DatasetSplit.TRAIN, number);
      for (int i = 0; i < shard.rows(); i++) {
        Row row = shard.row(List.of(Column.TEXT, Column.ANSWER), i, Integer.MAX_VALUE);
        int[] ids = ((Ids) row.cell(Column.TEXT)).values();
        int[] answers = ((Ids) row.cell(Column.ANSWER)).values();
        assertEquals(ids.length, answers.length);
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < ids.length; ) {
          int to = from;
          while (to < ids.length && answers[to] == answers[from]) {
            to++;
          }
          text.append(answers[from] == 1 ? "[" : "");
          text.append(tokenizer.decode(Arrays.copyOfRange(ids, from, to)));
          text.append(answers[from] == 1 ? "]" : "");
          from = to;
        }
        rows.add(text.toString());
      }
    }
    return rows;
  }

  private void prompts() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int copy = 0; copy < 4; copy++) {
      for (int i = 0; i < THINGS.size(); i++) {
        lines.add(
            "{\"question\": \"%s\", \"reply\": \"It is %s.\"}".formatted(asked(i), COLOURS.get(i)));
      }
    }
    lines.add("{\"question\": \"Which colour has nothing?\", \"reply\": \" \"}");
    lines.add("{\"question\": \"Which colour?\"}");
    lines.add("{\"reply\": \"It is blue.\"}");
    lines.add("{\"question\": \"Long?\", \"reply\": \"%s\"}".formatted("x y ".repeat(100)));
    Files.write(directory.resolve("train.jsonl"), lines);
  }

  @Test
  void answersToPromptsAreLearnedMeasuredAskedAndExported() throws Exception {
    prompts();
    Files.writeString(
        directory.resolve("validation.jsonl"),
        "{\"question\": \"%s\", \"reply\": \"It is blue.\"}".formatted(asked(0)));
    List<String> settings =
        settings(
            "corpus.validation-paths=" + directory.resolve("validation.jsonl"),
            "corpus.text-field=question",
            "corpus.answer-field=reply",
            "chat.template=chatml",
            "chat.max-tokens=64");
    String tokenized = told(CommandRun.with(settings, "tokenize"));
    assertTrue(
        tokenized.contains("rejected: 2 no-answer, 1 many-tokens, 1 no-text")
            || tokenized.contains("no-answer") && tokenized.contains("many-tokens"),
        tokenized);
    Dataset dataset = dataset();
    assertEquals(
        List.of(Column.ids("text", 302), Column.ids("answer", 2)), dataset.schema().columns());
    Set<String> rows = rows(dataset);
    assertEquals(THINGS.size(), rows.size());
    assertTrue(
        rows.contains("user\n" + asked(0) + "\nassistant\n[It is blue.]\n"), rows.toString());
    told(CommandRun.with(settings, "plan"));
    told(CommandRun.with(settings, "train"));
    JsonNode measures =
        object(CommandRun.with(settings, "evaluate", "--json", "--set", "evaluate.split=train"));
    long answers = 0;
    for (int shard = 0; shard < 2; shard++) {
      for (int id : dataset.shard(DatasetSplit.TRAIN, shard).tokens(Column.ANSWER).toArray()) {
        answers += id;
      }
    }
    assertEquals(answers, measures.get("tokens").asLong(), measures.toString());
    assertTrue(measures.get("loss").asDouble() < 0.1, measures.toString());
    assertFalse(measures.has("bits_per_byte"));
    // Asked as it has learned, it answers and ends.
    for (int i = 0; i < THINGS.size(); i++) {
      JsonNode answer =
          object(CommandRun.with(settings, "generate", "--json", "--prompt", asked(i)));
      assertEquals("It is %s.".formatted(COLOURS.get(i)), answer.get("text").asText());
    }
    String messages = "[{\"role\": \"user\", \"content\": \"%s\"}]".formatted(asked(4));
    CommandRun listed =
        CommandRun.reading(
            (messages + "\n").getBytes(UTF_8),
            () -> CommandRun.with(settings, "generate", "--stdin", "--messages"));
    assertEquals("It is black.\n", told(listed));
    CommandRun bad = CommandRun.with(settings, "generate", "--messages", "--prompt", "Hello");
    assertEquals(2, bad.exitCode());
    assertTrue(bad.err().contains("Cannot answer a prompt: no list of messages"), bad.err());
    predict(settings);
    export(settings);
    told(CommandRun.with(settings, "report"));
    String page = Files.readString(directory.resolve("run/report.html"));
    assertTrue(page.contains("<pre tabindex=\"0\""), "no answers");
    assertTrue(page.contains("<b>expected </b>It is blue."), page);
    // Of so short blocks many hold no answer, and rounds are made of one or two.
    List<String> narrow = new ArrayList<>(settings);
    narrow.addAll(
        List.of(
            "run.path=" + directory.resolve("narrow"),
            "train.packing=stream",
            "train.context=4",
            "train.batch=1",
            "train.workers=2",
            "train.average-every=2",
            "train.steps=20"));
    told(CommandRun.with(narrow, "train"));
  }

  private void predict(List<String> settings) throws IOException {
    Files.writeString(
        directory.resolve("new.jsonl"),
        "{\"question\": \"%s\"}\n{\"question\": \"\"}\n{\"question\": \"%s\"}\n"
            .formatted(asked(5), asked(1)));
    Path output = directory.resolve("out.jsonl");
    told(
        CommandRun.with(
            settings,
            "predict",
            "--set=predict.paths=" + directory.resolve("new.jsonl"),
            "--set=predict.output=" + output));
    List<String> texts = new ArrayList<>();
    for (String row : Files.readAllLines(output.resolve("part-00000.jsonl"))) {
      JsonNode found = JSON.readTree(row);
      texts.add(found.path("predicted_text").asText(found.path("predicted_reason").asText()));
    }
    assertEquals(List.of("It is white.", "empty", "It is yellow."), texts);
    Files.writeString(
        directory.resolve("messages.jsonl"),
        "{\"m\": [{\"role\": \"user\", \"content\": \"%s\"}]}\n{\"m\": []}\n".formatted(asked(0)));
    List<String> messages = new ArrayList<>(settings);
    messages.addAll(
        List.of(
            "corpus.answer-field=",
            "corpus.text-field=m",
            "corpus.text-type=messages",
            "predict.paths=" + directory.resolve("messages.jsonl"),
            "predict.output=" + directory.resolve("answers.jsonl")));
    told(CommandRun.with(messages, "predict"));
    List<String> answers = Files.readAllLines(directory.resolve("answers.jsonl/part-00000.jsonl"));
    assertEquals("It is blue.", JSON.readTree(answers.get(0)).get("predicted_text").asText());
    assertEquals(
        "bad-messages (no messages)",
        JSON.readTree(answers.get(1)).get("predicted_reason").asText());
  }

  private void export(List<String> settings) throws IOException {
    Path folder = directory.resolve("hf");
    told(CommandRun.with(settings, "export", "--format", "hf", "--output", folder.toString()));
    String template = Files.readString(folder.resolve("chat_template.jinja"));
    assertTrue(template.contains("<|im_start|>"), template);
    JsonNode config = JSON.readTree(folder.resolve("tokenizer_config.json").toFile());
    assertEquals(template, config.get("chat_template").asText());
    assertFalse(Files.readString(folder.resolve("tokenizer.json")).contains("chat_template"));
    JsonNode ends = JSON.readTree(folder.resolve("generation_config.json").toFile());
    assertEquals("[0,301]", ends.get("eos_token_id").toString());
    Path file = directory.resolve("model.gguf");
    told(CommandRun.with(settings, "export", "--format", "gguf", "--output", file.toString()));
    String bytes =
        new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(bytes.contains("tokenizer.chat_template") && bytes.contains(template));
    assertTrue(bytes.contains("tokenizer.ggml.eot_token_id"));
  }

  /** Its tokenizer gets the control tokens of the template, its parameters rows for them. */
  @Test
  void aModelOfTextIsTaughtToAnswer() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      lines.add("The %s is %s.".formatted(THINGS.get(i % 6), COLOURS.get(i % 6)));
    }
    Files.write(directory.resolve("text.txt"), lines);
    List<String> text =
        settings(
            "corpus.paths=" + directory.resolve("text.txt"),
            "tokenizer.vocabulary=280",
            "data.path=" + directory.resolve("text"),
            "run.path=" + directory.resolve("base"),
            "train.batch=2",
            "train.steps=20",
            "train.average-every=10");
    told(CommandRun.with(text, "tokenize"));
    told(CommandRun.with(text, "train"));
    prompts();
    List<String> settings =
        new ArrayList<>(
            settings(
                "corpus.text-field=question",
                "corpus.answer-field=reply",
                "chat.template=chatml",
                "chat.max-tokens=64",
                "tokenizer.file=" + directory.resolve("base/tokenizer.json"),
                "train.from=" + directory.resolve("base")));
    settings.remove("tokenizer.vocabulary=300");
    told(CommandRun.with(settings, "tokenize"));
    assertEquals(Column.ids("text", 282), dataset().schema().column(Column.TEXT));
    told(CommandRun.with(settings, "train"));
    JsonNode answer = object(CommandRun.with(settings, "generate", "--json", "--prompt", asked(2)));
    assertEquals("It is green.", answer.get("text").asText());
    // Another tokenizer with as many entries is none of the model's.
    List<String> other =
        settings(
            "corpus.text-field=question",
            "corpus.answer-field=reply",
            "data.path=" + directory.resolve("other"),
            "run.path=" + directory.resolve("refused"),
            "tokenizer.vocabulary=280",
            "train.from=" + directory.resolve("base"));
    told(CommandRun.with(other, "tokenize"));
    CommandRun refused = CommandRun.with(other, "train");
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("labels or scale of its column text"), refused.err());
  }

  @Test
  void sourcesOfPromptsAndOfMessagesGoTogetherAndPersonalDataIsMasked() throws Exception {
    Files.writeString(
        directory.resolve("a.jsonl"), "{\"q\": \"Ask me@here.org\", \"r\": \"Yes you@there.org\"}");
    Files.writeString(
        directory.resolve("b.jsonl"),
        "{\"m\": [{\"role\": \"user\", \"content\": \"Hi\"},"
            + " {\"role\": \"assistant\", \"content\": \"Ho\"}]}");
    String sources = "{a: {paths: [%s], text-field: q, answer-field: r}, b: {paths: [%s], %s}}";
    List<String> settings =
        new ArrayList<>(settings("chat.template=chatml", "privacy.mask=[email]"));
    settings.removeIf(one -> one.startsWith("corpus.paths") || one.startsWith("tokenizer."));
    settings.add("tokenizer.vocabulary=258");
    List<String> both = new ArrayList<>(settings);
    both.add(
        "corpus.sources="
            + sources.formatted(
                directory.resolve("a.jsonl"),
                directory.resolve("b.jsonl"),
                "text-field: m, text-type: messages"));
    told(CommandRun.with(both, "tokenize"));
    assertEquals(
        Set.of("user\nHi\nassistant\n[Ho]\n", "user\nAsk [email]\nassistant\n[Yes [email]]\n"),
        rows(dataset()));
    settings.add(
        "corpus.sources="
            + sources.formatted(
                directory.resolve("a.jsonl"), directory.resolve("b.jsonl"), "text-field: m"));
    CommandRun mixed = CommandRun.with(settings, "tokenize", "--overwrite");
    assertEquals(2, mixed.exitCode());
    assertTrue(mixed.err().contains("a and b differ in answers"), mixed.err());
    CommandRun unread =
        CommandRun.with(
            List.of(
                "corpus.paths=" + directory,
                "data.path=" + directory.resolve("unread"),
                "chat.template=chatml"),
            "tokenize",
            "--overwrite");
    assertEquals(2, unread.exitCode());
    assertTrue(unread.err().contains("Keys of chat are read where"), unread.err());
  }

  @Test
  void longOnesAreCutWhereAnAnswerStaysAndWhatIsNewIsAddedByTheSameTemplate() throws Exception {
    String row = "{\"q\": \"%s\", \"r\": \"%s\"}";
    Files.write(
        directory.resolve("train.jsonl"),
        List.of(row.formatted("ab", "cdefgh"), row.formatted("abcdefgh", "x")));
    List<String> settings =
        settings(
            "corpus.paths=" + directory + "/*.jsonl",
            "corpus.text-field=q",
            "corpus.answer-field=r",
            "tokenizer.kind=characters",
            "tokenizer.vocabulary=11",
            "chat.max-tokens=5",
            "chat.longer=cut");
    settings.remove("tokenizer.vocabulary=300");
    String told = told(CommandRun.with(settings, "tokenize"));
    assertTrue(told.contains("1 many-tokens"), told);
    assertEquals(Set.of("ab[cde]"), rows(dataset()));
    Files.writeString(directory.resolve("more.jsonl"), row.formatted("b", "ac"));
    told(CommandRun.with(settings, "tokenize", "--add"));
    assertEquals(Set.of("ab[cde]", "b[ac]"), rows(dataset()));
    Files.writeString(directory.resolve("again.jsonl"), row.formatted("c", "a"));
    settings.add("chat.template=chatml");
    CommandRun other = CommandRun.with(settings, "tokenize", "--add");
    assertEquals(2, other.exitCode());
    assertTrue(other.err().contains("chat.template is chatml, expected nothing"), other.err());
  }

  @Test
  void messagesAreWrittenByTheTemplateOfAFile() throws Exception {
    Files.writeString(
        directory.resolve("made.jinja"),
        "{% for m in messages %}{% if m.role == 'bad' %}{{ raise_exception('no such role') }}"
            + "{% endif %}{{ '<' + m.role + '>' + m.content + '</s>' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}");
    String turn = "{\"role\": \"%s\", \"content\": \"%s\"}";
    Files.write(
        directory.resolve("train.jsonl"),
        List.of(
            "{\"m\": [%s, %s]}"
                .formatted(turn.formatted("user", "Hi </s>"), turn.formatted("assistant", "Ho")),
            "{\"m\": [%s]}".formatted(turn.formatted("user", "alone")),
            "{\"m\": [%s, %s]}"
                .formatted(turn.formatted("bad", "a"), turn.formatted("assistant", "b")),
            "{\"m\": [{\"content\": \"x\"}]}",
            "{\"m\": \"[%s]\"}"
                .formatted(turn.formatted("assistant", "text").replace("\"", "\\\"")),
            "{\"m\": 3}"));
    List<String> settings =
        settings(
            "corpus.text-field=m",
            "corpus.text-type=messages",
            "tokenizer.vocabulary=258",
            "chat.control=[<user>, <assistant>, </s>]",
            "chat.template=" + directory.resolve("made.jinja"));
    String told = told(CommandRun.with(settings, "tokenize"));
    for (String reason : List.of("1 no-answer", "3 bad-messages")) {
      assertTrue(told.contains(reason), told);
    }
    assertEquals(Set.of("Hi </s>[Ho]", "[text]"), rows(dataset()));
    List<String> lines = Files.readAllLines(directory.resolve("data/rejected/part-00000.jsonl"));
    assertTrue(lines.toString().contains("the template finds no such role"), lines.toString());
    CommandRun missing =
        CommandRun.with(
            settings("corpus.text-field=m", "corpus.text-type=messages"),
            "tokenize",
            "--overwrite");
    assertEquals(2, missing.exitCode());
    assertTrue(
        missing.err().contains("chat.template must be plain, chatml, a file"), missing.err());
    Files.writeString(directory.resolve("made.jinja"), "{% include 'x' %}");
    CommandRun unread = CommandRun.with(settings, "tokenize", "--overwrite");
    assertEquals(2, unread.exitCode());
    assertTrue(unread.err().contains("line 1: the tag include, which is not known"), unread.err());
  }
}
