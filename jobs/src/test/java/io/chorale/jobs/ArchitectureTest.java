package io.chorale.jobs;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.chorale.jobs.command.ChoraleCommand;
import java.io.InputStream;
import java.io.ObjectInputStream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/** The Spark side hands bytes and numbers to the engine, and a command is one class. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // In a build of all modules, the tests of another one come as a jar.
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("io.chorale");

  @Test
  void onlyThisPackageNamesSpark() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.chorale.jobs..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.spark..")
        .check(CLASSES);
  }

  @Test
  void theSparkSideSeesNoLibtorch() {
    noClasses()
        .that()
        .resideInAPackage("io.chorale.jobs..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(CLASSES);
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
        .resideInAPackage("org.yaml.snakeyaml..")
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
        .and()
        .doNotBelongToAnyOf(ChoraleCommand.class)
        .should()
        .haveSimpleNameEndingWith("Command")
        .andShould()
        .beAssignableTo("io.chorale.jobs.command.SettingsCommand")
        .check(CLASSES);
  }

  @Test
  void nothingBelowKnowsTheCommandLine() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Job")
        .or()
        .haveSimpleNameEndingWith("Task")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}
