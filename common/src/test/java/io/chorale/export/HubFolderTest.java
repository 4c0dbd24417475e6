package io.chorale.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.SettingsException;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.SafeTensorsFile;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubFolderTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;

  private final Storage storage = new Storage(new Configuration());

  @Test
  void llamaHasPartsOfOurMatrices() throws IOException {
    HubModels.Made made = made("llama");
    Path folder = write(made, ExportOptions.of(false));
    JsonNode config = JSON.readTree(folder.resolve("config.json").toFile());
    assertEquals("LlamaForCausalLM", config.at("/architectures/0").asText());
    assertEquals(20, config.get("intermediate_size").asInt());
    assertEquals(config.get("rope_theta"), config.at("/rope_parameters/rope_theta"));
    FloatVector parameters = made.model().trained().parameters();
    Entry qkv = made.model().trained().task().layout().entry("layers.1.attention.qkv.weight");
    try (SafeTensorsFile file = open(folder, "model.safetensors")) {
      FloatVector keys = file.floats("model.layers.1.self_attn.k_proj.weight", List.of(12L, 12L));
      for (int i = 0; i < 144; i++) {
        assertEquals(parameters.get(qkv.offset() + 144 + i), keys.get(i));
      }
    }
  }

  @Test
  void matricesOfGpt2AreTransposedAndItsBiasesAreThere() throws IOException {
    HubModels.Made made = made("gpt2");
    Path folder = write(made, ExportOptions.of(false));
    FloatVector parameters = made.model().trained().parameters();
    Entry up = made.model().trained().task().layout().entry("layers.0.mlp.up.weight");
    try (SafeTensorsFile file = open(folder, "model.safetensors")) {
      FloatVector found = file.floats("transformer.h.0.mlp.c_fc.weight", List.of(12L, 48L));
      assertEquals(parameters.get(up.offset() + 5 * 12 + 7), found.get(7 * 48 + 5));
      assertEquals(new FloatVector(48), file.floats("transformer.h.0.mlp.c_fc.bias", List.of(48L)));
    }
  }

  @Test
  void largeModelsAreCutIntoFiles() throws IOException {
    HubModels.Made made = made("gpt_neox");
    ExportOptions small = new ExportOptions(false, NumberType.FLOAT32, 8_000);
    Path folder = write(made, small);
    JsonNode map = JSON.readTree(folder.resolve("model.safetensors.index.json").toFile());
    Set<String> files = new TreeSet<>();
    map.get("weight_map").forEach(file -> files.add(file.asText()));
    assertTrue(files.size() > 1, files.toString());
    long bytes = 0;
    for (String file : files) {
      bytes += Files.size(folder.resolve(file));
    }
    assertTrue(bytes > map.at("/metadata/total_size").asLong());

    // The smaller folder takes its place, and nothing of the other one stays.
    write(made, ExportOptions.of(true));
    try (Stream<Path> found = Files.list(folder)) {
      assertEquals(
          Set.of(
              "config.json",
              "generation_config.json",
              "model.safetensors",
              "tokenizer.json",
              "tokenizer_config.json"),
          found.map(path -> path.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  @Test
  void theSameModelGivesTheSameBytes() throws IOException {
    HubModels.Made made = made("llama");
    Path folder = write(made, new ExportOptions(false, NumberType.BFLOAT16, 1 << 20));
    byte[] first = Files.readAllBytes(folder.resolve("model.safetensors"));
    write(made, new ExportOptions(true, NumberType.BFLOAT16, 1 << 20));
    assertArrayEquals(first, Files.readAllBytes(folder.resolve("model.safetensors")));
    assertEquals(
        "bfloat16", JSON.readTree(folder.resolve("config.json").toFile()).get("dtype").asText());
  }

  @Test
  void whatTheLibraryCannotComputeIsRefused() {
    assertRefused("its attention.positions is sinusoidal", "attention.positions=sinusoidal");
    assertRefused("its attention.norm is rms", "attention.positions=learned");
    assertRefused("its attention.activation is gelu", "attention.activation=gelu");
    assertRefused("its model.kind is gru", "model.kind=gru");
    assertRefused("its task.direction is both-ways", "task.kind=tagging");
    assertRefused("its task.kind is classification", "task.kind=classification");
    assertRefused("its task.kind is translation", "task.kind=translation");
  }

  @Test
  void whatIsThereStays() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("out"));
    Files.writeString(folder.resolve("notes.txt"), "mine");
    HubModels.Made made = made("llama");
    for (boolean overwrite : new boolean[] {false, true}) {
      assertThrows(SettingsException.class, () -> write(made, ExportOptions.of(overwrite)));
    }
    assertEquals("mine", Files.readString(folder.resolve("notes.txt")));
  }

  private void assertRefused(String found, String... overrides) {
    HubModels.Made made = made("llama", overrides);
    String told =
        assertThrows(SettingsException.class, () -> write(made, ExportOptions.of(false)))
            .getMessage();
    assertTrue(told.contains(found) && told.contains("as hf"), told);
    assertFalse(Files.exists(directory.resolve("out")));
  }

  private SafeTensorsFile open(Path folder, String name) {
    return SafeTensors.open(
        storage, new org.apache.hadoop.fs.Path(folder.resolve(name).toString()));
  }

  private HubModels.Made made(String layout, String... overrides) {
    return HubModels.made(storage, directory, layout, overrides);
  }

  private Path write(HubModels.Made made, ExportOptions options) {
    Path folder = directory.resolve("out");
    ExportFormat.HF.write(
        storage, new org.apache.hadoop.fs.Path(folder.toString()), options, made.model());
    return folder;
  }
}
