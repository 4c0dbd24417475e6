package io.chorale.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Runs the machine's Python, where it has what exported code needs. */
public final class Python {
  private Python() {}

  /**
   * Names the module that Python lacks, or says that there is no Python; empty where all is there.
   */
  public static Optional<String> missing() throws IOException, InterruptedException {
    return missing("numpy, regex");
  }

  /** As {@link #missing()}, of modules with commas between them. */
  static Optional<String> missing(String modules) throws IOException, InterruptedException {
    Path log = Files.createTempFile("python", ".log");
    try {
      Process process =
          new ProcessBuilder("python3", "-c", "import " + modules)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      return process.waitFor() == 0 ? Optional.empty() : Optional.of(Files.readString(log).strip());
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    } finally {
      Files.delete(log);
    }
  }

  /** What the models answer. */
  public static JsonNode run(JsonNode asked) throws IOException, InterruptedException {
    return run("predict.py", asked);
  }

  /** What a script of these resources answers. */
  static JsonNode run(String name, JsonNode asked) throws IOException, InterruptedException {
    Path script = Files.createTempFile("predict", ".py");
    Path input = Files.createTempFile("asked", ".json");
    Path errors = Files.createTempFile("python", ".log");
    try (InputStream in = Python.class.getResourceAsStream(name)) {
      Files.write(script, in.readAllBytes());
      Files.write(input, asked.toString().getBytes(UTF_8));
      ProcessBuilder builder =
          new ProcessBuilder("python3", "-B", script.toString())
              .redirectInput(input.toFile())
              .redirectError(errors.toFile());
      builder.environment().put("PYTHONUTF8", "1");
      Process process = builder.start();
      byte[] answers = process.getInputStream().readAllBytes();
      assertEquals(0, process.waitFor(), Files.readString(errors));
      return JsonMapper.builder().build().readTree(answers);
    } finally {
      for (Path file : List.of(script, input, errors)) {
        Files.delete(file);
      }
    }
  }
}
