package io.chorale.jobs.command;

import io.chorale.registry.State;
import picocli.CommandLine.Option;

/** The option that says which alias of a model is changed. */
final class AliasOption {
  @Option(
      names = "--alias",
      paramLabel = "ALIAS",
      defaultValue = State.PRODUCTION,
      description = "The alias (default: ${DEFAULT-VALUE}).")
  private String alias;

  String name() {
    return alias;
  }
}
