package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;

/** The image and the services of compose.yaml name only what there is. */
class DockerFilesTest {
  private static final Path HOME = Path.of("..");
  private static final Pattern TAGGED = Pattern.compile("[a-z0-9./-]+:(?!latest$)[a-z0-9.-]+");
  private static final Pattern DEFAULT = Pattern.compile("\\$\\{([A-Z_]+):-([^}]*)}");

  /** Of the image: what is copied, by its place in it. */
  private static final Map<String, String> COPIED = new LinkedHashMap<>();

  private static final List<String[]> LINES = new ArrayList<>();
  private static final Map<String, Object> COMPOSE;

  static {
    try {
      String file = Files.readString(HOME.resolve("docker/Dockerfile")).replace("\\\n", " ");
      file.lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(line -> LINES.add(line.trim().split("\\s+", 2)));
      COMPOSE = new Yaml().load(Files.readString(HOME.resolve("docker/compose.yaml")));
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
    for (String[] line : LINES) {
      if (line[0].equals("COPY")) {
        List<String> words =
            Pattern.compile("\\s+")
                .splitAsStream(line[1])
                .filter(w -> !w.startsWith("--"))
                .toList();
        COPIED.put(words.get(1), words.get(0));
      }
    }
  }

  private static List<String> instructions(String name) {
    return LINES.stream().filter(line -> line[0].equals(name)).map(line -> line[1]).toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Map<String, Object>> services() {
    return (Map<String, Map<String, Object>>) COMPOSE.get("services");
  }

  @Test
  void theImageHoldsWhatTheBuildLaysOut() throws IOException {
    assertTrue(COPIED.size() >= 4, COPIED.toString());
    List<String> sent = Files.readAllLines(HOME.resolve(".dockerignore"));
    String pom = Files.readString(HOME.resolve("jobs/pom.xml"));
    for (String source : COPIED.values()) {
      assertTrue(sent.contains("!" + source), source + " is not sent: " + sent);
      Matcher built = Pattern.compile("jobs/target/(\\w+)\\.jar").matcher(source);
      if (built.matches()) {
        assertTrue(pom.contains("<finalName>%s</finalName>".formatted(built.group(1))), source);
      } else {
        assertTrue(Files.exists(HOME.resolve(source)), source);
      }
    }
    assertEquals(
        COPIED.size(), sent.stream().filter(line -> line.startsWith("!")).count(), sent.toString());
  }

  @Test
  void itsBaseIsPinnedAndItsUserIsNotRoot() {
    assertEquals(List.of("${BASE}"), instructions("FROM"));
    String base = instructions("ARG").get(0);
    assertTrue(TAGGED.matcher(base.substring("BASE=".length())).matches(), base);
    List<String> users = instructions("USER");
    assertTrue(users.get(users.size() - 1).matches("[1-9][0-9]*"), users.toString());
    assertTrue(COPIED.containsKey("/opt/chorale/conf"), COPIED.toString());
  }

  @Test
  void itTellsWhetherItIsWell() throws IOException {
    List<String> health = instructions("HEALTHCHECK");
    assertEquals(1, health.size());
    Matcher command = Pattern.compile(".* CMD \\[\"(.+?)\", \"(.+?)\"]").matcher(health.get(0));
    assertTrue(command.matches(), health.get(0));
    program(command.group(1));
    assertTrue(roles().contains(command.group(2)));
  }

  /** That a program of the image is one that is copied into it, and can be run. */
  private static void program(String path) {
    assertTrue(COPIED.containsKey(path), path + " is none of " + COPIED.keySet());
    assertTrue(Files.isExecutable(HOME.resolve(COPIED.get(path))), path);
  }

  /** What docker/node can be told. */
  private static Set<String> roles() throws IOException {
    Set<String> roles = new TreeSet<>();
    Matcher role =
        Pattern.compile("(?m)^  ([a-z]+)\\)")
            .matcher(Files.readString(HOME.resolve("docker/node")));
    while (role.find()) {
      roles.add(role.group(1));
    }
    return roles;
  }

  @Test
  void eachServiceCallsWhatThereIs() throws IOException {
    assertEquals(Set.of("master", "worker", "history", "retrain", "chorale"), services().keySet());
    for (Map.Entry<String, Map<String, Object>> service : services().entrySet()) {
      Map<String, Object> is = service.getValue();
      List<?> words = (List<?>) is.getOrDefault("command", is.get("entrypoint"));
      program((String) words.get(0));
      assertTrue(roles().contains(words.get(1)), words.toString());
      assertTrue(TAGGED.matcher(byDefault((String) is.get("image"))).matches(), is.toString());
      if (is.get("depends_on") instanceof Map<?, ?> others) {
        others.forEach(
            (other, condition) -> {
              assertTrue(services().containsKey(other), other.toString());
              assertEquals(Map.of("condition", "service_healthy"), condition);
            });
      }
      for (Object volume : (List<?>) is.get("volumes")) {
        String source = byDefault((String) volume).split(":")[0];
        assertTrue(
            source.startsWith(".") || ((Map<?, ?>) COMPOSE.get("volumes")).containsKey(source),
            source);
      }
      for (Object port : (List<?>) is.getOrDefault("ports", List.of())) {
        assertTrue(((String) port).startsWith("127.0.0.1:"), port.toString());
      }
    }
    Map<?, ?> deploy = (Map<?, ?>) services().get("worker").get("deploy");
    assertEquals(2, deploy.get("replicas"));
  }

  private static String byDefault(String value) {
    return DEFAULT.matcher(value).replaceAll(found -> Matcher.quoteReplacement(found.group(2)));
  }

  /** The user's volumes are directories of the image, owned by its user. */
  @Test
  void eachVolumeBelongsToTheUser() {
    String owned = instructions("RUN").get(0);
    List<String> users = instructions("USER");
    assertTrue(owned.contains("-o " + users.get(users.size() - 1)), owned);
    for (Object volume : (List<?>) services().get("retrain").get("volumes")) {
      String[] parts = byDefault((String) volume).split(":");
      if (!parts[0].startsWith(".")) {
        assertTrue((owned + " ").contains(" " + parts[1] + " "), parts[1]);
      }
    }
  }

  @Test
  void variablesAreReadByWhatIsStarted() throws IOException {
    String read =
        Files.readString(HOME.resolve("docker/node"))
            + Files.readString(HOME.resolve("scripts/chorale"));
    String told = Files.readString(HOME.resolve("docker/compose.yaml"));
    String comment = told.substring(0, told.indexOf("name:"));
    for (Map<String, Object> service : services().values()) {
      for (Map.Entry<?, ?> variable :
          ((Map<?, ?>) service.getOrDefault("environment", Map.of())).entrySet()) {
        String name = (String) variable.getKey();
        if (name.startsWith("AWS_") || name.equals("CHORALE_WEBHOOK")) {
          // No secret stands in the file, not even as a default.
          assertNull(variable.getValue(), name);
        } else {
          assertTrue(read.contains(name), name);
        }
      }
    }
    Matcher variable = DEFAULT.matcher(told);
    while (variable.find()) {
      if (!Set.of("CHORALE_IMAGE", "CHORALE_WORKER_CORES").contains(variable.group(1))) {
        assertTrue(comment.contains(variable.group(1)), variable.group(1) + " is not explained");
      }
    }
  }

  @Test
  void theServiceRetrainsAndIsGivenTimeToStop() {
    Map<String, Object> retrain = services().get("retrain");
    List<String> words = ((List<?>) retrain.get("command")).stream().map(Object::toString).toList();
    CommandLine.ParseResult parsed =
        ChoraleCommand.commandLine()
            .parseArgs(
                words.subList(1, words.size()).stream()
                    .map(DockerFilesTest::byDefault)
                    .toArray(String[]::new));
    assertEquals("retrain", parsed.subcommand().commandSpec().name());
    assertTrue(parsed.subcommand().hasMatchedOption("--config"));
    Matcher grace = Pattern.compile("([0-9]+)s").matcher((String) retrain.get("stop_grace_period"));
    assertTrue(grace.matches() && Integer.parseInt(grace.group(1)) > 30, grace.toString());
    assertNotEquals("no", retrain.get("restart"));
    assertFalse(((List<?>) retrain.get("profiles")).isEmpty());
  }
}
