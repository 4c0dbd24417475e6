package io.chorale.export;

import io.chorale.config.SettingsException;
import io.chorale.io.Storage;
import java.util.Locale;
import org.apache.hadoop.fs.Path;

/** The forms in which other tools read a trained model; a file of this package for each. */
public enum ExportFormat {
  /** The folder of a model of MLflow's, with the flavor {@code python_function}. */
  MLFLOW(MlflowFolder::write),

  /** The folder of a model of Hugging Face's transformers. */
  HF(HubFolder::write),

  /** The folder of adapters of PEFT's. */
  PEFT(PeftFolder::write),

  /** A file for llama.cpp and what is built on it. */
  GGUF(GgufModel::write),

  /** A file, or a folder, for ONNX Runtime and other tools that run ONNX. */
  ONNX(OnnxModel::write);

  /** Writes a model. */
  @FunctionalInterface
  private interface Writer {
    void write(Storage storage, Path output, ExportOptions options, ExportedModel model);
  }

  private final Writer writer;

  ExportFormat(Writer writer) {
    this.writer = writer;
  }

  /** The name of the format: {@code mlflow}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Writes a model as a whole or not at all.
   *
   * @throws SettingsException where the format cannot carry such a model, or something else is
   *     there; then nothing is written
   */
  public void write(Storage storage, Path output, ExportOptions options, ExportedModel model) {
    writer.write(storage, output, options, model);
  }
}
