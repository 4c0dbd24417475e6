package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.jobs.spark.SharedSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A dataset and runs written by a past version open, go on, are evaluated and write text.
 *
 * <p>The fixtures are a dataset of format 1 and two runs of 12 local steps with checkpoints of
 * format 2, whose driver died after the second of three rounds. Beside them lies the model with
 * which that version ended. On another processor the last digits differ.
 */
class OldFilesTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  private static final Path FIXTURES =
      Path.of("../common/src/test/resources/fixtures/dataset-1-checkpoint-2");

  @TempDir Path temporary;

  @BeforeEach
  void copy() throws IOException {
    try (Stream<Path> files = Files.walk(FIXTURES)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = temporary.resolve(FIXTURES.relativize(file).toString());
        if (!Files.isDirectory(target)) {
          Files.copy(file, target);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "transformer, 2.971973325146569",
    "lstm, 2.98762293126848",
  })
  void aRunOfThePastGoesOnAndEndsAsItWouldHave(String kind, double loss) throws IOException {
    CommandRun train = run("train", kind);
    assertEquals(0, train.exitCode(), train.toString());
    assertTrue(train.err().contains("goes on after round 2 of 3"), train.err());

    Path round = temporary.resolve(kind + "/checkpoints/round-00000003");
    byte[] model;
    try (Stream<Path> files = Files.list(round)) {
      model =
          Files.readAllBytes(
              files.filter(found -> name(found).startsWith("model-")).findFirst().orElseThrow());
    }
    byte[] expected = Files.readAllBytes(temporary.resolve(kind + "-final.safetensors"));
    assertEquals(header(expected), header(model));
    assertArrayEquals(floats(expected), floats(model), 2e-5f);

    CommandRun evaluate = run("evaluate", kind, "--json");
    assertEquals(0, evaluate.exitCode(), evaluate.toString());
    JsonNode measured = JsonMapper.builder().build().readTree(evaluate.out());
    assertEquals(loss, measured.get("loss").doubleValue(), 1e-5);
    assertEquals(180, measured.get("tokens").longValue());
    assertEquals(3, measured.get("round").longValue());

    CommandRun generate =
        run("generate", kind, "--prompt", "the sea", "--set", "generate.tokens=5");
    assertEquals(0, generate.exitCode(), generate.toString());
    assertTrue(generate.out().startsWith("the sea"), generate.out());
  }

  @Test
  void whatTheFixturesHoldIsAllThere() throws IOException {
    try (Stream<Path> files = Files.walk(FIXTURES)) {
      assertEquals(25, files.filter(Files::isRegularFile).count());
    }
  }

  private CommandRun run(String command, String kind, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                "--config",
                temporary.resolve(kind + "/settings.yaml").toString(),
                "--set",
                "data.path=" + temporary.resolve("dataset"),
                "--set",
                "run.path=" + temporary.resolve(kind)));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  /** The header of a safetensors file: names, types, shapes and places of its arrays. */
  private static String header(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    return new String(file, 8, (int) bytes.getLong(0), StandardCharsets.UTF_8);
  }

  /** The elements of all its arrays, which are float32. */
  private static float[] floats(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer elements =
        bytes
            .position(8 + (int) bytes.getLong(0))
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] values = new float[elements.remaining()];
    elements.get(values);
    return values;
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }
}
