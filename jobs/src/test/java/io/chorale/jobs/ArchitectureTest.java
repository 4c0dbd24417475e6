package io.chorale.jobs;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/**
 * The rooms of the Spark side, and what each shows to the others. A rule whose classes do not exist
 * fails: ArchUnit refuses an empty selection, and what a rule forbids is shown to exist elsewhere.
 */
class ArchitectureTest {
  private static final String COMMON = "io.chorale";
  private static final String BASE = "io.chorale.jobs";

  /** Lowest first: a package knows only those before it. */
  private static final List<String> PACKAGES =
      List.of(
          "console",
          "monitor",
          "spark",
          "source",
          "duplicate",
          "tokenize",
          "round",
          "evaluate",
          "embed",
          "plan",
          "train",
          "predict",
          "retrain",
          "bench",
          "command");

  /** A new public type is argued for here: everything else is its package's own. */
  private static final String PUBLIC_TYPES =
      """
      console: Amounts ExitCode Progress Stopwatch TextTable Version
      monitor: LiveTraining MetricsPlugin Outcome Webhook
      spark: Broadcasts PartStage ProcessLatest SentSettings Session SharedBase SharedTokenizer SharedTokenizers SharedVector StageTimes Step Tally TaskDevice
      source: Landed Landing StructFields
      duplicate: Duplicates Steps
      tokenize: RowEncoder SampleJob TokenizeJob
      round: OpenRounds RoundJob RoundPlan RoundPlanner RoundTask RoundsDone Subject TaskTrainer TrainerSource WorkerProgress WorkerReport
      evaluate: EvaluateJob PartSums
      embed: HnswIndex MllibVectors Search Searched SearchedWords VectorSubject
      plan: RunEstimate Traffic
      train: TrainJob
      predict: RowsJob
      retrain: CycleOutcome OutcomeFile Rebuild RetrainJob Verification
      bench: AveragingBenchmark DriverCost DuplicateBenchmark SpeedBenchmark
      command: ChoraleCommand
      """;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // In a build of all modules, the tests of another one come as a jar.
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(COMMON);

  @Test
  void aPackageKnowsOnlyThoseBeforeIt() {
    for (int i = 0; i < PACKAGES.size(); i++) {
      Stream<String> later =
          PACKAGES.subList(i + 1, PACKAGES.size()).stream().map(ArchitectureTest::within);
      noClasses()
          .that()
          .resideInAPackage(within(PACKAGES.get(i)))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(Stream.concat(later, Stream.of(BASE)).toArray(String[]::new))
          .check(CLASSES);
    }
  }

  @Test
  void noPackagesKnowEachOther() {
    slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    Set<String> found =
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> name.startsWith(BASE + "."))
            .map(name -> name.substring(BASE.length() + 1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(new TreeSet<>(PACKAGES), found);
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
  void onlyTheCommandLineSeesPicocli() {
    assertEquals(Set.of(BASE + ".command"), packagesThatSee("picocli.."));
  }

  @Test
  void onlyTheSparkSideSeesSpark() {
    Set<String> seeing = packagesThatSee("org.apache.spark..");
    assertFalse(seeing.isEmpty());
    assertEquals(
        Set.of(),
        seeing.stream().filter(name -> !name.startsWith(BASE)).collect(Collectors.toSet()));
  }

  @Test
  void theSparkSideSeesNoLibtorch() {
    Set<String> seeing = packagesThatSee("org.bytedeco..");
    assertFalse(seeing.isEmpty());
    assertEquals(
        Set.of(),
        seeing.stream().filter(name -> name.startsWith(BASE)).collect(Collectors.toSet()));
  }

  /** Formats of tables come with the user's application, and what Spark keeps to itself changes. */
  @Test
  void nobodySeesFormatsOfTablesOrTheInsideOfSpark() {
    assertFalse(packagesThatSee("org.apache.spark.sql").isEmpty());
    for (String others :
        List.of(
            "io.delta..",
            "org.apache.iceberg..",
            "org.apache.spark.sql.delta..",
            "org.apache.spark.sql.catalyst..",
            "org.apache.spark.sql.execution..",
            "org.apache.spark.sql.internal..")) {
      assertEquals(Set.of(), packagesThatSee(others), others);
    }
  }

  private static Set<String> packagesThatSee(String others) {
    return CLASSES.stream()
        .filter(
            type ->
                type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(
                        dependency -> resideInAPackage(others).test(dependency.getTargetClass())))
        .map(JavaClass::getPackageName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * A file must not be able to run code: none is read as Java objects, none says its own classes.
   */
  @Test
  void noFileIsReadAsObjects() {
    noClasses()
        .should()
        .callConstructor(ObjectInputStream.class, InputStream.class)
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.beans.XMLDecoder")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("org.yaml.snakeyaml.constructor..")
        .orShould()
        // Its events are but text; what loads makes objects.
        .callMethodWhere(
            target(nameMatching("load(As|All)?"))
                .and(target(owner(name("org.yaml.snakeyaml.Yaml")))))
        .orShould()
        .callMethodWhere(
            target(nameMatching("(activate|enable)DefaultTyping.*|polymorphicTypeValidator")))
        .check(CLASSES);
  }

  @Test
  void commandsAreNamedSoAndShareTheirOptions() {
    classes()
        .that()
        .areAnnotatedWith(Command.class)
        .should()
        .haveSimpleNameEndingWith("Command")
        .check(CLASSES);
    classes()
        .that()
        .areAnnotatedWith(Command.class)
        .and()
        .doNotHaveSimpleName("ChoraleCommand")
        .and()
        .doNotHaveSimpleName("ModelsCommand")
        .should()
        .beAssignableTo(BASE + ".command.SettingsCommand")
        .check(CLASSES);
  }

  private static String within(String name) {
    return BASE + "." + name + "..";
  }
}
