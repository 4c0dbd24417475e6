package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;

/** What schedulers are given to call is a command that there is. */
class ScheduleFilesTest {
  private static final Path FILES = Path.of("../conf/schedule");
  private static final Pattern WORDS =
      Pattern.compile("/chorale (retrain(?: --?[a-z-]+| [/a-z.]+)*)");

  /** The words of the command in a file: on a line of its own, or as a list in YAML. */
  private static List<String> command(Path file) throws IOException {
    String text = Files.readString(file);
    if (file.toString().endsWith(".yaml")) {
      List<String> words = new ArrayList<>();
      new Yaml().loadAll(text).forEach(document -> words.addAll(arguments(document)));
      return words;
    }
    Matcher found = WORDS.matcher(text);
    assertTrue(found.find(), text);
    return List.of(found.group(1).split(" "));
  }

  /** The list under the key args or arguments, wherever it is. */
  private static List<String> arguments(Object node) {
    List<String> found = new ArrayList<>();
    if (node instanceof java.util.Map<?, ?> map) {
      map.forEach(
          (key, value) -> {
            if (key.equals("args") || key.equals("arguments")) {
              ((List<?>) value).forEach(word -> found.add(word.toString()));
            } else {
              found.addAll(arguments(value));
            }
          });
    } else if (node instanceof List<?> list) {
      list.forEach(each -> found.addAll(arguments(each)));
    }
    return found;
  }

  @Test
  void eachFileCallsACycle() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(FILES)) {
      files = all.filter(file -> !file.toString().matches(".*[.](md|timer)")).sorted().toList();
    }
    assertEquals(5, files.size(), files.toString());
    for (Path file : files) {
      List<String> command = command(file);
      CommandLine.ParseResult parsed =
          ChoraleCommand.commandLine().parseArgs(command.toArray(String[]::new));
      assertEquals("retrain", parsed.subcommand().commandSpec().name(), file.toString());
      assertTrue(
          parsed.subcommand().hasMatchedOption("--config"), file + " has no settings: " + command);
    }
  }
}
