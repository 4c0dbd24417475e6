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
  static ColumnEncoder ofText(String name, boolean ends, SharedTokenizers tokenizers) {
    return new OfText(name, ends, tokenizers.of(name).orElseThrow());
  }

  /**
   * Text as ids.
   *
   * @param ends whether the end-of-text id follows it
   */
  record OfText(String name, boolean ends, SharedTokenizer tokenizer) implements ColumnEncoder {
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
      return Ids.of(ends ? loaded.ended(ids) : ids);
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
