package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  private static final String LETTERS = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

  /** Each holds {@code hush} where the secret is. */
  static Stream<String> secrets() {
    return Stream.of(
        "s3a://AKEY:hush@bucket/data",
        "s3a://AKEY:hu/sh/hush@bucket/data",
        "s3a://AKEY:hu?sh#hush@bucket/data",
        "ftp://me:hush@host:21/runs",
        "jdbc:postgresql://me:hush@[::1]:5432/x",
        "https://hush@github.com/x",
        "s3a://hush@bucket/x",
        "https://host/t.json?sv=1&sig=hush",
        "https://host/t.json#sig=hush",
        "https://host/t.json?api_key=hush",
        "https://host/t.json?X-Amz-Signature=hush",
        "abfss://c@account.dfs.core.windows.net/x?sas-token=hush",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hush",
        "s3a://AKIAIOSFODNN7EXAMPLE@bucket/hush",
        "data/hf_" + LETTERS.substring(0, 34) + "/hush",
        "hf_abcdefghijklmnopqrstuvwxyzabcdefgh hush",
        "ghp_" + LETTERS + "hush",
        "glpat-" + LETTERS + "hush",
        "sk-proj-" + LETTERS + "hush",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.hush",
        "-----BEGIN RSA PRIVATE KEY-----hush",
        "https://hooks.slack.com/services/T000/B000/hush",
        "https://discord.com/api/webhooks/123/hush",
        "https://acme.webhook.office.com/webhookb2/hush",
        "two words, then s3a://AKEY:hush@bucket");
  }

  private static void assertHushed(String... args) {
    String yaml = args[0];
    List<String> overrides = List.of(args).subList(1, args.length);
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> SettingsFile.read("my.yaml", yaml, overrides), yaml);
    for (Throwable e = refused; e != null; e = e.getCause()) {
      assertFalse(String.valueOf(e.getMessage()).contains("hush"), e.getMessage());
    }
  }

  @Test
  void anOptionThatIsNamedAsASecretIsRefused() {
    for (String name : List.of("password", "fs.azure.account.key", "sasl_token", "secretKey")) {
      SettingsException refused =
          assertThrows(
              SettingsException.class,
              () -> Secrets.refuseNamed("corpus.options", name, "hush"),
              name);
      assertTrue(
          refused.getMessage().startsWith("corpus.options." + name + " must hold no password"),
          refused.getMessage());
      assertFalse(refused.getMessage().contains("hush"), refused.getMessage());
      Secrets.refuseNamed("corpus.options", name, "");
    }
    for (String name : List.of("mergeSchema", "primaryKey", "keyspace", "author")) {
      Secrets.refuseNamed("corpus.options", name, "as it is");
    }
  }

  @ParameterizedTest
  @MethodSource("secrets")
  void aSecretIsRefusedAndNotShownWhereverItStands(String secret) {
    assertTrue(Secrets.in(secret), secret);
    assertHushed("", "data.path=" + secret);
    assertHushed("", "generate.stop=" + secret);
    assertHushed("", "train.batch=" + secret);
    assertHushed("", "corpus.paths=[/a, '" + secret + "']");
    assertHushed("", secret);
    assertHushed("", secret + ".x=5");
    assertHushed("", "train." + secret + "=5");
    for (String place :
        List.of(
            "data: {path: '%s'}",
            "corpus: {paths: [a, '%s']}",
            "train: {batch: '%s'}",
            "train: {batch: {'%s': 1}}",
            "train: {batch: [[{x: '%s'}]]}",
            "train: '%s'",
            "train: ['%s']",
            "train: {'%s': 1}",
            "train: {'%1$s': 1, '%1$s': 2}",
            "'%s': 1",
            "'%s': {batch: 1}",
            "'%s'",
            "['%s']",
            "nowhere: {x: '%s'}",
            "train: {batch: '%s'",
            "train: {batch: *x}, y: '%s'",
            "? '%s'")) {
      assertHushed(place.formatted(secret));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fs.s3a.secret.key=hush", "train.password=hush", "password=hush"})
  void anUnknownKeyIsNamedWithoutItsValue(String override) {
    assertHushed("", override);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abfss://container@account.dfs.core.windows.net/x",
        "abfss://container@account.dfs.core.windows.net:443/a@b",
        "s3a://bucket/a@b:c",
        "s3a://bucket/a:b@c",
        "hdfs://namenode:8020/user/me@corp/data",
        "hdfs://me@namenode:8020/data",
        "hdfs://[::1]:8020/a@b",
        "sftp://me@host/data",
        "/a:b@c",
        "data/hf_tokenizer/tokenizer.json",
        "runs/task-of-the-day/risk-model",
        "/tables/day=2024-01-01/key=3/part-0",
        "data/#1 of the keys.txt",
        "(?i:'s|'t|'re)| ?\\p{L}+|\\s+(?!\\S)",
        "X: 1",
        "eyJ.json"
      })
  void whatIsNoSecretIsTaken(String text) {
    assertEquals(text, SettingsFile.read("test", "", List.of("run.path=" + text)).run().path());
  }

  /** Of 400,000 characters: a search that is not linear does not end here. */
  @Test
  void timeGrowsWithTheTextAlone() {
    for (String part :
        List.of(
            "a",
            "a:",
            "a@",
            "://",
            "a://",
            "a://b:c",
            "://[",
            "?key",
            "?key=&",
            "&a=",
            "eyJ-",
            "eyJabcdefgh.",
            "hf_",
            "sk-a",
            "-----BEGIN ",
            "AKIA",
            "xoxb ",
            "AccountKey= ",
            ".")) {
      String text = part.repeat(400_000 / part.length());
      assertFalse(Secrets.in(text), part);
    }
  }
}
