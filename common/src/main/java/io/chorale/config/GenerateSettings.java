package io.chorale.config;

/** The settings of sampling and beam search; {@code reference.yaml} explains each key. */
public record GenerateSettings(
    int tokens,
    double temperature,
    int topK,
    double topP,
    long seed,
    String stop,
    int beam,
    double lengthPenalty) {
  public GenerateSettings {
    Check.atLeast("generate.tokens", tokens, 1);
    Check.notNegative("generate.temperature", temperature);
    Check.atLeast("generate.top-k", topK, 0);
    Check.that(topP > 0 && topP <= 1, "generate.top-p", "above 0 and at most 1", topP);
    Check.between("generate.beam", beam, 1, 1024);
    Check.notNegative("generate.length-penalty", lengthPenalty);
  }

  /** The same with another seed. */
  public GenerateSettings withSeed(long other) {
    return new GenerateSettings(tokens, temperature, topK, topP, other, stop, beam, lengthPenalty);
  }

  /** The same with another end. */
  public GenerateSettings withStop(String other) {
    return new GenerateSettings(tokens, temperature, topK, topP, seed, other, beam, lengthPenalty);
  }
}
