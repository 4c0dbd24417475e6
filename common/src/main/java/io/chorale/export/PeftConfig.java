package io.chorale.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * The {@code adapter_config.json} of an adapter of PEFT's. What it says of the computation is
 * understood, or refused by name.
 */
final class PeftConfig {
  static final String FILE = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";

  private static final String RANK = "r";
  private static final String ALPHA = "lora_alpha";
  private static final String ROOT_OF_RANK = "use_rslora";

  /** That is read, or says nothing of what is computed. */
  private static final Set<String> KNOWN =
      Set.of(
          "peft_type",
          RANK,
          ALPHA,
          ROOT_OF_RANK,
          // the arrays say which modules have adapters
          "target_modules",
          "exclude_modules",
          "fan_in_fan_out",
          // of the library, and of training
          "peft_version",
          "auto_mapping",
          "base_model_name_or_path",
          "revision",
          "task_type",
          "inference_mode",
          "lora_dropout",
          "megatron_core",
          "qalora_group_size",
          "init_lora_weights");

  /** How adapters begin where their base is changed for them: with another base they are wrong. */
  private static final Set<String> CHANGING_BASE = Set.of("pissa", "olora", "loftq", "corda");

  private static final Map<String, String> ONE = Map.of("bias", "none");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String name;
  private final JsonNode root;

  /**
   * Parses a file.
   *
   * @param name of the folder, for messages
   * @throws SettingsException where it is none, or that of adapters which compute something else
   */
  PeftConfig(byte[] json, String name) {
    this.name = name;
    try {
      this.root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw refused("its %s is no JSON".formatted(FILE), "an object", "Take the folder anew.");
    } catch (IOException e) {
      throw new IllegalStateException("bytes can be read", e);
    }
    if (!root.isObject()) {
      throw refused("its %s is no JSON object".formatted(FILE), "one", "Take the folder anew.");
    }
    if (!root.path("peft_type").asText().equals("LORA")) {
      throw refused("peft_type", "LORA");
    }
    root.properties().forEach(entry -> check(entry.getKey(), entry.getValue()));
    String begins = root.path("init_lora_weights").asText();
    if (CHANGING_BASE.stream().anyMatch(begins::startsWith)) {
      throw refused("init_lora_weights", "a start that leaves the base as it is");
    }
  }

  private void check(String key, JsonNode value) {
    boolean neutral =
        value.isNull()
            || value.isBoolean() && !value.asBoolean()
            || value.isContainerNode() && value.isEmpty();
    if (KNOWN.contains(key) || neutral || value.asText().equals(ONE.get(key))) {
      return;
    }
    throw refused(key, ONE.getOrDefault(key, "null or false, since no adapter here has such"));
  }

  /** r. */
  int rank() {
    JsonNode rank = root.path(RANK);
    if (!rank.isInt() || rank.intValue() < 1) {
      throw refused(RANK, "a whole number from 1 on");
    }
    return rank.intValue();
  }

  /** What the adapters' product is multiplied with, times the rank. */
  double alpha() {
    JsonNode alpha = root.path(ALPHA);
    if (!alpha.isNumber() || alpha.asDouble() <= 0) {
      throw refused(ALPHA, "a number above 0");
    }
    // Rank-stabilised adapters (arXiv 2312.03732) divide by the root of the rank.
    return root.path(ROOT_OF_RANK).asBoolean()
        ? alpha.asDouble() * StrictMath.sqrt(rank())
        : alpha.asDouble();
  }

  private SettingsException refused(String key, String expected) {
    return refused(
        "its %s has %s %s".formatted(FILE, Shown.of(key), Shown.of(root.path(key).toString())),
        expected,
        "Merge such adapters into their model by PEFT (merge_and_unload), and set model.from to it.");
  }

  /** The error about the folder. */
  SettingsException refused(String found, String expected, String advice) {
    return new SettingsException(
        "Cannot begin from adapters %s: %s, expected %s. %s"
            .formatted(name, found, expected, advice));
  }
}
