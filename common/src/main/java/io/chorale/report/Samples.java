package io.chorale.report;

import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.GenerateSettings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Shard;
import io.chorale.data.Values;
import io.chorale.generate.TextGenerator;
import io.chorale.generate.Translator;
import io.chorale.io.Storage;
import io.chorale.task.LanguageModel;
import io.chorale.task.TargetTask;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Writes samples of a run's outputs, predicted when the page is made. */
final class Samples {
  private static final int TEXTS = 2;
  private static final int MOST_TOKENS = 400;
  private static final int ROWS = 4;

  private Samples() {}

  /**
   * Something that a model wrote.
   *
   * @param of what it was asked for
   * @param expected what it should have written; empty where nobody knows
   */
  record Sample(String of, String text, String expected) {}

  /**
   * Texts of a language model, or those that a model writes for rows of the validation split; of
   * other tasks there are none.
   */
  static List<Sample> of(Storage storage, TrainedModel model, List<String> troubles) {
    Task task = model.task();
    Optional<Tokenizer> tokenizer = task.writes().flatMap(model::tokenizer);
    if (tokenizer.isEmpty()) {
      return List.of();
    }
    if (task instanceof LanguageModel written) {
      return written.chat(tokenizer.get()).isPresent()
          ? answers(storage, model, written, tokenizer.get(), troubles)
          : texts(model, written, tokenizer.get());
    }
    return targets(storage, model, (TargetTask) task, tokenizer.get(), troubles);
  }

  private static List<Sample> texts(TrainedModel model, LanguageModel task, Tokenizer tokenizer) {
    List<Sample> samples = new ArrayList<>();
    try (TextGenerator generator = task.generator(tokenizer, task.reader(model.parameters()))) {
      for (int i = 0; i < TEXTS; i++) {
        GenerateSettings settings = shortened(model.settings().generate(), i);
        StringBuilder text = new StringBuilder();
        generator.generate("", settings, text::append);
        samples.add(
            new Sample(
                "a new text (temperature %s, seed %d)"
                    .formatted(settings.temperature(), settings.seed()),
                text.toString(),
                ""));
      }
    }
    return samples;
  }

  /** Answers to what leads up to the first ones of some rows. */
  private static List<Sample> answers(
      Storage storage,
      TrainedModel model,
      LanguageModel task,
      Tokenizer tokenizer,
      List<String> troubles) {
    List<Sample> samples = new ArrayList<>();
    try (TextGenerator generator = task.generator(tokenizer, task.reader(model.parameters()))) {
      for (Row row : rows(storage, model, List.of(Column.TEXT, Column.ANSWER), task.longest())) {
        int[] ids = ((Ids) row.cell(Column.TEXT)).values();
        int[] learned = ((Ids) row.cell(Column.ANSWER)).values();
        int from = place(learned, 1, 0);
        int to = place(learned, 0, from);
        if (from == ids.length || from == 0) {
          continue;
        }
        int[] prompt = Arrays.copyOf(ids, from);
        StringBuilder text = new StringBuilder();
        generator.generate(prompt, shortened(model.settings().generate(), 0), text::append);
        samples.add(
            new Sample(
                tokenizer.decode(prompt),
                text.toString(),
                tokenizer.decode(Arrays.copyOfRange(ids, from, to))));
      }
    } catch (ChoraleException e) {
      troubles.add("No texts: " + e.getMessage());
    }
    return samples;
  }

  /** The first place of a value from another place on; the end where it is not there. */
  private static int place(int[] values, int value, int from) {
    int at = from;
    while (at < values.length && values[at] != value) {
      at++;
    }
    return at;
  }

  /** The first rows of the validation split. */
  private static List<Row> rows(
      Storage storage, TrainedModel model, List<String> columns, int longest) {
    Dataset dataset =
        Dataset.open(storage, Storage.path("data.path", model.settings().data().path()));
    List<Row> rows = new ArrayList<>();
    if (!dataset.manifest().split(DatasetSplit.VALIDATION).shards().isEmpty()) {
      Shard shard = dataset.shard(DatasetSplit.VALIDATION, 0);
      for (int i = 0; i < Math.min(ROWS, shard.rows()); i++) {
        rows.add(shard.row(columns, i, longest));
      }
    }
    return rows;
  }

  private static GenerateSettings shortened(GenerateSettings asked, int number) {
    return new GenerateSettings(
        Math.min(asked.tokens(), MOST_TOKENS),
        asked.temperature(),
        asked.topK(),
        asked.topP(),
        asked.seed() + number,
        asked.stop(),
        1,
        asked.lengthPenalty());
  }

  private static List<Sample> targets(
      Storage storage,
      TrainedModel model,
      TargetTask task,
      Tokenizer tokenizer,
      List<String> troubles) {
    List<Sample> samples = new ArrayList<>();
    String source = task.inputs().get(0);
    List<String> columns = List.of(source, Column.TARGET);
    try (Translator translator =
        new Translator(tokenizer, task.writer(model.parameters()), model.settings().generate())) {
      for (Row row : rows(storage, model, columns, task.longest())) {
        int[] target = ((Ids) row.cell(Column.TARGET)).values();
        samples.add(
            new Sample(
                shown(row.cell(source), model.tokenizer(source)),
                translator.translate(row.cell(source)).text(),
                tokenizer.decode(target)));
      }
    } catch (ChoraleException e) {
      troubles.add("No texts: " + e.getMessage());
    }
    return samples;
  }

  private static String shown(Values cell, Optional<Tokenizer> tokenizer) {
    return cell instanceof Ids ids
        ? tokenizer.orElseThrow().decode(ids.values())
        : Arrays.toString(((Numbers) cell).values());
  }

  /** Writes them out. */
  static void draw(Html html, List<Sample> samples) {
    for (Sample sample : samples) {
      html.open("figure", "class", "sample");
      html.element("figcaption", sample.of());
      html.element(
          "pre",
          sample.text(),
          "tabindex",
          "0",
          "dir",
          "auto",
          "aria-label",
          "Written by the model");
      if (!sample.expected().isEmpty()) {
        html.open("p").element("b", "expected ").text(sample.expected()).close();
      }
      html.close();
    }
  }
}
