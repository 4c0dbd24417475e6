package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.chat.Chat;
import io.chorale.config.TokenizerSettings;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.task.LanguageModel;
import io.chorale.task.Task;
import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The tokenizers of the columns of text that a model reads and writes. */
final class PyfuncTokenizers {
  private final ExportedModel model;
  private final Map<String, Tokenizer> byFile = new LinkedHashMap<>();

  /**
   * Those of a model.
   *
   * @throws io.chorale.config.SettingsException where the code does not cut texts as one of them
   */
  PyfuncTokenizers(ExportedModel model, Task task) {
    this.model = model;
    Schema schema = model.trained().schema();
    String read = task.inputs().get(0);
    if (schema.column(read).kind() == Column.Kind.IDS) {
      add(read);
    }
    task.writes().ifPresent(this::add);
  }

  private void add(String column) {
    Tokenizer tokenizer =
        model
            .trained()
            .tokenizer(column)
            .orElseThrow(
                () ->
                    model.refused(
                        ExportFormat.MLFLOW,
                        "column %s of its dataset has no tokenizer".formatted(column),
                        "one",
                        "Tokenize a corpus of texts, and train on that."));
    if (tokenizer.kind().isEmpty()) {
      throw model.refused(
          ExportFormat.MLFLOW,
          "its %s (tokenizer.file) is of another form".formatted(file(column)),
          "byte-level bpe, characters or words",
          "Its predictions are made by the command predict.");
    }
    byFile.put(file(column), tokenizer);
  }

  private String file(String column) {
    return model.trained().schema().tokenizer(column).orElseThrow();
  }

  /** That of a column. */
  Tokenizer of(String column) {
    return byFile.get(file(column));
  }

  /** Their files. */
  Set<String> files() {
    return byFile.keySet();
  }

  /** The ids that stand before a text that the model goes on from. */
  int[] begin() {
    return model.trained().begin();
  }

  /** How the model is asked for answers, where it has learned such. */
  Optional<ChatTemplate> chat() {
    return model.trained().task() instanceof LanguageModel written
        ? model.trained().tokenizer(Column.TEXT).flatMap(written::chat).map(Chat::template)
        : Optional.empty();
  }

  /** Whether any of them cuts texts by a regular expression. */
  boolean cutByRegex() {
    return byFile.values().stream()
        .map(Tokenizer::kind)
        .anyMatch(Optional.of(TokenizerSettings.Kind.BPE)::equals);
  }

  /** Describes the tokenizer of a column to the code: file, kind, id that ends texts. */
  ObjectNode facts(String column) {
    Tokenizer tokenizer = of(column);
    ObjectNode facts = instance.objectNode().put("file", file(column));
    facts.put("kind", tokenizer.kind().orElseThrow().name().toLowerCase(Locale.ROOT));
    return facts.put("end", tokenizer.endOfText());
  }
}
