package io.chorale.config;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps secrets out of settings: what is set there is written to a run's directory and to messages.
 * A refusal names the setting, never its value.
 *
 * <p>A secret is known by its form: what stands before the host of a URL, a parameter of a link
 * that has the name of one, a token or key as its issuer writes it. The time is linear in the
 * length of the text: every quantifier of a pattern has a bound.
 */
public final class Secrets {
  private static final String SCHEME_ENDS = "://";

  /** In their URLs a container stands before the host. */
  private static final Set<String> CONTAINER_SCHEMES = Set.of("abfs", "abfss", "wasb", "wasbs");

  /** In their URLs the name of a user stands before the host. */
  private static final Set<String> USER_SCHEMES = Set.of("ftp", "ftps", "sftp", "ssh", "hdfs");

  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  /** A parameter of a query or of a fragment, {@code ?name=value}; group 1 is its name. */
  private static final Pattern PARAMETER = Pattern.compile("[?&#;]([\\w.%-]{1,60})=[^&\\s]");

  /** Words in the names of parameters whose values are secrets. */
  private static final Pattern SECRET_NAME =
      Pattern.compile("sig|key|token|secret|passw|pwd|credential|auth", Pattern.CASE_INSENSITIVE);

  /** Words in the names of options whose values are secrets. */
  private static final Pattern SECRET_OPTION =
      Pattern.compile(
          "passw|pwd|secret|token|credential|(?:access|account|api|private|encryption)[._-]?key",
          Pattern.CASE_INSENSITIVE);

  /**
   * Tokens and keys as they are written by, in this order: Hugging Face, GitHub, GitLab, AWS,
   * Google (two), OpenAI and Anthropic, Slack, PyPI and npm; Azure's in its connection strings;
   * JSON Web Tokens; PEM; the webhooks of Slack, Discord and Microsoft Teams, whose addresses are
   * secrets.
   */
  private static final Pattern TOKEN =
      Pattern.compile(
          String.join(
              "|",
              "\\bhf_(?:[A-Za-z0-9]{30}|(?=[a-z]{0,30}[A-Z0-9])[A-Za-z0-9]{16})",
              "\\b(?:gh[opusr]_[A-Za-z0-9]{20}|github_pat_\\w{20})",
              "\\bglpat-[\\w-]{16}",
              "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b",
              "\\bAIza[\\w-]{30}",
              "\\bya29\\.[\\w-]{20}",
              "\\bsk-(?:proj-|ant-)?(?=[\\w-]{0,30}[0-9A-Z])[\\w-]{32}",
              "\\bxox[abeoprs]-[\\w-]{10}",
              "\\b(?:pypi-|npm_)[A-Za-z0-9]{30}",
              "\\b(?:AccountKey|SharedAccess(?:Key|Signature))=[^\\s;]",
              "\\beyJ[\\w-]{8,400}\\.[\\w-]{16}",
              "-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
              "\\bhooks\\.slack\\.com/(?:services|workflows|triggers)/\\w",
              "\\bdiscord(?:app)?\\.com/api/webhooks/\\w",
              "\\.webhook\\.office\\.com/webhook\\w{0,10}/\\w"));

  private Secrets() {}

  /** Whether a text holds what looks like a password or a key. */
  public static boolean in(String text) {
    return TOKEN.matcher(text).find() || inParameter(text) || inUrl(text);
  }

  /**
   * Refuses a value that looks like a secret.
   *
   * @param key of the setting
   * @throws SettingsException which does not show the value
   */
  public static void refuse(String key, String value) {
    if (in(value)) {
      throw refused(key);
    }
  }

  /**
   * Refuses a value whose name in a map says that it is a secret.
   *
   * @param key of the setting
   * @throws SettingsException which does not show the value
   */
  static void refuseNamed(String key, String name, String value) {
    if (!value.isEmpty() && SECRET_OPTION.matcher(name).find()) {
      throw refused(key + "." + name);
    }
  }

  private static SettingsException refused(String key) {
    return new SettingsException(
        Shown.of(key)
            + " must hold no password, key or signature (the value is not shown). Give credentials"
            + " to Hadoop: in core-site.xml, in a credential provider"
            + " (hadoop.security.credential.provider.path), or by the machine's role; name those of"
            + " a webhook as env:NAME.");
  }

  private static boolean inParameter(String text) {
    Matcher parameter = PARAMETER.matcher(text);
    while (parameter.find()) {
      if (SECRET_NAME.matcher(parameter.group(1)).find()) {
        return true;
      }
    }
    return false;
  }

  private static boolean inUrl(String text) {
    return SPACE.splitAsStream(text).anyMatch(Secrets::beforeHost);
  }

  /** Whether a user's password, or a token, stands before the host of a URL in that word. */
  private static boolean beforeHost(String word) {
    int lastAt = word.lastIndexOf('@');
    int begin = 0; // of what may be a scheme
    for (int ends; (ends = word.indexOf(SCHEME_ENDS, begin)) >= 0; ) {
      int from = ends + SCHEME_ENDS.length();
      String authority = authority(word, from);
      int colon = authority.indexOf(':', authority.startsWith("[") ? authority.indexOf(']') : 0);
      // A password may hold a slash: it ends at the last @. A port does not.
      if (colon >= 0
          && from + colon < lastAt
          && !PORT.matcher(authority.substring(colon + 1)).matches()) {
        return true;
      }
      String scheme = scheme(word, begin, ends);
      if (authority.indexOf('@') > 0
          && !CONTAINER_SCHEMES.contains(scheme)
          && !USER_SCHEMES.contains(scheme)) {
        return true;
      }
      begin = from;
    }
    return false;
  }

  private static String authority(String word, int from) {
    int end = from;
    while (end < word.length() && "/?#".indexOf(word.charAt(end)) < 0) {
      end++;
    }
    return word.substring(from, end);
  }

  private static String scheme(String word, int from, int end) {
    int begin = end;
    while (begin > from
        && (Character.isLetterOrDigit(word.charAt(begin - 1))
            || "+.-".indexOf(word.charAt(begin - 1)) >= 0)) {
      begin--;
    }
    return word.substring(begin, end).toLowerCase(Locale.ROOT);
  }
}
