package io.chorale.config;

import java.util.regex.Pattern;

/**
 * The settings of the webhook that outcomes are posted to; {@code reference.yaml} explains each
 * key.
 *
 * <p>What is secret is named by the variable of the environment that holds it: {@code env:NAME}.
 */
public record AlertSettings(String webhook, String authorization, int timeout) {
  private static final Pattern VARIABLE = Pattern.compile("env:[A-Za-z_][A-Za-z0-9_]{0,99}");
  private static final Pattern URL = Pattern.compile("https?://\\S+");

  public AlertSettings {
    Check.that(
        webhook.isEmpty() || isVariable(webhook) || URL.matcher(webhook).matches(),
        "alerts.webhook",
        "a URL, http:// or https://, or env:NAME",
        webhook);
    if (!authorization.isEmpty() && !isVariable(authorization)) {
      throw new SettingsException(
          "alerts.authorization must be env:NAME, the variable of the environment that holds the"
              + " header's value (the value is not shown).");
    }
    Check.between("alerts.timeout", timeout, 1, 600);
  }

  /** Whether a value names a variable of the environment. */
  public static boolean isVariable(String value) {
    return VARIABLE.matcher(value).matches();
  }

  /** The variable that a value names. */
  public static String variable(String value) {
    return value.substring(value.indexOf(':') + 1);
  }
}
