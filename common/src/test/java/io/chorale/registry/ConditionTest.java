package io.chorale.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a version that a condition refuses the number is given out, and nothing else is seen. */
class ConditionTest {
  private final Storage storage = new Storage(new Configuration());

  @TempDir java.nio.file.Path directory;
  private RegistryDrill drill;

  @BeforeEach
  void addOne() {
    drill = new RegistryDrill(storage, new Path(directory.toUri()));
    drill.add(1);
  }

  private String refused(Condition condition) {
    Addition wanted =
        new Addition(
            drill.run(),
            CheckpointChoice.LAST,
            0,
            State.PRODUCTION,
            new TreeMap<>(),
            new TreeMap<>(),
            "",
            condition);
    String told =
        assertThrows(ChoraleException.class, () -> drill.model().add(wanted)).getMessage();
    assertEquals(1, drill.model().newest().state().versions().size());
    return told;
  }

  @Test
  void itsFilesAreThereBeforeAnybodySeesThem() {
    List<Path> seen = new ArrayList<>();
    Condition condition =
        new Condition() {
          @Override
          public void written(Path version, Version facts) {
            facts.files().forEach(file -> file.check(storage, version, true));
            seen.add(version);
            throw new ChoraleException("it is no good");
          }
        };
    assertEquals("it is no good", refused(condition));
    assertEquals(List.of(drill.model().directory(2)), seen);
    assertEquals(Map.of(State.CANDIDATE, 1L), drill.model().newest().state().aliases());
  }

  @Test
  void whatOthersDoMeanwhileIsSeen() {
    Condition condition =
        new Condition() {
          @Override
          public void written(Path version, Version facts) {
            drill.model().promote(drill.model().newest(), 1, State.PRODUCTION, "");
          }

          @Override
          public void changes(State before) {
            throw new ChoraleException("in use: " + before.aliases());
          }
        };
    assertEquals("in use: {production=1}", refused(condition));
    assertEquals(Map.of(State.PRODUCTION, 1L), drill.model().newest().state().aliases());
  }
}
