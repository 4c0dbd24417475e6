package io.chorale;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Data goes left to right through the packages; imports point right to left, never back. */
class ArchitectureTest {
  private static final String BASE = "io.chorale";

  /** In the order of the data's way. */
  private static final List<String> PACKAGES =
      List.of(
          "config",
          "io",
          "token",
          "corpus",
          "data",
          "tensor",
          "model",
          "generate",
          "task",
          "train",
          "average",
          "checkpoint",
          "evaluate");

  /** Only these see the engine. */
  private static final Set<String> WITH_LIBTORCH =
      Set.of("tensor", "model", "generate", "task", "train", "evaluate");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(BASE);

  @Test
  void aPackageKnowsOnlyThoseBeforeIt() {
    for (int i = 0; i < PACKAGES.size(); i++) {
      String[] later =
          PACKAGES.subList(i + 1, PACKAGES.size()).stream()
              .map(ArchitectureTest::within)
              .toArray(String[]::new);
      if (later.length > 0) {
        check(
            noClasses()
                .that()
                .resideInAPackage(within(PACKAGES.get(i)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(later));
      }
    }
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    Set<String> unknown = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      if (PACKAGES.stream().noneMatch(name -> type.getPackageName().equals(BASE + "." + name))) {
        unknown.add(type.getName());
      }
    }
    assertTrue(unknown.isEmpty(), () -> "not in the order of packages: " + unknown);
  }

  @Test
  void onlyWhatComputesSeesLibtorch() {
    for (String name : PACKAGES) {
      if (!WITH_LIBTORCH.contains(name)) {
        check(
            noClasses()
                .that()
                .resideInAPackage(within(name))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco.."));
      }
    }
  }

  @Test
  void nothingHereNeedsSpark() {
    check(noClasses().should().dependOnClassesThat().resideInAPackage("org.apache.spark.."));
  }

  private static String within(String name) {
    return BASE + "." + name + "..";
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
