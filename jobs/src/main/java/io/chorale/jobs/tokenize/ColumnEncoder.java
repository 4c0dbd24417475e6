package io.chorale.jobs.tokenize;

import io.chorale.corpus.Field;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Values;
import io.chorale.jobs.spark.SharedTokenizer;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.token.Tokenizer;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.function.ToIntFunction;

/** Makes the cells of a column of the fields of documents, which have been checked. */
sealed interface ColumnEncoder extends Serializable {
  /** The name of the column that is made. */
  String name();

  /** The column. */
  Column column();

  /** What is known of it. */
  Facts facts();

  /** A cell. */
  Values encode(Field field);

  /** Text as ids of the column's tokenizer. */
  static ColumnEncoder ofText(String name, Around around, SharedTokenizers tokenizers) {
    return new OfText(name, around, tokenizers.of(name).orElseThrow());
  }

  /** What stands around a text. */
  enum Around {
    /** The end-of-text id behind it. */
    END,
    /** What the tokenizer puts before it for others. */
    BEGIN,
    NOTHING
  }

  /** Text as ids. */
  record OfText(String name, Around around, SharedTokenizer tokenizer) implements ColumnEncoder {
    @Override
    public Column column() {
      return Column.ids(name, tokenizer.get().vocabularySize());
    }

    @Override
    public Facts facts() {
      return Facts.tokenizer(tokenizer.fingerprint());
    }

    @Override
    public Values encode(Field field) {
      Tokenizer loaded = tokenizer.get();
      int[] ids;
      if (field instanceof Field.Words words) {
        ToIntFunction<String> lookUp = loaded.words().orElseThrow();
        ids = words.values().stream().mapToInt(lookUp).toArray();
      } else {
        ids = loaded.encode(field.toString());
      }
      return Ids.of(
          switch (around) {
            case END -> loaded.ended(ids);
            case BEGIN -> loaded.begun(ids);
            case NOTHING -> ids;
          });
    }
  }

  /**
   * Names as numbers.
   *
   * @param isSequence whether there is one for each word
   * @param names in the order of their characters
   */
  record OfNames(String name, boolean isSequence, List<String> names) implements ColumnEncoder {
    @Override
    public Column column() {
      return isSequence ? Column.ids(name, names.size()) : Column.label(name, names.size());
    }

    @Override
    public Facts facts() {
      return Facts.labels(names);
    }

    @Override
    public Values encode(Field field) {
      return field instanceof Field.Words words
          ? Ids.of(words.values().stream().mapToInt(this::number).toArray())
          : Ids.of(number(field.toString()));
    }

    private int number(String label) {
      return Collections.binarySearch(names, label);
    }
  }

  /** Numbers as they are. */
  record OfNumbers(Column column) implements ColumnEncoder {
    @Override
    public String name() {
      return column.name();
    }

    @Override
    public Facts facts() {
      return Facts.NONE;
    }

    @Override
    public Values encode(Field field) {
      Field.Numbers numbers = (Field.Numbers) field;
      return Numbers.of(numbers.size(), numbers.values());
    }
  }
}
