package io.chorale.jobs.tokenize;

import io.chorale.config.Sources;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.CorpusSample;
import io.chorale.corpus.CorpusSplit;
import io.chorale.data.Estimate;
import io.chorale.data.SampleFacts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Estimates totals of a corpus by what became of the parts of a sample: of files by their stored
 * bytes, of tables by the chance of a row.
 *
 * @param sources as the settings name them, tables among them
 * @param parts of the sample, in the order of its plan
 */
record SampleEstimates(
    Sources sources, CorpusSample sample, List<EncodedPart> parts, double share) {

  /** What the sample tells, and what else is known of it. */
  SampleFacts facts(
      boolean trained,
      String unit,
      List<String> notes,
      long shardBytes,
      double coreSeconds,
      int cores) {
    Map<String, SampleFacts.OfSource> all = new LinkedHashMap<>();
    for (int number = 0; number < sources.all().size(); number++) {
      all.put(sources.all().get(number).name(), source(number));
    }
    SampleFacts facts = new SampleFacts(share, all, trained, unit, notes, 0, 0, cores);
    SampleFacts.OfSource whole = facts.all();
    double units = whole.units().value() / Math.max(1, sum(SampleEstimates::units));
    double bytes = whole.bytes().value() / Math.max(1, sum(part -> part.counts().bytes()));
    return new SampleFacts(
        share, all, trained, unit, notes, units * shardBytes, bytes * coreSeconds, cores);
  }

  private static long units(EncodedPart part) {
    return part.sizes().stream().mapToLong(Long::longValue).sum();
  }

  private long sum(ToLongFunction<EncodedPart> amount) {
    return parts.stream().mapToLong(amount).sum();
  }

  private SampleFacts.OfSource source(int number) {
    boolean table = sources.get(number).corpus().readBySpark();
    List<CorpusSample.Group> groups =
        sample.groups().stream().filter(group -> group.source() == number).toList();
    return new SampleFacts.OfSource(
        table,
        groups.stream().mapToLong(CorpusSample.Group::files).sum(),
        groups.stream().mapToLong(CorpusSample.Group::begun).sum(),
        sample.plan().parts().stream()
            .filter(part -> part.source() == number)
            .mapToLong(SampleEstimates::stored)
            .sum(),
        estimate(groups, table, part -> part.read().documents()),
        estimate(groups, table, part -> part.counts().documents()),
        estimate(groups, table, part -> part.counts().bytes()),
        estimate(groups, table, SampleEstimates::units));
  }

  private Estimate estimate(
      List<CorpusSample.Group> groups, boolean table, ToLongFunction<EncodedPart> amount) {
    return groups.stream()
        .map(
            group ->
                table
                    ? Estimate.ofRows(of(group, amount, true), share)
                    : Estimate.ofParts(of(group, amount, false), group.storedBytes()))
        .reduce(Estimate.NOTHING, Estimate::plus);
  }

  /** The parts of a group by rows or by stored bytes. */
  private List<Estimate.Part> of(
      CorpusSample.Group group, ToLongFunction<EncodedPart> amount, boolean byRows) {
    return sample
        .plan()
        .parts()
        .subList(group.firstPart(), group.firstPart() + group.parts())
        .stream()
        .map(
            part -> {
              EncodedPart encoded = parts.get(part.number());
              double size = byRows ? encoded.read().documents() : stored(part);
              return new Estimate.Part(size, amount.applyAsLong(encoded));
            })
        .toList();
  }

  private static long stored(CorpusPlan.Part part) {
    return part.splits().stream().mapToLong(CorpusSplit::length).sum();
  }
}
