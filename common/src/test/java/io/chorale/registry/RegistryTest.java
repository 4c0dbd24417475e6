package io.chorale.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Faults;
import io.chorale.io.FaultyFileSystem;
import io.chorale.io.ObjectStoreFileSystem;
import io.chorale.io.Storage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryTest {
  @TempDir java.nio.file.Path directory;
  private Storage storage;
  private RegistryDrill drill;

  /** A store, and with {@code late} one whose lists tell of new objects late. */
  private RegistryDrill on(String store) {
    Configuration configuration = FaultyFileSystem.configuration();
    ObjectStoreFileSystem.register(configuration);
    ObjectStoreFileSystem.clear(store.equals("late") ? 3 : 0);
    storage = new Storage(configuration);
    String root =
        switch (store) {
          case "file" -> directory.toUri().toString();
          case "faulty" -> "faulty://" + directory;
          default -> "objects://bucket/top";
        };
    drill = new RegistryDrill(storage, new Path(root));
    return drill;
  }

  @AfterEach
  void end() {
    Faults.end();
    ObjectStoreFileSystem.clear(0);
  }

  private Path at(String path) {
    return new Path(drill.root(), path);
  }

  private List<String> names(String path) {
    return storage.list(at(path)).stream().map(FileStatus::getPath).map(Path::getName).toList();
  }

  private static String refusal(Class<? extends ChoraleException> type, Runnable action) {
    return assertThrows(type, action::run).getMessage();
  }

  private long named(String alias) {
    return drill.model().newest().state().aliases().get(alias);
  }

  private void promote(long number) {
    drill.model().promote(drill.model().newest(), number, State.PRODUCTION, "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "objects", "late"})
  void fromRunToReaderAndBack(String store) {
    on(store).wholeWay();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "objects", "late"})
  void ofTwentyPromotionsAtOnceOneIsMade(String store) {
    on(store).promotionsAtOnce();
  }

  @Test
  void whatIsAddedAtOnceIsAllAdded() {
    on("file").add(1);
    Path run = at("run");
    List<Object> results =
        RegistryDrill.together(
            4, () -> () -> drill.model().add(Addition.of(run, CheckpointChoice.LAST)));
    assertEquals(
        List.of(2L, 3L, 4L, 5L),
        results.stream()
            .map(RegisteredModel.Opened.class::cast)
            .map(opened -> opened.facts().number())
            .sorted()
            .toList());
    assertEquals(5, drill.model().newest().state().versions().size());
  }

  @Test
  void aVersionIsARunForEveryReader() {
    on("file").add(0);
    RegisteredModel.Opened added =
        drill
            .model()
            .add(
                new Addition(
                    at("run"),
                    new CheckpointChoice("1"),
                    0,
                    "",
                    new TreeMap<>(Map.of(Version.SCORECARD, "{}".getBytes(UTF_8))),
                    new TreeMap<>(),
                    "why",
                    Condition.NONE));
    Version facts = drill.model().open("1").facts();
    assertEquals(added.facts(), facts);
    assertEquals(new Version.Origin(at("run").toString(), 1), facts.origin());
    assertEquals(List.of("dataset", "source.web"), List.copyOf(facts.datasets().keySet()));
    assertEquals(Optional.of(2.5), facts.score());
    assertFalse(facts.measured().higher());
    assertEquals(List.of("loss"), List.copyOf(facts.measured().values().keySet()));
    assertTrue(facts.has(Version.SCORECARD));
    assertEquals(
        List.of(
            "card.md",
            "checkpoints",
            "metrics.jsonl",
            "schema.json",
            "scorecard.json",
            "settings.yaml",
            "version.json"),
        names("registry/tiny/versions/000001"));
    String card = new String(storage.readFully(new Path(added.path(), "card.md"), 99999), UTF_8);
    assertTrue(card.startsWith("# tiny, version 1\n"), card);
    assertTrue(card.contains("| loss | 2.5 |"), card);
    assertTrue(card.contains("| model.width | 8 |"), card);

    TrainedModel there = open(at("run"), "1");
    TrainedModel here = open(added.path(), "last");
    assertEquals(there.parameters(), here.parameters());
  }

  private TrainedModel open(Path path, String checkpoint) {
    return TrainedModel.open(
        storage,
        SettingsFile.with(SettingsFile.defaults(), "run.path=" + path),
        new CheckpointChoice(checkpoint));
  }

  @Test
  void rollingBackGoesBackStepByStep() {
    on("file").add(3);
    promote(1);
    assertFalse(drill.model().newest().state().aliases().containsKey(State.PREVIOUS));
    promote(2);
    promote(3);
    // What is in use is no candidate any more.
    assertFalse(drill.model().newest().state().aliases().containsKey(State.CANDIDATE));
    assertEquals(2, named(State.PREVIOUS));
    drill.model().rollBack(drill.model().newest(), State.PRODUCTION, "");
    assertEquals(2, named(State.PRODUCTION));
    assertEquals(1, named(State.PREVIOUS));
    drill.model().rollBack(drill.model().newest(), State.PRODUCTION, "");
    assertEquals(1, named(State.PRODUCTION));
    assertTrue(
        refusal(
                SettingsException.class,
                () -> drill.model().rollBack(drill.model().newest(), State.PRODUCTION, ""))
            .startsWith("Cannot roll production back: it named no other version before"));
  }

  @Test
  void aliasesAreOfAnyNameAndGuardWhatTheyName() {
    on("file").add(3);
    RegisteredModel model = drill.model();
    model.promote(model.newest(), 1, "team.blue", "");
    promote(2);
    assertTrue(
        refusal(SettingsException.class, () -> model.remove(model.newest(), List.of(1L), ""))
            .contains("team.blue names it"));
    assertTrue(
        refusal(SettingsException.class, () -> model.promote(model.newest(), 1, State.PREVIOUS, ""))
            .contains("it follows production"));
    assertTrue(refusal(SettingsException.class, () -> promote(2)).contains("names it already"));
    assertTrue(refusal(SettingsException.class, () -> promote(9)).contains("there is none"));
    model.unname(model.newest(), "team.blue", "");
    model.remove(model.newest(), List.of(1L), "");
    assertTrue(
        refusal(SettingsException.class, () -> promote(1)).contains("there is none any more"));
    assertTrue(
        refusal(SettingsException.class, () -> model.open("team.blue"))
            .contains("expected one of the versions [2, 3] or the aliases"));
  }

  @Test
  void aStaleBaseIsToldWhoWon() {
    on("file").add(2);
    Commit base = drill.model().newest();
    promote(1);
    String told =
        refusal(StaleBase.class, () -> drill.model().promote(base, 2, State.PRODUCTION, ""));
    assertTrue(told.contains("(promoted 1 (production)) was made meanwhile by "), told);
    assertEquals(1, named(State.PRODUCTION));
  }

  @ParameterizedTest
  @CsvSource({"2, 0, '2, 4, 5'", "0, 3, '2, 5'", "0, 0, '1, 2, 3, 4, 5'", "9, 0, '1, 2, 3, 4, 5'"})
  void retentionKeepsWhatAliasesName(int keep, int days, String kept) {
    on("file").add(5);
    RegisteredModel model = drill.model();
    promote(2);
    model.unname(model.newest(), State.CANDIDATE, "");
    at(Duration.ofDays(4)).retain(new Retention(keep, days));
    assertEquals(
        kept,
        String.join(
            ", ", model.newest().state().versions().stream().map(e -> "" + e.number()).toList()));
    assertEquals(kept.split(", ").length, names("registry/tiny/versions").size());
  }

  /** The model as a process sees it whose clock is ahead. */
  private RegisteredModel at(Duration ahead) {
    Clock clock = Clock.fixed(Instant.now().plus(ahead), ZoneOffset.UTC);
    return new Registry(storage, at("registry"), clock).model("tiny");
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "objects"})
  void whoeverDiesWhenever(String store) {
    on(store).add(1);
    promote(1);
    Path run = at("run");
    for (int changes = 0; ; changes++) {
      AtomicInteger asked = Faults.killAfter(changes);
      boolean done;
      try {
        drill.model().add(Addition.of(run, CheckpointChoice.LAST));
        done = true;
      } catch (ChoraleException e) {
        done = false;
      }
      Faults.end();
      State state = drill.model().newest().state();
      // Readers see what was committed, whole, and nothing else.
      for (State.Entry entry : state.versions()) {
        drill.model().open(Long.toString(entry.number()));
      }
      assertEquals(1, drill.model().open(State.PRODUCTION).facts().number());
      if (done && asked.get() <= changes) {
        break;
      }
    }
    State left = drill.model().newest().state();
    assertFalse(left.open().isEmpty());
    at(Duration.ofHours(25)).retain(new Retention(0, 0));
    State state = drill.model().newest().state();
    assertEquals(List.of(), state.open());
    assertEquals(state.versions().size(), names("registry/tiny/versions").size());
    assertEquals(left.next(), state.next());
    assertTrue(
        names("registry/tiny/commits").stream().noneMatch(name -> name.startsWith(".")),
        names("registry/tiny/commits").toString());
  }

  @Test
  void aWriterThatWakesUpAfterItWasGivenUpIsRefused() {
    on("file").add(1);
    List<Runnable> once = new ArrayList<>();
    on("faulty").add(0);
    once.add(() -> at(Duration.ofHours(25)).retain(new Retention(0, 0)));
    Faults.follow(
        (operation, path) -> {
          if (path.getName().contains(Version.FILE) && operation.equals("create")) {
            once.remove(0).run();
          }
        });
    String told =
        refusal(
            ChoraleException.class,
            () -> drill.model().add(Addition.of(at("run"), CheckpointChoice.LAST)));
    assertTrue(told.contains("was given up meanwhile"), told);
  }

  @Test
  void damageIsTold() {
    on("file").add(2);
    promote(1);
    Path version = drill.model().directory(1);
    Path schema = new Path(version, "schema.json");
    byte[] bytes = storage.readFully(schema, 99999);
    bytes[5] ^= 1;
    storage.publish(schema, bytes);
    assertTrue(
        refusal(ChoraleException.class, () -> drill.model().open("1")).contains("its SHA-256 is"));
    storage.deleteRecursively(schema);
    assertTrue(
        refusal(ChoraleException.class, () -> drill.model().open(State.PRODUCTION))
            .contains("schema.json: it is missing, expected the file as when the version was"));
    Path other = new Path(drill.model().directory(2), Version.FILE);
    storage.publish(new Path(version, Version.FILE), storage.readFully(other, 99999));
    assertTrue(
        refusal(ChoraleException.class, () -> drill.model().open("1"))
            .contains("it is not the one that was added"));
    Path newest =
        at("registry/tiny/commits/00000000%d.json".formatted(drill.model().newest().number()));
    storage.publish(newest, "{}".getBytes(UTF_8));
    assertTrue(
        refusal(ChoraleException.class, () -> drill.model().open("2"))
            .contains("it is no chorale-registry-commit"));
  }

  @Test
  void aStoreThatOverwritesIsRefused() {
    on("objects");
    ObjectStoreFileSystem.replaceWhateverIsAsked();
    Path run = MadeRun.write(storage, at("run"), 2.5);
    String told =
        refusal(
            ChoraleException.class,
            () -> drill.model().add(Addition.of(run, CheckpointChoice.LAST)));
    assertTrue(
        told.startsWith(
            "Cannot use registry objects://bucket/top/registry: its store lets the second of two"),
        told);
    assertTrue(
        ObjectStoreFileSystem.keys().stream().noneMatch(key -> key.contains("registry")),
        ObjectStoreFileSystem.keys().toString());
  }

  @Test
  void theStoreIsTriedOnce() {
    on("objects").add(1);
    List<String> written = new ArrayList<>();
    Faults.follow(
        (operation, path) -> {
          if (operation.equals("create")) {
            written.add(path.getName());
          }
        });
    promote(1);
    assertEquals(List.of("000000003.json"), written);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "registry:sst2@production | '' | sst2 | production",
        "sst2@42 | '' | sst2 | 42",
        "sst2 | '' | sst2 | production",
        "registry:sst2 | other | sst2 | production",
        "@candidate | sst2 | sst2 | candidate",
        "7 | sst2 | sst2 | 7",
        "a.b-c_d@x.y | '' | a.b-c_d | x.y",
      })
  void references(String text, String usual, String model, String version) {
    assertEquals(new ModelReference(model, version), ModelReference.parse(text, usual));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "@production",
        "7",
        "..",
        "../x",
        "a/b",
        "a/../b@1",
        "/etc",
        "a@",
        "a@b@c",
        "a@..",
        "a@b/c",
        ".a",
        "a..b",
        "a b",
        "a\nb",
        "a@1234567890123456789",
        "a%2fb",
        "é",
      })
  void hostileReferencesAreRefused(String text) {
    assertThrows(SettingsException.class, () -> ModelReference.parse(text, ""));
  }

  @Test
  void attachedFilesComeWithTheCommit() {
    on("file").add(1);
    RegisteredModel model = drill.model();
    Attachment ledger = model.write("ledger", "files".getBytes(UTF_8));
    assertEquals(new TreeMap<>(), model.newest().state().attached());
    TreeMap<String, Attachment> attached = new TreeMap<>();
    attached.put("ledger", ledger);
    model.add(
        new Addition(
            at("run"),
            CheckpointChoice.LAST,
            1,
            "",
            new TreeMap<>(),
            attached,
            "retrained",
            Condition.NONE));
    promote(2);
    State state = drill.model().newest().state();
    assertEquals(ledger, state.attached().get("ledger"));
    assertArrayEquals("files".getBytes(UTF_8), model.read(ledger));
    assertEquals(1, state.find(2).orElseThrow().parent());
    storage.publish(at("registry/tiny/" + ledger.path()), "other".getBytes(UTF_8));
    assertThrows(ChoraleException.class, () -> model.read(ledger));
  }
}
