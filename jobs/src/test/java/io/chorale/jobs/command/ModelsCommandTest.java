package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.train.TinyTraining;
import io.chorale.jobs.train.WordDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The registry by the command line, and the commands that read what is in it. */
class ModelsCommandTest {
  private static final int WRONG_USE = 2;

  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir static Path trained;
  @TempDir Path registry;
  private List<String> overrides;

  private static TinyTraining tiny() {
    return new TinyTraining(
        SPARK.session().context(), new Storage(new Configuration()), trained.toString());
  }

  @BeforeAll
  static void train() {
    tiny().dataset(400, 100);
    tiny().train(tiny().settings("run"));
  }

  @BeforeEach
  void use() {
    overrides =
        new ArrayList<>(tiny().overrides("run", "registry.path=" + registry, "registry.name=tiny"));
  }

  private CommandRun models(String... command) {
    List<String> all = new ArrayList<>(List.of("models"));
    all.addAll(List.of(command));
    return CommandRun.with(overrides, all.toArray(String[]::new));
  }

  private static String done(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  private static JsonNode json(CommandRun run) throws IOException {
    return JsonMapper.builder().build().readTree(done(run));
  }

  private static List<Long> numbers(JsonNode list) {
    return StreamSupport.stream(list.get("versions").spliterator(), false)
        .map(version -> version.get("number").asLong())
        .toList();
  }

  private void add(int versions) {
    for (int round = 1; round <= versions; round++) {
      done(models("add", "--checkpoint=" + round));
    }
  }

  @Test
  void fromARunToProductionAndBack() throws IOException {
    assertEquals("Registry file:%s has no models.%n".formatted(registry), list("--models"));
    JsonNode added = json(models("add", "--checkpoint=1", "--why=first", "--json"));
    assertEquals(1, added.get("number").asLong());
    assertEquals("candidate", added.get("aliases").get(0).asText());
    assertTrue(done(models("promote")).startsWith("tiny: production is version 1 now (commit 3)"));
    assertTrue(
        done(models("add", "--parent=production"))
            .startsWith("tiny: version 2 is the candidate, after round 3, loss "));
    assertTrue(done(models("promote", "2")).startsWith("tiny: production is version 2 now, was 1"));
    assertTrue(done(models("rollback")).startsWith("tiny: production is version 1 again, was 2"));
    JsonNode log = json(models("show", "--json")).get("log");
    assertEquals("ROLLED_BACK", log.get(0).get("event").get("did").asText());
    assertEquals("first", log.get(log.size() - 1).get("event").get("why").asText());
    assertTrue(done(models("remove", "2")).startsWith("tiny: removed version 2"));
    assertEquals(List.of(1L), numbers(json(models("list", "--json"))));
  }

  private String list(String... more) {
    List<String> command = new ArrayList<>(List.of("list"));
    command.addAll(List.of(more));
    return done(models(command.toArray(String[]::new)));
  }

  @Test
  void tablesNameWhatThereIs() {
    add(2);
    done(models("promote", "1", "--why", "line\nbreak\u001b[31m"));
    List<String> lines = list().lines().toList();
    assertTrue(
        lines.get(0).matches("version +parent +added \\(UTC\\) +round +validation +aliases"));
    assertTrue(lines.get(1).matches(" +2 +- +[-0-9]+ [:0-9]+ +2 +loss [.0-9]+ +candidate"));
    assertTrue(lines.get(2).matches(" +1 +- +[-0-9]+ [:0-9]+ +1 +loss [.0-9]+ +production"));
    String shown = done(models("show"));
    assertTrue(shown.contains("promoted 1 (production)  line break [31m"), shown);
    String version = done(models("show", "@production"));
    assertTrue(version.contains("run        file:" + trained + "/run, round 1"), version);
    assertTrue(version.contains("measured on validation, better is less loss"), version);
    assertTrue(done(models("show", "--card")).startsWith("# tiny, version 1\n"));
    assertTrue(list("--models").contains("tiny "));
  }

  @Test
  void twoVersionsBesideEachOther() throws IOException {
    add(1);
    tiny().train(tiny().settings("wider", "model.width=32"));
    done(models("add", trained + "/wider"));
    CommandRun compared = models("compare", "1", "@candidate");
    assertEquals("", compared.err());
    assertTrue(done(compared).contains("model.width  16"), compared.out());
    assertTrue(
        compared.out().lines().anyMatch(line -> line.matches("loss .* (better|worse)")),
        compared.out());
    JsonNode object = json(models("compare", "1", "2", "--json"));
    assertTrue(object.get("comparable").asBoolean());
    assertEquals(
        object.get("b").get("measured").get("values").get("loss").asDouble()
            - object.get("a").get("measured").get("values").get("loss").asDouble(),
        object.get("differences").get("loss").asDouble());
    assertEquals("[\"16\",\"32\"]", object.get("settings").get("model.width").toString());
  }

  @Test
  void lineageGoesBackToWhatWasRemoved() throws IOException {
    add(1);
    done(models("add", "--parent=1"));
    done(models("add", "--parent=2"));
    assertTrue(list().lines().toList().get(1).matches(" +3 +2 .*"));
    assertEquals(3, json(models("lineage", "3", "--json")).get("lineage").size());
    done(models("remove", "1"));
    String told = done(models("lineage", "@candidate"));
    assertTrue(told.contains("It was made from version 1, which was removed."), told);
    assertEquals(1, json(models("lineage", "3", "--json")).get("removed").asLong());
  }

  @Test
  void whatIsNotKeptGoesWhenOneIsAdded() throws IOException {
    add(2);
    done(models("promote", "1"));
    overrides.add("registry.keep=1");
    String told = done(models("add"));
    assertTrue(told.contains("Removed: 2 (registry.keep 1, registry.keep-days 0)"), told);
    assertEquals(List.of(3L, 1L), numbers(json(models("list", "--json"))));
    assertTrue(done(models("remove", "--due")).contains("nothing is due"));
    done(models("promote", "3", "--alias=blue"));
    done(models("remove", "--alias=blue"));
    assertFalse(json(models("show", "--json")).get("state").get("aliases").has("blue"));
  }

  @Test
  void aDecisionOfAnOldStateIsRefused() {
    add(2);
    done(models("promote", "1", "--after=4"));
    CommandRun late = models("promote", "2", "--after=4");
    assertEquals(1, late.exitCode());
    assertTrue(
        late.err().contains("commit 5 (promoted 1 (production)) was made meanwhile by "),
        late.err());
    assertEquals(WRONG_USE, models("promote", "2", "--after=9").exitCode());
    done(models("promote", "2", "--after=5"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "show other | registry .* has none of that name, expected one of \\[tiny\\]",
        "show @9 | versions \\[1\\] or the aliases \\{candidate=1\\}",
        "promote @blue | versions \\[1\\] or the aliases \\{candidate=1\\}",
        "promote ../x@1 | Cannot use the model ../x",
        "promote 1 --alias 7 | Cannot use the alias 7",
        "promote 1 --alias previous | it follows production",
        "rollback | it named no other version before",
        "remove 1 | candidate names it",
        "remove @candidate | it names no number",
        "remove 1 other@1 | expected those of one model",
        "remove --alias blue | expected one of \\[candidate\\]",
        "remove | Missing required argument",
        "compare 1 | Missing required parameter",
        "lineage | there is none, expected one of the versions \\[1\\]",
        "add /nowhere | no round was committed",
        "add --checkpoint 9 | expected one of the rounds 1, 2, 3",
        "add --parent 9 | there is none, expected one of the versions \\[1\\]",
        "add --alias a/b | Cannot use the alias a/b",
        "add --scorecard pom.xml | it is no JSON",
      })
  void whatCannotBeIsRefusedBeforeAnythingIsWritten(String command, String told)
      throws IOException {
    add(1);
    JsonNode before = json(models("show", "--json"));
    CommandRun refused = models(command.split(" "));
    assertEquals(WRONG_USE, refused.exitCode(), refused.err());
    assertTrue(
        refused.err().lines().findFirst().orElse("").matches(".*" + told + ".*"), refused.err());
    assertEquals(before, json(models("show", "--json")));
  }

  @Test
  void withoutASettingTheCommandSaysWhich() {
    overrides.removeIf(set -> set.startsWith("registry."));
    assertTrue(models("list").err().startsWith("registry.path must be set"));
    overrides.add("registry.path=" + registry);
    assertTrue(models("show").err().contains("registry.name is not set"));
  }

  private JsonNode read(String command, String model, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of(command, "--json"));
    if (!model.isEmpty()) {
      all.add("--model=" + model);
    }
    all.addAll(List.of(more));
    ObjectNode object = (ObjectNode) json(CommandRun.with(overrides, all.toArray(String[]::new)));
    object.remove(List.of("tokens_per_second", "seconds", "output"));
    return object;
  }

  @Test
  void whatReadsARunReadsAVersion() throws IOException {
    add(2);
    done(models("promote", "1"));
    for (String command : List.of("evaluate", "generate")) {
      ObjectNode expected = (ObjectNode) read(command, "", "--checkpoint=1");
      expected.put("model", "registry:tiny@1");
      assertEquals(expected, read(command, "registry:@production"));
      assertEquals(expected, read(command, "registry:tiny"));
      assertEquals(expected, read(command, "registry:tiny@000001"));
      assertEquals(2, read(command, "registry:tiny@candidate").get("round").asLong());
    }
    overrides.add("run.path=registry:tiny@production");
    assertEquals("registry:tiny@1", read("evaluate", "").get("model").asText());
    done(models("promote", "2"));
    assertEquals("registry:tiny@2", read("evaluate", "").get("model").asText());
    done(models("rollback"));
    CommandRun told = CommandRun.with(overrides, "evaluate");
    assertTrue(
        told.err()
            .startsWith(
                "registry:tiny@production is version 1: round 1 of file:" + trained + "/run"),
        told.err());
  }

  @Test
  void predictionsKnowTheirVersion() throws IOException {
    add(1);
    Path rows = Files.writeString(registry.resolve("rows.txt"), "abc\n");
    Path output = registry.resolve("out");
    overrides.addAll(List.of("predict.paths=" + rows, "predict.output=" + output));
    assertEquals(
        "registry:tiny@1", read("predict", "registry:tiny@candidate").get("model").asText());
    String kept = Files.readString(output.resolve("_predictions/predictions.json"));
    assertTrue(kept.contains("/tiny/versions/000001, round 1\""), kept);
  }

  @Test
  void wordVectorsComeFromAVersion() throws IOException {
    String data = "data.path=" + trained + "/texts";
    WordDataset.write(
        tiny().storage(),
        new org.apache.hadoop.fs.Path(trained + "/texts"),
        WordDataset.tokenizer(),
        12,
        60);
    tiny()
        .train(
            tiny()
                .settings(
                    "words",
                    data,
                    "task.kind=word-vectors",
                    "vectors.size=16",
                    "vectors.min-count=1"));
    overrides.add(data);
    done(models("add", trained + "/words", "--name=words"));
    String reference = "registry:words@candidate";
    String version = registry + "/words/versions/000001, round 3";

    Path file = registry.resolve("words.txt");
    done(CommandRun.with(overrides, "vectors", "--model=" + reference, "--output=" + file));
    overrides.add("embeddings.from=" + reference);
    assertTrue(done(CommandRun.with(overrides, "plan")).contains(version));
    overrides.add("run.path=" + registry.resolve("begun"));
    done(CommandRun.with(overrides, "train"));
    String kept = Files.readString(registry.resolve("begun/embeddings.json"));
    assertTrue(kept.contains(version), kept);

    overrides.add("embed.from=" + reference);
    String word = Files.readAllLines(file).get(1).split(" ")[0];
    CommandRun asked = CommandRun.with(overrides, "embed", "--query=" + word);
    assertTrue(done(asked).startsWith(word), asked.out());
    assertTrue(asked.err().startsWith(reference + " is version 1: round 3 of "), asked.err());
    CommandRun both = CommandRun.with(overrides, "embed", "--query=b", "--model=" + reference);
    assertEquals(WRONG_USE, both.exitCode());
    assertTrue(both.err().contains("embed.from and --model are given"), both.err());
  }

  @Test
  void readersLeaveAVersionAsItIs() {
    add(1);
    CommandRun report = CommandRun.with(overrides, "report", "--run=registry:tiny@1");
    assertEquals(WRONG_USE, report.exitCode());
    assertTrue(report.err().contains("it is a version in a registry"), report.err());
    Path page = registry.resolve("page.html");
    done(CommandRun.with(overrides, "report", "--run=registry:tiny@1", "--output=" + page));
    assertTrue(Files.exists(page));
    overrides.add("run.path=" + registry + "/tiny/versions/000001");
    CommandRun train = CommandRun.with(overrides, "train");
    assertEquals(WRONG_USE, train.exitCode());
    assertTrue(train.err().contains("it is a version in a registry"), train.err());
  }
}
