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
      return texts(model, written, tokenizer.get());
    }
    return targets(storage, model, (TargetTask) task, tokenizer.get(), troubles);
  }

  private static List<Sample> texts(TrainedModel model, LanguageModel task, Tokenizer tokenizer) {
    List<Sample> samples = new ArrayList<>();
    try (TextGenerator generator = new TextGenerator(tokenizer, task.reader(model.parameters()))) {
      for (int i = 0; i < TEXTS; i++) {
        GenerateSettings asked = model.settings().generate();
        GenerateSettings settings =
            new GenerateSettings(
                Math.min(asked.tokens(), MOST_TOKENS),
                asked.temperature(),
                asked.topK(),
                asked.topP(),
                asked.seed() + i,
                asked.stop(),
                1,
                asked.lengthPenalty());
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
      Dataset dataset =
          Dataset.open(storage, Storage.path("data.path", model.settings().data().path()));
      if (dataset.manifest().split(DatasetSplit.VALIDATION).shards().isEmpty()) {
        return samples;
      }
      Shard shard = dataset.shard(DatasetSplit.VALIDATION, 0);
      for (int i = 0; i < Math.min(ROWS, shard.rows()); i++) {
        Row row = shard.row(columns, i, task.longest());
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
