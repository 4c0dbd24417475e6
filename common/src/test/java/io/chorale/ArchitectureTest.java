package io.chorale;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Data goes left to right through the packages; imports point right to left, never back. */
class ArchitectureTest {
  private static final String BASE = "io.chorale";

  /** In the order of the data's way; a package knows only those before it. */
  private static final List<String> PACKAGES =
      List.of(
          "config",
          "io",
          "random",
          "music",
          "token",
          "chat",
          "corpus",
          "quality",
          "duplicate",
          "privacy",
          "data",
          "vectors",
          "tensor",
          "model",
          "generate",
          "task",
          "train",
          "average",
          "checkpoint",
          "evaluate",
          "embed",
          "report",
          "registry",
          "export");

  /** Only these see the engine. */
  private static final Set<String> WITH_LIBTORCH =
      Set.of("tensor", "model", "generate", "task", "train", "evaluate");

  /** A new public type is argued for here: everything else is its package's own. */
  private static final String PUBLIC_TYPES =
      """
      config: AlertSettings AttentionHeads AttentionSettings AverageSettings ChatSettings ChoraleException ContaminationSettings ContrastiveSettings CorpusSettings DataSettings \
      DatasetSplit DuplicatesSettings EmbedSettings EmbeddingsSettings EvaluateSettings ForecastSettings GenerateSettings LoraSettings ModelSettings Nearest PredictSettings PrivacySettings QualitySettings QuerySettings RecurrenceSettings RegistrySettings RetrainSettings RotaryScaling RowSettings RunSettings \
      Secrets Sections Settings SettingsException SettingsFile Shown Sources TaskSettings TokenizerSettings \
      TrainSettings TranslationSettings VectorSettings
      io: ArrayContent ArrayInput Bfloat16 Checksums DataType Float16 FloatSlices FloatStore FloatVector ManifestName \
      NumberTable OwnDirectory RegularFiles SafeTensors SafeTensorsFile SafeTensorsHeader SealedJson \
      StagedDirectory Storage StoreProbe TemporaryDirectory Utf8 WorkDirectory
      random: SplitMix64
      music: AbcException AbcTune MidiFile
      token: BpeTrainer CharacterTrainer ChatTemplate ControlToken PreTokenizer TextDecoder Tokenizer TokenizerContent Tokenizers WordTrainer
      chat: Chat ChatTemplates Conversation
      corpus: Account BoundedCodecs Corpus CorpusCounts CorpusEntry CorpusFile CorpusPlan CorpusSample CorpusSplit CsvTable Document DocumentReader Field FieldPath \
      Ledger Reals RecordChecker Rejection
      quality: Count Counts Distribution LanguageIdentifier LineFilter Measure Meter Rule Rules TextPattern
      duplicate: Bands GramSet MinHash Overlap PlainWords Shingles Signature Star UnionFind
      privacy: Masked Privacy
      data: Additions Batch BatchSource Calendar Column Contamination ContextShares Dataset DatasetManifest DocumentFacts DocumentHash Estimate Facts Feed HashShards Ids \
      Masking Mix Numbers PackedDocuments PackingShares Part Preparation Row RowBatches RowBlock RowBlockWriter SampleFacts Schema SchemaFile ScreeningFacts SeriesWindows Shard ShardCounts ShardFacts ShardPlan \
      ShardWriter SignatureFacts SourceFacts TailLayout TimeStep TokenStream Tokens Values
      vectors: NgramVectors Ngrams Phrases RowLayout VectorFile VectorFormat VectorTokenizer Vocabulary WordVectors
      tensor: Device Engine FlatTensors Operand Operator Products StepScope Tape TensorStore
      model: Adapter Backbone BaseWeights DecomposedLinear Dropout Embedding Gaussian Head Init Input Lengths Memory ParameterLayout Pass \
      Pool Projection Sequence Slot Slots State Trace VectorPrefix Weights
      generate: BeamSearch ConditionedNextToken NextToken SourceModel TextGenerator Translator
      task: Forecast LanguageModel Objective Output Prediction RowModel TargetTask Task WordMeans
      train: FrozenRows LearningRate LocalLoop LocalTrainer LocalTraining NonFiniteLossException StepListener StepRange WorkerResult WorkerState
      average: Anchor Codec Distance Exchange OuterOptimizer OuterStep WeightedMean
      checkpoint: BaseFile BestRound CheckpointChoice CheckpointFile CheckpointManifest CheckpointStore GrownVocabulary \
      InitialModel ModelFile OtherMachine Provenance RoundMetrics RunDirectory SourceFolder TensorBoardEvents TrainedAdapters TrainedModel
      evaluate: Evaluator Inside Insight PairedBootstrap Predictor ValidTunes
      embed: ExactNeighbours FirstEmbeddings FoundEmbeddings Neighbours Recall SkipGram SkipGramObjective SkipGramResult SkipGramSettings SkipGramTrainer TrainedVectors UnitVectors VectorSource WordCounts WordTable
      report: DatasetPage Report
      registry: Addition Attachment Commit Condition HeldLease Lease ModelReference RegisteredModel Registry Retention StaleBase State Version VersionFile
      export: ExportFormat ExportOptions ExportedModel NumberType PublishedAdapters PublishedModel
      """;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(BASE);

  /** ArchUnit fails where a rule finds no class to look at. */
  @Test
  void aPackageKnowsOnlyThoseBeforeIt() {
    for (int i = 0; i < PACKAGES.size() - 1; i++) {
      String[] later =
          PACKAGES.subList(i + 1, PACKAGES.size()).stream()
              .map(name -> BASE + "." + name + "..")
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(BASE + "." + PACKAGES.get(i) + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(later)
          .check(CLASSES);
    }
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    assertEquals(new TreeSet<>(PACKAGES), packages(type -> true));
  }

  @Test
  void aPackageShowsOnlyItsFaces() {
    String shown =
        PACKAGES.stream().map(name -> name + ": " + publicTypes(name) + "\n").collect(joining());
    assertEquals(PUBLIC_TYPES, shown);
  }

  private static String publicTypes(String name) {
    return CLASSES.stream()
        .filter(type -> type.getPackageName().equals(BASE + "." + name))
        .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getSimpleName)
        .sorted()
        .collect(joining(" "));
  }

  @Test
  void onlyWhatComputesSeesLibtorch() {
    assertEquals(new TreeSet<>(WITH_LIBTORCH), packages(type -> sees(type, "org.bytedeco..")));
  }

  @Test
  void nothingHereNeedsSpark() {
    assertEquals(Set.of(), packages(type -> sees(type, "org.apache.spark..")));
  }

  private static boolean sees(JavaClass type, String others) {
    return type.getDirectDependenciesFromSelf().stream()
        .anyMatch(dependency -> resideInAPackage(others).test(dependency.getTargetClass()));
  }

  /** The packages in which there are such classes. */
  private static Set<String> packages(Predicate<JavaClass> such) {
    return CLASSES.stream()
        .filter(such)
        .map(type -> type.getPackageName().substring(BASE.length()).replaceFirst("^\\.", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
