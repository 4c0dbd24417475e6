package io.chorale.config;

import java.util.regex.Pattern;

/**
 * Keeps secrets out of settings: what is set there is written to a run's directory and to messages.
 * A refusal names the setting, never its value.
 */
public final class Secrets {
  /** {@code scheme://user:password@host}; {@code abfs://container@account} holds none. */
  private static final Pattern PASSWORD = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/]*:[^/]*@");

  /** Signed links of object stores, and tokens in a query. */
  private static final Pattern SIGNED =
      Pattern.compile(
          "[?&](sig|signature|x-amz-[a-z-]+|x-goog-[a-z-]+|awsaccesskeyid|access_?key|token|secret"
              + "|password)=",
          Pattern.CASE_INSENSITIVE);

  /** A key's well-known form: of AWS, or in PEM. */
  private static final Pattern KEY =
      Pattern.compile("\\b(AKIA|ASIA)[A-Z0-9]{16}\\b|-----BEGIN [A-Z ]*PRIVATE KEY-----");

  private Secrets() {}

  /** Whether a text holds what looks like a password or a key. */
  public static boolean in(String text) {
    return PASSWORD.matcher(text).find() || SIGNED.matcher(text).find() || KEY.matcher(text).find();
  }

  /**
   * Refuses a value that looks like a secret.
   *
   * @param key of the setting
   * @throws SettingsException which does not show the value
   */
  public static void refuse(String key, String value) {
    if (in(value)) {
      throw new SettingsException(
          key
              + " must hold no password, key or signature (the value is not shown). Give credentials"
              + " to Hadoop: in core-site.xml, in a credential provider"
              + " (hadoop.security.credential.provider.path), or by the machine's role.");
    }
  }
}
