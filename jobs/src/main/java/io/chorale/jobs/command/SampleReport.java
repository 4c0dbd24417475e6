package io.chorale.jobs.command;

import io.chorale.data.Estimate;
import io.chorale.data.SampleFacts;
import io.chorale.jobs.console.Amounts;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Map;

/** Prints what a sample of a corpus tells of the whole. */
record SampleReport(PrintWriter out) {

  /**
   * Prints it.
   *
   * @param seconds that the job took
   */
  void print(SampleFacts facts, double seconds) {
    Map<String, SampleFacts.OfSource> sources = facts.sources();
    SampleFacts.OfSource all = facts.all();
    out.printf(
        "A sample of %s %% (%s), read in %s. The whole, estimated from it:%n",
        percent(facts.share()), Amounts.bytes(all.read()), Amounts.duration(seconds));
    print("corpus", "", all, facts);
    if (sources.size() > 1) {
      sources.forEach((name, of) -> print("source", name + ": ", of, facts));
    }
    out.printf("  shards      about %s%n", Amounts.bytes((long) facts.shardBytes()));
    out.printf(
        "  time        at most about %s on %d cores to read and encode it; copies and shards come on top%n",
        Amounts.duration(facts.seconds()), facts.cores());
    if (facts.trained()) {
      out.println("  tokenizer   trained on the sample, and not kept");
    }
    facts.notes().forEach(note -> out.printf("  note        %s%n", note));
  }

  private void print(String head, String name, SampleFacts.OfSource of, SampleFacts facts) {
    double perToken = of.bytes().value() / of.units().value();
    out.printf(
        "  %-10s  %s%s of %s records, %s bytes, %s %s%s%n",
        head,
        name,
        told(of.rows()),
        told(of.documents()),
        told(of.bytes()),
        told(of.units()),
        facts.unit(),
        facts.ofText() && Double.isFinite(perToken)
            ? String.format(Locale.ROOT, " (%.3f bytes a token)", perToken)
            : "");
  }

  /** {@code 1,230,000 ± 4 %}. */
  private static String told(Estimate estimate) {
    return "%s ± %s %%"
        .formatted(
            Amounts.count(Math.round(estimate.value())),
            Double.isNaN(estimate.error())
                ? "?"
                : percent(estimate.error() / Math.max(1, estimate.value())));
  }

  /** Two digits that count. */
  private static String percent(double share) {
    return BigDecimal.valueOf(100 * share)
        .round(new MathContext(2))
        .stripTrailingZeros()
        .toPlainString();
  }
}
