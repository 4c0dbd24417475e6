package io.chorale.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.ChatSettings;
import io.chorale.config.SettingsException;
import io.chorale.io.Storage;
import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/** Finds the template that settings ask for: a built-in one, a file, or that of a tokenizer. */
public final class ChatTemplates {
  /** One content behind the other, with nothing between. */
  private static final String PLAIN = "plain";

  private static final String CHATML = "chatml";

  private static final Map<String, BuiltIn> BUILT_IN =
      Map.of(
          PLAIN,
          new BuiltIn("{% for message in messages %}{{ message.content }}{% endfor %}", List.of()),
          CHATML,
          new BuiltIn(
              "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n'"
                  + " + message.content + '<|im_end|>\\n' }}{% endfor %}"
                  + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
              List.of("<|im_start|>", "<|im_end|>")));

  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String STATED = "chat_template";
  private static final String TEMPLATE_FILE = "chat_template.jinja";
  private static final int MOST_BYTES = 1 << 24;

  private record BuiltIn(String source, List<String> control) {}

  /**
   * A template with what it needs.
   *
   * @param control tokens that a tokenizer without them gets
   */
  public record Chosen(ChatTemplate template, List<String> control) {
    /**
     * The bytes of a tokenizer.json with the template.
     *
     * @param name of the file, for messages
     */
    public byte[] in(byte[] json, String name) {
      return Tokenizers.withChat(json, template, control, name);
    }
  }

  private ChatTemplates() {}

  static SettingsException unfit(String what, TemplateException found) {
    return new SettingsException(
        "Cannot read %s: %s, expected the part of Jinja's language that docs/tasks.md states. Set chat.template to another one."
            .formatted(what, found.getMessage()),
        found);
  }

  /**
   * The template of the settings.
   *
   * @param tokenizer the file of a given tokenizer, beside which a template may lie; empty where it
   *     is to be trained
   * @param known the template that the tokenizer has already
   * @param asked whether there must be one; else contents may follow each other
   * @throws SettingsException where there is none, or one that cannot be read
   */
  public static Chosen of(
      Storage storage,
      ChatSettings settings,
      String tokenizer,
      Optional<ChatTemplate> known,
      boolean asked) {
    Chosen chosen =
        find(storage, settings, tokenizer, known)
            .or(() -> asked || !settings.template().isEmpty() ? Optional.empty() : plain(settings))
            .orElseThrow(() -> missing(settings));
    try {
      Template.of(chosen.template().source());
    } catch (TemplateException e) {
      throw unfit("chat template " + settings.template(), e);
    }
    return chosen;
  }

  private static Optional<Chosen> plain(ChatSettings settings) {
    return builtIn(PLAIN, settings);
  }

  private static Optional<Chosen> builtIn(String name, ChatSettings settings) {
    return Optional.ofNullable(BUILT_IN.get(name))
        .map(
            found ->
                new Chosen(
                    new ChatTemplate(found.source(), Map.of(), settings.date()),
                    settings.control().isEmpty() ? found.control() : settings.control()));
  }

  private static SettingsException missing(ChatSettings settings) {
    String asked = settings.template();
    return new SettingsException(
        "chat.template must be plain, chatml, a file, or a folder with %s or %s%s (got: %s)"
            .formatted(
                TEMPLATE_FILE,
                TOKENIZER_CONFIG,
                asked.isEmpty() ? ", since no template lies beside tokenizer.file" : "",
                asked.isEmpty() ? "nothing" : asked));
  }

  private static Optional<Chosen> find(
      Storage storage, ChatSettings settings, String tokenizer, Optional<ChatTemplate> known) {
    String asked = settings.template();
    Optional<Chosen> builtIn = builtIn(asked, settings);
    if (builtIn.isPresent()) {
      return builtIn;
    }
    if (asked.isEmpty() && known.isPresent()) {
      return known.map(template -> new Chosen(template, settings.control()));
    }
    if (asked.isEmpty() && tokenizer.isEmpty()) {
      return Optional.empty();
    }
    Path path =
        asked.isEmpty()
            ? folder(storage, Storage.path("tokenizer.file", tokenizer))
            : Storage.path("chat.template", asked);
    if (!storage.exists(path)) {
      return Optional.empty();
    }
    Optional<ChatTemplate> found =
        storage.status(path).isDirectory()
            ? ofFolder(storage, path, settings.date())
            : Optional.of(ofFile(storage, path, settings.date()));
    return found.map(template -> new Chosen(template, settings.control()));
  }

  private static Path folder(Storage storage, Path tokenizer) {
    return storage.exists(tokenizer) && storage.status(tokenizer).isDirectory()
        ? tokenizer
        : tokenizer.getParent();
  }

  private static Optional<ChatTemplate> ofFolder(Storage storage, Path folder, String date) {
    Path file = new Path(folder, TEMPLATE_FILE);
    Path config = new Path(folder, TOKENIZER_CONFIG);
    if (storage.exists(file)) {
      return Optional.of(ofFile(storage, file, date));
    }
    return storage.exists(config) && config(storage, config).has(STATED)
        ? Optional.of(ofFile(storage, config, date))
        : Optional.empty();
  }

  private static ChatTemplate ofFile(Storage storage, Path file, String date) {
    Path config = new Path(file.getParent(), TOKENIZER_CONFIG);
    Map<String, String> tokens = new TreeMap<>();
    JsonNode stated = storage.exists(config) ? config(storage, config) : null;
    if (stated != null) {
      for (String name :
          List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token")) {
        JsonNode token = stated.path(name);
        String spelled = token.isObject() ? token.path("content").asText() : token.asText("");
        if (!spelled.isEmpty() && !token.isNull()) {
          tokens.put(name, spelled);
        }
      }
    }
    String source =
        file.getName().endsWith(".json")
            ? ofConfig(config(storage, file), file)
            : new String(storage.readFully(file, MOST_BYTES), StandardCharsets.UTF_8);
    return new ChatTemplate(source, tokens, date);
  }

  /**
   * The template that the settings of a published tokenizer state: the only one, or the one that is
   * called default among several.
   *
   * @param config what a tokenizer_config.json holds
   */
  public static Optional<String> stated(JsonNode config) {
    JsonNode stated = config.path(STATED);
    for (JsonNode one : stated) {
      if (one.path("name").asText().equals("default")) {
        stated = one.path("template");
        break;
      }
    }
    return Optional.of(stated).filter(JsonNode::isTextual).map(JsonNode::textValue);
  }

  private static String ofConfig(JsonNode config, Path file) {
    return stated(config)
        .orElseThrow(
            () ->
                new SettingsException(
                    "Cannot read chat template %s: it has no %s, expected one. Set chat.template to another file."
                        .formatted(file, STATED)));
  }

  private static JsonNode config(Storage storage, Path file) {
    try {
      return JsonMapper.builder().build().readTree(storage.readFully(file, MOST_BYTES));
    } catch (JsonProcessingException e) {
      throw new SettingsException(
          "Cannot read %s: no JSON was found, expected that of a tokenizer_config.json. Correct the file."
              .formatted(file),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
