package io.chorale.jobs.monitor;

import io.chorale.config.AlertSettings;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts how a command has ended as JSON. What could not be delivered is tried again with growing
 * pauses, unless the other side refuses it for good; then that is logged, and nothing else happens:
 * no work fails for it. No message holds the address or the header, which may be secrets.
 */
public final class Webhook {
  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
  private static final int ATTEMPTS = 4;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int GROWTH = 3;

  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;
  private static final int SUCCESS = 2; // the first digit

  /** As the settings name it, for messages. */
  private final String name;

  private final URI address;
  private final Optional<String> authorization;
  private final Duration timeout;
  private final Duration firstPause;

  private Webhook(
      String name,
      URI address,
      Optional<String> authorization,
      Duration timeout,
      Duration firstPause) {
    this.name = name;
    this.address = address;
    this.authorization = authorization;
    this.timeout = timeout;
    this.firstPause = firstPause;
  }

  /**
   * The webhook of the settings; empty where they name none.
   *
   * @param environment of the driver, which may hold the address and the header
   * @throws SettingsException where it does not hold them, or the address is none
   */
  public static Optional<Webhook> of(AlertSettings settings, Map<String, String> environment) {
    return of(settings, environment, FIRST_PAUSE);
  }

  static Optional<Webhook> of(
      AlertSettings settings, Map<String, String> environment, Duration firstPause) {
    if (settings.webhook().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Webhook(
            "alerts.webhook (%s)".formatted(settings.webhook()),
            address(settings.webhook(), value("webhook", settings.webhook(), environment)),
            Optional.of(settings.authorization())
                .filter(set -> !set.isEmpty())
                .map(set -> header(set, value("authorization", set, environment))),
            Duration.ofSeconds(settings.timeout()),
            firstPause));
  }

  private static String value(String key, String set, Map<String, String> environment) {
    if (!AlertSettings.isVariable(set)) {
      return set;
    }
    String found = environment.getOrDefault(AlertSettings.variable(set), "").strip();
    if (found.isEmpty()) {
      throw new SettingsException(
          ("Cannot use alerts.%s: the environment holds nothing under %s, expected the value. Export"
                  + " it where the driver runs, or set another alerts.%s.")
              .formatted(key, AlertSettings.variable(set), key));
    }
    return found;
  }

  private static URI address(String set, String value) {
    try {
      URI address = URI.create(value);
      if (("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
          && address.getHost() != null) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // Its message holds the address.
    }
    throw new SettingsException(
        "Cannot use alerts.webhook (%s): what it holds is no address, expected a URL that begins with https:// or http://. Correct it."
            .formatted(set));
  }

  private static String header(String set, String value) {
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new SettingsException(
          "Cannot use alerts.authorization (%s): what it holds has line breaks, expected one line, such as Bearer and a token. Correct it."
              .formatted(set));
    }
    return value;
  }

  /**
   * Posts, however often it takes.
   *
   * @return whether it was delivered
   */
  public boolean post(Outcome outcome) {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            // The header is for that address alone.
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .header("User-Agent", "chorale")
            .POST(BodyPublishers.ofString(outcome.json(Instant.now())));
    authorization.ifPresent(value -> request.header("Authorization", value));
    Duration pause = firstPause;
    for (int attempt = 1; ; attempt++) {
      Answer answer = attempt(client, request.build());
      if (answer.delivered()) {
        return true;
      }
      if (answer.forGood() || attempt == ATTEMPTS) {
        LOG.warn(
            "Could not post to {} that {} has {}: {} (attempt {} of {}). The run is not touched by"
                + " that.",
            name,
            outcome.command(),
            outcome.outcome(),
            answer.found(),
            attempt,
            ATTEMPTS);
        return false;
      }
      if (!sleep(pause)) {
        return false;
      }
      pause = pause.multipliedBy(GROWTH);
    }
  }

  /**
   * What came of an attempt.
   *
   * @param forGood whether another attempt cannot do better
   * @param found for messages
   */
  private record Answer(boolean delivered, boolean forGood, String found) {}

  private Answer attempt(HttpClient client, HttpRequest request) {
    // The client's own limit ends with the answer's headers; a body may come for ever.
    CompletableFuture<HttpResponse<Void>> sent =
        client.sendAsync(request, BodyHandlers.discarding());
    try {
      int status = sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS).statusCode();
      boolean passing =
          status >= SERVER_ERROR || status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS;
      return new Answer(status / 100 == SUCCESS, !passing, "it answered " + status);
    } catch (TimeoutException e) {
      sent.cancel(true);
      return new Answer(
          false, false, "no answer in %d seconds (alerts.timeout)".formatted(timeout.toSeconds()));
    } catch (ExecutionException e) {
      return new Answer(false, !(e.getCause() instanceof IOException), reason(e.getCause()));
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      return new Answer(false, true, "interrupted");
    }
  }

  /** The kind of the failure: its message may hold the address. */
  private static String reason(Throwable failure) {
    return failure.getClass().getSimpleName();
  }

  private static boolean sleep(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
