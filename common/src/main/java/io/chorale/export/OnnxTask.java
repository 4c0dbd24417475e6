package io.chorale.export;

import io.chorale.chat.Chat;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.export.ExportOptions.Operators;
import io.chorale.task.LanguageModel;
import io.chorale.token.Tokenizer;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What a task makes graphs of: inputs, what the model makes of them, and outputs. */
interface OnnxTask {
  /** The axis of the rows. */
  String BATCH = "batch";

  /** The axis of the steps that are read. */
  String TIME = "time";

  /** The axis of a memory's steps. */
  String SOURCE = "source";

  /** The name of a model's only graph. */
  String MODEL = "model";

  /**
   * What a task makes its graphs of.
   *
   * @param facts of what it writes, where it writes texts for a source
   */
  record Source(TrainedModel trained, ModelFacts facts, Operators operators) {
    Source(TrainedModel trained, Operators operators) {
      this(trained, facts(trained), operators);
    }

    private static ModelFacts facts(TrainedModel trained) {
      boolean writes = trained.schema().find(Column.TARGET).isPresent();
      String column = writes ? Column.TARGET : Column.TEXT;
      return new ModelFacts(
          trained.settings(),
          trained.task().layout(),
          trained.schema().find(column).map(Column::size).orElse(0),
          trained.tokenizer(column).map(Tokenizer::endOfText));
    }

    Settings settings() {
      return trained.settings();
    }

    /** The ids that stand before a text that it goes on from; mostly none. */
    int[] begin() {
      return trained.begin();
    }

    Schema schema() {
      return trained.schema();
    }

    /** How the model is asked for answers, where it has learned such. */
    Optional<Chat> chat() {
      return trained.task() instanceof LanguageModel written
          ? trained.tokenizer(Column.TEXT).flatMap(written::chat)
          : Optional.empty();
    }

    OnnxLayers layers(OnnxGraph graph) {
      return new OnnxLayers(graph, facts);
    }
  }

  /** Takes a value that another graph goes on from. */
  @FunctionalInterface
  interface Giver {
    /** Gives a value of float32 a name, under which the other graph has it as an input. */
    void give(String name, String value, Object... axes);
  }

  /** What adds each graph, by its name: mostly one. */
  Map<String, Consumer<OnnxGraph>> graphs();

  /** What adds the whole model to one graph. */
  default Consumer<OnnxGraph> whole() {
    return graphs().get(MODEL);
  }

  /** What whoever runs a graph must know, by name. */
  Map<String, String> metadata();

  /** The graphs of a task that has an ONNX form. */
  static OnnxTask of(Source source) {
    return switch (source.settings().task().kind()) {
      case LANGUAGE_MODEL, FROM_VECTOR -> new OnnxText(source);
      case FORECAST -> new OnnxForecast(source);
      case TRANSLATION -> new OnnxTranslation(source);
      default -> new OnnxRowTask(source);
    };
  }
}
