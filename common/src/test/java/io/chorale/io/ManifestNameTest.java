package io.chorale.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestNameTest {
  private static final Path DIRECTORY = new Path("/d");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../x",
        "a/../b",
        "/x",
        "a//b",
        "a/",
        "hdfs://h/x",
        "file:/x",
        "a\\b",
        ".x",
        "a/.x",
        "a b",
        "a:b",
        "a\nb",
        "a..b",
        "%2e%2e/x",
        "\u0000"
      })
  void aNameThatCouldLeadOutIsRefused(String name) {
    ChoraleException refused =
        assertThrows(ChoraleException.class, () -> ManifestName.in(DIRECTORY, name));
    assertTrue(
        refused
            .getMessage()
            .matches("Cannot open [ -~]* of /d: the name is not of a file inside .*"),
        refused.getMessage());
  }

  @Test
  void aNameInsideIsTaken() {
    assertEquals(
        new Path("/d/train/shard-00000.safetensors"),
        ManifestName.in(DIRECTORY, "train/shard-00000.safetensors"));
    assertEquals(new Path("/d/model.safetensors"), ManifestName.in(DIRECTORY, "model.safetensors"));
  }
}
