package io.chorale.jobs.train;

import io.chorale.average.Exchange;
import io.chorale.checkpoint.BaseFile;
import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.InitialModel;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedAdapters;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.DatasetSplit;
import io.chorale.config.EmbeddingsSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Dataset;
import io.chorale.embed.FirstEmbeddings;
import io.chorale.embed.FoundEmbeddings;
import io.chorale.export.PublishedAdapters;
import io.chorale.export.PublishedModel;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.round.Subject;
import io.chorale.jobs.round.TaskTrainer;
import io.chorale.jobs.round.TrainerSource;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Slot;
import io.chorale.task.Task;
import io.chorale.train.FrozenRows;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/** A task's model, trained by gradients. */
final class TaskSubject implements Subject {
  private final JavaSparkContext spark;
  private final Storage storage;
  private final Settings settings;
  private final Dataset dataset;
  private final Optional<RunDirectory> begun;
  private final Task task;

  /** The task as the model itself would be trained, without adapters. */
  private final Task whole;

  private final EmbeddingsSettings embeddings;

  /** Only where a training begins from word vectors. */
  private final Optional<FirstEmbeddings> first;

  /** Only where a training begins from a trained model. */
  private Optional<InitialModel> initial;

  /** Only where a training begins from a published model. */
  private final Optional<PublishedModel> published;

  /** Only where a training begins from published adapters. */
  private final Optional<PublishedAdapters> adapters;

  /** What the training only reads; known from the begin of the run on. */
  private SharedBase base;

  /** The same as {@link #first}, as the run keeps it; read where a training goes on. */
  private Optional<FoundEmbeddings> found;

  /**
   * The subject of a training.
   *
   * @param begun the run, where it has a checkpoint
   * @throws SettingsException where it shall begin from word vectors that do not fit it
   */
  TaskSubject(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      Optional<RunDirectory> begun) {
    this.spark = spark;
    this.storage = storage;
    this.settings = settings;
    this.dataset = dataset;
    this.begun = begun;
    settings
        .lora()
        .check(settings.train(), settings.model(), settings.attention().activation().gated());
    this.task = Task.of(settings, dataset.schema(), "dataset " + dataset.directory());
    this.whole =
        Task.of(
            TrainedModel.unadapted(settings), dataset.schema(), "dataset " + dataset.directory());
    this.embeddings = settings.embeddings();
    this.first =
        embeddings.given() && begun.isEmpty()
            ? Optional.of(FirstEmbeddings.of(storage, settings, task, dataset))
            : Optional.empty();
    this.found = first.map(FirstEmbeddings::facts);
    this.initial =
        settings.train().from().isEmpty() || begun.isPresent()
            ? Optional.empty()
            : Optional.of(InitialModel.open(storage, settings, whole, dataset));
    this.published =
        settings.model().from().isEmpty() || begun.isPresent() || initial.isPresent()
            ? Optional.empty()
            : Optional.of(PublishedModel.open(storage, settings, whole.layout(), dataset));
    this.adapters =
        settings.lora().from().isEmpty() || begun.isPresent()
            ? Optional.empty()
            : Optional.of(PublishedAdapters.open(storage, settings, whole.layout(), task));
    this.base =
        begun.filter(run -> settings.lora().given()).map(this::base).orElse(SharedBase.NONE);
  }

  /** What a run that has begun reads. */
  private SharedBase base(RunDirectory run) {
    CheckpointManifest committed = run.checkpoints().latest().orElseThrow();
    return new SharedBase(run.path(), BaseFile.of(storage, run.path(), committed).name());
  }

  /** The table that begins from word vectors. */
  private Slot table() {
    return task.textTable().orElseThrow();
  }

  @Override
  public Task objective() {
    return task;
  }

  @Override
  public String name() {
    return settings.model().kind().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Optional<String> remark() {
    return found()
        .map(vectors -> "embeddings from %s, %s".formatted(vectors.coverage(), embeddings.told()));
  }

  @Override
  public FloatVector initial() {
    return settings.lora().given() ? factors(task.layout()) : model();
  }

  /** The first values of matrices of adapters. */
  private FloatVector factors(ParameterLayout layout) {
    FloatVector values = layout.initial(settings.train().seed());
    adapters.ifPresent(published -> published.write(values, layout));
    return values;
  }

  @Override
  public Optional<String> writeBase(Path run) {
    if (!settings.lora().given()) {
      return Optional.empty();
    }
    ParameterLayout fixed = TrainedAdapters.fixed(task);
    String file =
        BaseFile.write(storage, run, whole.layout(), model(), fixed, factors(fixed)).name();
    base = new SharedBase(run, file);
    // Processes read it from the run: the driver needs it no more.
    initial = initial.map(InitialModel::withoutParameters);
    return Optional.of(file);
  }

  /** The first parameters of the model itself. */
  private FloatVector model() {
    FloatVector parameters =
        initial
            .map(InitialModel::parameters)
            .or(() -> published.map(PublishedModel::parameters))
            .orElseGet(() -> whole.layout().initial(settings.train().seed()));
    first.ifPresent(
        vectors ->
            vectors.write(parameters, task.layout().entry(table().name()), embeddings.scale()));
    return parameters;
  }

  @Override
  public Optional<String> initialFile() {
    return initial.map(InitialModel::file).or(() -> published.map(PublishedModel::identity));
  }

  private Optional<FoundEmbeddings> found() {
    if (embeddings.given() && found.isEmpty()) {
      found = Optional.of(FoundEmbeddings.read(begun.orElseThrow()));
    }
    return found;
  }

  @Override
  public Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    found().ifPresent(vectors -> files.put(FoundEmbeddings.FILE, vectors.write()));
    initial.ifPresent(model -> files.putAll(model.source()));
    published.ifPresent(model -> files.putAll(model.files()));
    return files;
  }

  @Override
  public TrainerSource trainers(long round) {
    FrozenRows frozen =
        embeddings.frozenIn(round)
            ? new FrozenRows(table().name(), found().orElseThrow().found())
            : FrozenRows.NONE;
    return new TaskTrainer(settings, dataset.directory(), frozen, base);
  }

  @Override
  public Exchange exchange() {
    return Exchange.ofValues(settings.average().send());
  }

  @Override
  public Map<String, Double> measure(DatasetSplit split, SharedVector parameters) {
    return EvaluateJob.run(spark, storage, settings, dataset, split, parameters, base);
  }

  @Override
  public void close() {
    SharedBase.forget();
  }
}
