package io.chorale.config;

/**
 * Everything a command can be told, one record per section of the YAML file.
 *
 * <p>{@code reference.yaml} declares every key with its default; {@link SettingsFile} reads a
 * user's file over it.
 */
public record Settings(
    CorpusSettings corpus,
    TokenizerSettings tokenizer,
    DataSettings data,
    TaskSettings task,
    ModelSettings model,
    AttentionSettings attention,
    RecurrenceSettings recurrence,
    TrainSettings train,
    AverageSettings average,
    EvaluateSettings evaluate,
    RunSettings run,
    GenerateSettings generate) {

  public Settings {
    if (model.recurrent()) {
      recurrence.checkTied(model);
      Check.that(
          train.precision() == TrainSettings.Precision.FLOAT32,
          "train.precision",
          "float32 for a recurrent model",
          "bfloat16");
    } else {
      attention.checkWidth(model.width());
    }
  }
}
