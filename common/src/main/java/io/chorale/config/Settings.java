package io.chorale.config;

import java.util.List;
import java.util.Set;

/**
 * Everything a command can be told, one record per section of the YAML file.
 *
 * <p>{@code reference.yaml} declares every key with its default; {@link SettingsFile} reads a
 * user's file over it.
 */
public record Settings(
    CorpusSettings corpus,
    QualitySettings quality,
    DuplicatesSettings duplicates,
    ContaminationSettings contamination,
    PrivacySettings privacy,
    TokenizerSettings tokenizer,
    ChatSettings chat,
    DataSettings data,
    TaskSettings task,
    ModelSettings model,
    AttentionSettings attention,
    RecurrenceSettings recurrence,
    EmbeddingsSettings embeddings,
    LoraSettings lora,
    TranslationSettings translation,
    ForecastSettings forecast,
    VectorSettings vectors,
    ContrastiveSettings contrastive,
    TrainSettings train,
    AverageSettings average,
    EvaluateSettings evaluate,
    PredictSettings predict,
    EmbedSettings embed,
    QuerySettings query,
    RunSettings run,
    AlertSettings alerts,
    RegistrySettings registry,
    RetrainSettings retrain,
    GenerateSettings generate) {

  /** Sections whose settings decide what a training gives. */
  public static final Set<String> SHAPING =
      Set.of(
          "task",
          "model",
          "attention",
          "recurrence",
          "embeddings",
          "lora",
          "translation",
          "forecast",
          "vectors",
          "contrastive",
          "train",
          "average");

  /** Tasks whose head may share the matrix of the embedding. */
  private static final Set<TaskSettings.Kind> OVER_VOCABULARY =
      Set.of(
          TaskSettings.Kind.LANGUAGE_MODEL,
          TaskSettings.Kind.TRANSLATION,
          TaskSettings.Kind.FROM_VECTOR);

  public Settings {
    List<String> beside = corpus.keysBesideText();
    Check.that(
        beside.isEmpty() || data.split() == DataSettings.Split.DOCUMENT,
        "data.split",
        "document where %s is set, since tail cuts rows".formatted(String.join(", ", beside)),
        "tail");
    Check.that(
        !corpus.hasAnswers() || data.split() == DataSettings.Split.DOCUMENT,
        "data.split",
        "document where there are answers to be learned, since tail cuts rows",
        "tail");
    Check.that(
        !corpus.readBySpark() || data.split() == DataSettings.Split.DOCUMENT,
        "data.split",
        "document for what Spark reads (corpus.table, corpus.query, its formats), which has no"
            + " order",
        "tail");
    Check.that(
        train.from().isEmpty() || !embeddings.given(),
        "train.from",
        "empty where embeddings.from is set, since both say what parameters begin from",
        train.from());
    Check.that(
        model.from().isEmpty() || !embeddings.given(),
        "model.from",
        "empty where embeddings.from is set, since both say what parameters begin from",
        model.from());
    Check.that(
        train.products() != TrainSettings.Products.ONEDNN
            || train.device() == TrainSettings.Device.CPU,
        "train.products",
        "auto or aten where train.device is not cpu",
        "onednn");
    if (model.recurrent()) {
      if (OVER_VOCABULARY.contains(task.kind())) {
        recurrence.checkTied(model);
      }
      Check.that(
          train.precision() == TrainSettings.Precision.FLOAT32
              || train.products() == TrainSettings.Products.ONEDNN,
          "train.precision",
          "float32 for a recurrent model where train.products is not onednn",
          "bfloat16");
    } else if (model.kind() == ModelSettings.Kind.TRANSFORMER) {
      attention.checkWidth(model.width());
    }
  }

  /** Whether documents of a corpus are judged by what is measured of them. */
  public boolean judgesDocuments() {
    return quality.judges() || duplicates.removes();
  }
}
