package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.CorpusSettings;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.task.Task;
import io.chorale.token.ChatTemplate;
import java.util.Arrays;
import java.util.List;

/**
 * The column that exported code reads rows from: a text, a series or a vector.
 *
 * @param tokenizers of its texts
 */
record PyfuncInput(CorpusSettings corpus, Schema schema, Task task, PyfuncTokenizers tokenizers) {
  /** The column. */
  private Column column() {
    return schema.column(task.inputs().get(0));
  }

  /** The name of the column: the field of the corpus, where one field makes it. */
  String name() {
    List<String> fields =
        switch (column().kind()) {
          case IDS -> List.of(corpus.textField());
          case SERIES -> List.of(corpus.seriesField());
          default -> corpus.vectorFields();
        };
    return fields.size() == 1 && !fields.get(0).isEmpty() ? fields.get(0) : column().name();
  }

  /** Its type in a signature. */
  ObjectNode type() {
    return switch (column().kind()) {
      case IDS -> MlflowTypes.named("string");
      case SERIES -> MlflowTypes.array(MlflowTypes.array(MlflowTypes.named("double")));
      default -> MlflowTypes.array(MlflowTypes.named("double"));
    };
  }

  /** A row to try a model with. */
  JsonNode example() {
    ArrayNode zeros = instance.arrayNode();
    for (int i = 0; i < column().size(); i++) {
      zeros.add(0.0);
    }
    return switch (column().kind()) {
      case IDS -> instance.textNode("A text to try the model with.");
      case SERIES -> instance.arrayNode().add(zeros);
      default -> zeros;
    };
  }

  private static ObjectNode facts(ChatTemplate chat) {
    ObjectNode facts = instance.objectNode().put("template", chat.source());
    chat.tokens().forEach(facts.putObject("tokens")::put);
    return facts.put("date", chat.date());
  }

  /** Describes the column to the code: name, kind, tokenizer, scale. */
  ObjectNode facts() {
    ObjectNode facts = instance.objectNode().put("name", name());
    Column column = column();
    if (column.kind() == Column.Kind.IDS) {
      // As for the command predict: where every word has its tag, no id ends a text.
      boolean tagged = schema.find(Column.TAGS).isPresent();
      facts.put("kind", "text").put("by-word", tagged);
      facts.put("ends", !tagged && !task.continuesText());
      Arrays.stream(tokenizers.begin()).forEach(facts.putArray("begin")::add);
      facts.set("chat", tokenizers.chat().map(PyfuncInput::facts).orElse(null));
      facts.set("tokenizer", tokenizers.facts(column.name()));
      return facts;
    }
    boolean series = column.kind() == Column.Kind.SERIES;
    facts.put("kind", series ? "series" : "vector").put("size", column.size());
    Facts scale = schema.facts(column.name());
    scale.mean().forEach(facts.putArray("mean")::add);
    scale.deviation().forEach(facts.putArray("deviation")::add);
    return facts;
  }
}
