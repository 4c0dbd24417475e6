package io.chorale.jobs.tokenize;

import io.chorale.config.ChatSettings;
import io.chorale.config.CorpusSettings;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.data.Column;
import io.chorale.data.DocumentHash;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.jobs.spark.SharedTokenizers;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes rows of documents: what each column has a cell of, in their order.
 *
 * @param conversations what makes the first columns of conversations; empty where there are none
 */
record ColumnEncoders(List<ConversationEncoder> conversations, List<ColumnEncoder> encoders)
    implements Serializable {
  ColumnEncoders {
    conversations = List.copyOf(conversations);
    encoders = List.copyOf(encoders);
  }

  /**
   * Those of the columns that the settings name.
   *
   * @param tokenizers of the columns of text
   */
  static ColumnEncoders of(
      CorpusSettings settings, ChatSettings chat, ColumnFacts facts, SharedTokenizers tokenizers) {
    List<ConversationEncoder> conversations = new ArrayList<>();
    boolean tagged = !settings.tagsField().isEmpty();
    List<ColumnEncoder> encoders = new ArrayList<>();
    if (settings.hasAnswers()) {
      conversations.add(ConversationEncoder.of(tokenizers.of(Document.TEXT).orElseThrow(), chat));
    } else if (!settings.textField().isEmpty()) {
      // Every id has its tag, so there is none that ends the text.
      encoders.add(
          ColumnEncoder.ofText(
              Document.TEXT,
              tagged ? ColumnEncoder.Around.NOTHING : ColumnEncoder.Around.END,
              tokenizers));
    }
    if (tagged) {
      encoders.add(new ColumnEncoder.OfNames(Document.TAGS, true, facts.tags()));
    }
    if (!settings.seriesField().isEmpty()) {
      encoders.add(new ColumnEncoder.OfNumbers(Column.series(Document.SERIES, facts.channels())));
    }
    if (!settings.vectorFields().isEmpty()) {
      encoders.add(new ColumnEncoder.OfNumbers(Column.vector(Document.VECTOR, facts.vector())));
    }
    if (!settings.targetField().isEmpty()) {
      encoders.add(ColumnEncoder.ofText(Document.TARGET, ColumnEncoder.Around.END, tokenizers));
    }
    if (!settings.labelField().isEmpty()) {
      encoders.add(
          settings.labelType() == CorpusSettings.LabelType.NUMBER
              ? new ColumnEncoder.OfNumbers(Column.number(Document.LABEL))
              : new ColumnEncoder.OfNames(Document.LABEL, false, facts.classes()));
    }
    return new ColumnEncoders(conversations, encoders);
  }

  /** The schema of the dataset. */
  Schema schema() {
    Map<String, Facts> facts = new HashMap<>();
    List<Column> columns = new ArrayList<>();
    for (ConversationEncoder encoder : conversations) {
      columns.addAll(encoder.columns());
      facts.put(Column.TEXT, encoder.facts());
    }
    for (ColumnEncoder encoder : encoders) {
      columns.add(encoder.column());
      if (!encoder.facts().equals(Facts.NONE)) {
        facts.put(encoder.name(), encoder.facts());
      }
    }
    return new Schema(columns, facts);
  }

  /** The row of a document. */
  Row encode(Document document) throws ConversationEncoder.UnfitException {
    Map<String, Values> cells = new HashMap<>();
    for (ConversationEncoder encoder : conversations) {
      encoder.encode(document, cells);
    }
    for (ColumnEncoder encoder : encoders) {
      cells.put(encoder.name(), encoder.encode(document.field(encoder.name())));
    }
    return new Row(cells);
  }

  /** What a row weighs where rows are dealt evenly: its ids and numbers, labels aside. */
  static long size(Row row) {
    long size = 0;
    for (Map.Entry<String, Values> cell : row.cells().entrySet()) {
      size += Document.isLabel(cell.getKey()) ? 0 : numbers(cell.getValue());
    }
    return size;
  }

  private static int numbers(Values cell) {
    return cell instanceof Ids ids ? ids.values().length : ((Numbers) cell).values().length;
  }

  /** The hash of a document: of its text or, where it has none, of its numbers. */
  static DocumentHash hash(Document document) {
    Field content = document.content();
    return content instanceof Field.Numbers numbers
        ? DocumentHash.of(numbers.values())
        : DocumentHash.of(content.toString());
  }

  /** Bytes of a document's text, in UTF-8. */
  static long textBytes(Document document) {
    Field text = document.fields().get(Document.TEXT);
    return text == null ? 0 : text.bytes();
  }
}
