package io.chorale.jobs.retrain;

import io.chorale.config.ChoraleException;
import io.chorale.config.RetrainSettings;
import io.chorale.data.Additions;
import io.chorale.data.DatasetManifest;
import io.chorale.data.ShardFacts;
import io.chorale.evaluate.Evaluator;
import io.chorale.evaluate.PairedBootstrap;
import io.chorale.jobs.evaluate.PartSums;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether a candidate may come into use: on all held-out rows it must be better than the
 * model in production, by more than the noise and the margin, and on no slice of them worse than
 * the limit.
 *
 * @param split what is held out
 * @param name of the split
 * @param since additions that are no news
 * @param reference the best measure of the fixed slice of all that was ever in use; empty for none
 * @param faults what else stands against the candidate, a sentence each
 */
record Gate(
    Task task,
    RetrainSettings settings,
    DatasetManifest.Split split,
    String name,
    int since,
    Optional<Double> reference,
    List<String> faults) {

  /** Fewer ones do not tell how much of a difference is noise. */
  private static final int LEAST_BATCHES = 8;

  /** The batches of a slice, of both models. */
  private static final class Batches {
    private final List<double[]> current = new ArrayList<>();
    private final List<double[]> candidate = new ArrayList<>();
  }

  /**
   * Judges a candidate.
   *
   * @param version the number of the model in production
   * @param current what the measures of that model are made from
   * @param candidate the same of the candidate, of the same parts
   */
  Scorecard judge(long version, List<PartSums> current, List<PartSums> candidate) {
    List<Scorecard.Slice> slices = new ArrayList<>();
    slices(current, candidate)
        .forEach(
            (name, batches) -> {
              if (!batches.candidate.isEmpty()) {
                slices.add(compared(name, batches));
              }
            });
    if (slices.isEmpty()) {
      throw new ChoraleException(
          "Cannot judge the candidate: no prediction was measured on split %s, expected some. Hold out more rows, or choose another evaluate.split."
              .formatted(name));
    }
    List<String> worse = worse(slices);
    List<String> against = new ArrayList<>(faults);
    against.addAll(worse);
    Scorecard.Slice all = slices.get(0);
    against.addAll(0, noBetter(all));
    List<String> reasons = against.isEmpty() ? List.of(told(all)) : against;
    return new Scorecard(
        task.goal().measure(),
        task.goal().higher(),
        name,
        version,
        slices,
        against.isEmpty(),
        !worse.isEmpty() || all.high() < 0,
        reasons,
        null,
        List.of());
  }

  /** Judges the first model, which nothing stands beside. */
  Scorecard first(List<PartSums> candidate) {
    List<Scorecard.Slice> slices = new ArrayList<>();
    slices(candidate, candidate)
        .forEach(
            (name, batches) -> {
              if (!batches.candidate.isEmpty()) {
                double value = measure(batches.candidate);
                slices.add(
                    new Scorecard.Slice(
                        name, batches.candidate.size(), null, value, null, null, null));
              }
            });
    List<String> against = new ArrayList<>(faults);
    if (slices.isEmpty()
        || slices.stream().anyMatch(slice -> !Double.isFinite(slice.candidate()))) {
      against.add("its %s on held-out rows is no number".formatted(task.goal().measure()));
    }
    return new Scorecard(
        task.goal().measure(),
        task.goal().higher(),
        name,
        0,
        slices,
        against.isEmpty(),
        !against.isEmpty(),
        against.isEmpty() ? List.of("there is no model in production yet") : against,
        null,
        List.of());
  }

  private Map<String, Batches> slices(List<PartSums> current, List<PartSums> candidate) {
    Map<String, Batches> slices = new LinkedHashMap<>();
    List.of(Scorecard.ALL, Scorecard.FIXED, Scorecard.NEW)
        .forEach(name -> slices.put(name, new Batches()));
    for (int part = 0; part < candidate.size(); part++) {
      if (!current.get(part).part().equals(candidate.get(part).part())) {
        throw new IllegalArgumentException("the parts of the two models are not the same");
      }
      ShardFacts shard = split.shards().get(candidate.get(part).part().shard());
      List<String> names = new ArrayList<>(List.of(Scorecard.ALL, "source " + shard.source()));
      if (Additions.number(shard.name()) == 0) {
        names.add(Scorecard.FIXED);
      }
      if (CycleShards.isNew(shard, since)) {
        names.add(Scorecard.NEW);
      }
      for (String name : names) {
        Batches batches = slices.computeIfAbsent(name, key -> new Batches());
        boolean paired = current.get(part).sums().size() == candidate.get(part).sums().size();
        batches.current.addAll(paired ? current.get(part).sums() : added(current.get(part)));
        batches.candidate.addAll(paired ? candidate.get(part).sums() : added(candidate.get(part)));
      }
    }
    // One source is all of it.
    if (slices.keySet().stream().filter(name -> name.startsWith("source ")).count() == 1) {
      slices.keySet().removeIf(name -> name.startsWith("source "));
    }
    return slices;
  }

  /** Models of other sizes may read other numbers of rows at a time. */
  private static List<double[]> added(PartSums part) {
    return part.sums().stream().reduce(Evaluator::sum).stream().toList();
  }

  private double measure(List<double[]> batches) {
    return read(batches.stream().reduce(Evaluator::sum).orElseThrow());
  }

  /** The measure by which models are compared needs no bytes. */
  private double read(double[] sums) {
    return task.read(sums, 0).get(task.goal().measure());
  }

  private Scorecard.Slice compared(String name, Batches batches) {
    double current = measure(batches.current);
    PairedBootstrap found = PairedBootstrap.of(batches.current, batches.candidate, this::read);
    boolean higher = task.goal().higher();
    return new Scorecard.Slice(
        name,
        batches.candidate.size(),
        current,
        measure(batches.candidate),
        higher ? found.difference() : -found.difference(),
        higher ? found.low() : -found.high(),
        higher ? found.high() : -found.low());
  }

  /** Why the candidate is no better on all held-out rows, if it is not. */
  private List<String> noBetter(Scorecard.Slice all) {
    if (all.batches() < LEAST_BATCHES) {
      return List.of(
          "%d batches of held-out rows are too few to tell noise, expected at least %d: hold out more, or lower evaluate.batch"
              .formatted(all.batches(), LEAST_BATCHES));
    }
    return all.low() > settings.margin()
        ? List.of()
        : List.of("%s, expected more than the margin %s".formatted(told(all), settings.margin()));
  }

  /** Where the candidate is worse than it may be. */
  private List<String> worse(List<Scorecard.Slice> slices) {
    List<String> against = new ArrayList<>();
    for (Scorecard.Slice slice : slices) {
      if (!Double.isFinite(slice.candidate())) {
        against.add("on %s its %s is no number".formatted(slice.name(), task.goal().measure()));
      } else if (!slice.name().equals(Scorecard.ALL)) {
        checkSlice(slice, slice.current(), "the model in production", against);
        if (slice.name().equals(Scorecard.FIXED)) {
          reference
              .filter(best -> !best.equals(slice.current()))
              .ifPresent(best -> checkSlice(slice, best, "the best that was in use", against));
        }
      }
    }
    return against;
  }

  private void checkSlice(
      Scorecard.Slice slice, double before, String whose, List<String> against) {
    double worse = task.goal().higher() ? before - slice.candidate() : slice.candidate() - before;
    if (worse > settings.sliceLimit() * Math.abs(before)) {
      against.add(
          "on %s its %s is %s, expected at most %s %% worse than %s of %s"
              .formatted(
                  slice.name(),
                  task.goal().measure(),
                  number(slice.candidate()),
                  number(100 * settings.sliceLimit()),
                  number(before),
                  whose));
    }
  }

  /**
   * {@code on all held-out rows its loss is 1.95 instead of 1.96, better by 0.01 (0.008 to 0.012)}.
   */
  private String told(Scorecard.Slice slice) {
    return "on %s held-out rows its %s is %s instead of %s, better by %s (%s to %s)"
        .formatted(
            slice.name(),
            task.goal().measure(),
            number(slice.candidate()),
            number(slice.current()),
            number(slice.better()),
            number(slice.low()),
            number(slice.high()));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
