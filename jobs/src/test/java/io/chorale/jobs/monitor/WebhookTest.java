package io.chorale.jobs.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.AlertSettings;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outcomes posted to real servers on loopback that do not always want them. */
class WebhookTest {
  private static final Outcome OUTCOME =
      new Outcome(
          "train",
          Outcome.FAILED,
          "file:/runs/a",
          "Cannot go on: the disk is \"full\"\nFree space.",
          new TreeMap<>(Map.of("round", 7, "measures", Map.of("train_loss", 1.25))));

  private final Warnings warnings = new Warnings();

  @BeforeEach
  void listen() {
    warnings.start();
    Configurator.setLevel(Webhook.class, Level.WARN);
    ((Logger) LogManager.getLogger(Webhook.class)).addAppender(warnings);
  }

  @AfterEach
  void listenNoMore() {
    ((Logger) LogManager.getLogger(Webhook.class)).removeAppender(warnings);
  }

  @Test
  void postsWhatHasHappened() throws Exception {
    try (HookServer server = new HookServer(204)) {
      assertTrue(hook(server.url()).post(OUTCOME));

      assertEquals(1, server.requests().size());
      HookServer.Request request = server.requests().get(0);
      assertEquals("POST", request.method());
      assertEquals("/hook", request.path());
      assertEquals("application/json", request.type());
      assertNull(request.authorization());
      JsonNode json = JsonMapper.builder().build().readTree(request.body());
      assertEquals("train", json.path("command").asText());
      assertEquals("failed", json.path("outcome").asText());
      assertEquals("file:/runs/a", json.path("run").asText());
      assertEquals(7, json.path("round").asLong());
      assertEquals(1.25, json.path("measures").path("train_loss").asDouble());
      assertEquals(OUTCOME.reason(), json.path("reason").asText());
      assertEquals(
          "Chorale: train of file:/runs/a failed (train_loss 1.2500, round 7): " + OUTCOME.reason(),
          json.path("text").asText());
      assertFalse(Instant.parse(json.path("time").asText()).isAfter(Instant.now()));
    }
    assertEquals("", warnings.text);
  }

  @Test
  void postsAgainWhereTheServerFails() throws Exception {
    try (HookServer server = new HookServer(500, 503, 429, 200)) {
      assertTrue(hook(server.url()).post(OUTCOME));
      assertEquals(4, server.requests().size());
      assertEquals(
          1,
          server.requests().stream()
              .map(HookServer.Request::body)
              .map(WebhookTest::text)
              .distinct()
              .count());
    }
    assertEquals("", warnings.text);
  }

  @Test
  void givesUpWithAWarningWhereTheServerGoesOnFailing() throws Exception {
    try (HookServer server = new HookServer(500)) {
      assertFalse(hook(server.url()).post(OUTCOME));
      assertEquals(4, server.requests().size());
    }
    assertTrue(
        warnings
            .text
            .lines()
            .toList()
            .get(0)
            .matches(
                "Could not post to alerts.webhook \\(http://127.0.0.1:\\d+/hook\\) that train has"
                    + " failed: it answered 500 \\(attempt 4 of 4\\).*"),
        warnings.text);
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 400, 401, 404})
  void asksOnceWhereTheServerRefuses(int status) throws Exception {
    try (HookServer server = new HookServer(status)) {
      assertFalse(hook(server.url()).post(OUTCOME));
      assertEquals(1, server.requests().size());
    }
    assertTrue(
        warnings.text.contains("it answered " + status + " (attempt 1 of 4)"), warnings.text);
  }

  @ParameterizedTest
  @ValueSource(ints = {HookServer.HANGS, HookServer.HANGS_IN_BODY})
  void waitsForNoServerThatHangs(int how) throws Exception {
    try (HookServer server = new HookServer(how, 200)) {
      assertTrue(hook(server.url()).post(OUTCOME));
      assertEquals(2, server.requests().size());
    }
    try (HookServer server = new HookServer(how)) {
      assertFalse(hook(server.url()).post(OUTCOME));
      assertEquals(4, server.requests().size());
    }
    assertTrue(warnings.text.contains("no answer in 1 seconds (alerts.timeout)"), warnings.text);
  }

  @Test
  void warnsWhereNobodyListens() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertFalse(hook("http://127.0.0.1:" + port).post(OUTCOME));
    assertTrue(warnings.text.contains("ConnectException (attempt 4 of 4)"), warnings.text);
  }

  @Test
  void secretsComeFromTheEnvironmentAndAreToldNowhere() throws Exception {
    try (HookServer server = new HookServer(403)) {
      Map<String, String> environment =
          Map.of("HOOK", server.url() + "/hush", "TOKEN", "Bearer hush\n");
      AlertSettings settings = new AlertSettings("env:HOOK", "env:TOKEN", 1);
      assertFalse(Webhook.of(settings, environment, Duration.ZERO).orElseThrow().post(OUTCOME));

      assertEquals("/hook/hush", server.requests().get(0).path());
      assertEquals("Bearer hush", server.requests().get(0).authorization());
      assertFalse(server.requests().get(0).body().contains("hush"));
    }
    assertTrue(warnings.text.contains("alerts.webhook (env:HOOK)"), warnings.text);
    assertFalse(warnings.text.contains("hush"), warnings.text);
  }

  @Test
  void refusesWhatTheEnvironmentDoesNotHold() {
    refused(Map.of(), "Cannot use alerts.webhook: the environment holds nothing under HOOK");
    refused(
        Map.of("HOOK", "https://host/x"),
        "Cannot use alerts.authorization: the environment holds nothing under TOKEN");
    for (String bad :
        new String[] {"hush", "ftp://host/hush", "https://ho st/hush", "https:///hush"}) {
      refused(
          Map.of("HOOK", bad, "TOKEN", "x"),
          "Cannot use alerts.webhook (env:HOOK): what it holds is no address");
    }
    refused(
        Map.of("HOOK", "https://host/x", "TOKEN", "hush\r\nX-Other: hush"),
        "Cannot use alerts.authorization (env:TOKEN): what it holds has line breaks");
  }

  private static void refused(Map<String, String> environment, String message) {
    AlertSettings settings = new AlertSettings("env:HOOK", "env:TOKEN", 1);
    SettingsException refused =
        assertThrows(SettingsException.class, () -> Webhook.of(settings, environment));
    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
    assertFalse(refused.getMessage().contains("hush"), refused.getMessage());
  }

  @Test
  void noneIsPostedWithoutAnAddress() {
    assertTrue(Webhook.of(new AlertSettings("", "", 1), Map.of()).isEmpty());
  }

  private static Webhook hook(String url) {
    return Webhook.of(new AlertSettings(url, "", 1), Map.of(), Duration.ofMillis(1)).orElseThrow();
  }

  private static String text(String body) {
    try {
      return JsonMapper.builder().build().readTree(body).path("text").asText();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What is logged. */
  private static final class Warnings extends AbstractAppender {
    private String text = "";

    Warnings() {
      super("warnings", null, null, false, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      text += event.getMessage().getFormattedMessage() + "\n";
    }
  }
}
