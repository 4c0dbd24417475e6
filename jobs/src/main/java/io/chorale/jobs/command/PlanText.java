package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.RunSettings;
import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.data.Column;
import io.chorale.data.PackingShares;
import io.chorale.data.Schema;
import io.chorale.embed.FoundEmbeddings;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.plan.RunEstimate;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/**
 * What a training needs, for people and as JSON.
 *
 * @param made whether there is a dataset
 * @param embeddings entries that begin from word vectors; none where it is not asked for, or there
 *     is no dataset
 * @param impossible what cannot work
 */
record PlanText(
    Settings settings,
    Schema schema,
    boolean made,
    RunEstimate estimate,
    Times times,
    Optional<PackingShares> packing,
    Optional<FoundEmbeddings> embeddings,
    List<String> impossible) {
  /** Above it, averaging costs more than it should. */
  private static final double LARGEST_SHARE = 0.05;

  /**
   * Seconds of a round.
   *
   * @param compute null where the speed of a worker, or the length of a round, is not known
   */
  record Times(double transfer, Double compute) {
    double share() {
      return transfer / (transfer + compute);
    }
  }

  /**
   * Prints it for people.
   *
   * @param bandwidth of each machine's link, Mbit/s
   */
  void print(PrintWriter out, double bandwidth) {
    TrainSettings train = settings.train();
    line(
        out,
        "parameters",
        "%,d (%s%s)",
        estimate.parameters(),
        schema
            .find(Column.TEXT)
            .map(text -> "vocabulary %,d".formatted(text.size()) + ofTargets())
            .orElse("no text"),
        made ? "" : vocabularyWithoutDataset());
    if (estimate.base() > 0) {
      line(
          out,
          "base",
          "%,d parameters that are only read: %s in the run, one copy in each process",
          estimate.base(),
          Amounts.bytes(Float.BYTES * estimate.base()));
    }
    line(
        out,
        "workers",
        "%d, %d at once on each of %d executors",
        train.workers(),
        estimate.workersAtOnce(),
        estimate.executors());
    line(
        out,
        "executor",
        "spark.executor.memory=%s  spark.executor.memoryOverhead=%s",
        Amounts.setting(estimate.executorHeap()),
        Amounts.setting(estimate.nativeMemory()));
    if (train.device() != TrainSettings.Device.CPU) {
      line(out, "gpu", "%s for each worker at once", Amounts.setting(estimate.gpuMemory()));
    }
    line(
        out,
        "driver",
        "CHORALE_DRIVER_MEMORY=%s (spark.driver.memory)",
        Amounts.setting(estimate.driverHeap()));
    line(
        out,
        "or local[%d]".formatted(train.workers()),
        "CHORALE_DRIVER_MEMORY=%s, and %s outside the heap: driver and workers in one process",
        Amounts.setting(estimate.localHeap()),
        Amounts.setting(estimate.localNativeMemory()));
    line(
        out,
        "sent a round",
        "%s by all workers, %s collected by the driver",
        Amounts.bytes(estimate.traffic().sent()),
        Amounts.bytes(estimate.traffic().collected()));
    line(
        out, "received a round", "%s by each executor", Amounts.bytes(estimate.traffic().anchor()));
    printStored(out);
    line(out, "transfer a round", "%.2f s at %,.0f Mbit/s", times.transfer(), bandwidth);
    printCompute(out);
    if (settings.embeddings().given()) {
      line(
          out,
          "embeddings",
          "from %s; %s",
          embeddings
              .map(FoundEmbeddings::coverage)
              .orElseGet(() -> settings.embeddings().from() + ": no entry is known yet"),
          settings.embeddings().told());
    }
    packing.ifPresent(shares -> line(out, "packing", "%s", shares));
  }

  private void printStored(PrintWriter out) {
    RunSettings run = settings.run();
    int every = run.checkpointEvery();
    line(
        out,
        every == 1 ? "stored a round" : "stored",
        "%s%s; %s with %d checkpoints kept%s and one under way",
        Amounts.bytes(estimate.stored()),
        every == 1 ? "" : " every %d rounds".formatted(every),
        Amounts.bytes(estimate.stored() * (run.keep() + (run.keepBest() ? 2 : 1))),
        run.keep(),
        run.keepBest() ? ", the best one" : "");
    if (every > 1) {
      line(
          out,
          "kept between",
          "%s of that memory by each executor, %s of anchors by the driver; where that dies up to %d rounds are run again",
          Amounts.bytes(estimate.keptByExecutor()),
          Amounts.bytes(estimate.keptByDriver()),
          every - 1);
    }
  }

  private void printCompute(PrintWriter out) {
    if (times.compute() == null) {
      line(
          out,
          "compute a round",
          "unknown: %s",
          PlanCommand.roundsArePasses(settings)
              ? "it is one pass over the worker's shards"
              : "give --tokens-per-second, see \"chorale bench\"");
      return;
    }
    line(
        out,
        "compute a round",
        "%.2f s; %.1f %% of a round is transfer",
        times.compute(),
        100 * times.share());
    if (times.share() > LARGEST_SHARE) {
      // The share s at which H steps take c seconds and the transfer t: s = t / (t + c).
      double factor = times.transfer() * (1 / LARGEST_SHARE - 1) / times.compute();
      line(
          out,
          "advice",
          "for %.0f %%: train.average-every of %d, or average.send: int8",
          100 * LARGEST_SHARE,
          (long) Math.ceil(settings.train().stepsPerRound() * factor));
    }
  }

  /** The vocabulary of targets, where it is another one. */
  private String ofTargets() {
    return schema
        .find(Column.TARGET)
        .filter(target -> !schema.shareVocabulary(Column.TEXT, Column.TARGET))
        .map(target -> ", of targets %,d".formatted(target.size()))
        .orElse("");
  }

  private String vocabularyWithoutDataset() {
    String own = settings.tokenizer().file();
    String file = own.isEmpty() ? settings.model().from() : own;
    return (file.isEmpty() ? ", as asked for" : ", of " + file) + ": there is no dataset yet";
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf("%-17s %s%n", name, format.formatted(values));
  }

  ObjectNode json() {
    ObjectNode object = JsonMapper.builder().build().createObjectNode();
    object.put("parameters", estimate.parameters());
    object.put("base_parameters", estimate.base());
    object.put("executors", estimate.executors());
    object.put("workers_at_once", estimate.workersAtOnce());
    object.put("executor_heap_bytes", estimate.executorHeap());
    object.put("executor_native_bytes", estimate.nativeMemory());
    object.put("driver_heap_bytes", estimate.driverHeap());
    object.put("local_heap_bytes", estimate.localHeap());
    object.put("local_native_bytes", estimate.localNativeMemory());
    object.put("gpu_bytes", estimate.gpuMemory());
    object.put("sent_bytes", estimate.traffic().sent());
    object.put("collected_bytes", estimate.traffic().collected());
    object.put("anchor_bytes", estimate.traffic().anchor());
    object.put("stored_bytes", estimate.stored());
    object.put("kept_by_executor_bytes", estimate.keptByExecutor());
    object.put("kept_by_driver_bytes", estimate.keptByDriver());
    object.put("transfer_seconds", times.transfer());
    object.put("compute_seconds", times.compute());
    packing.ifPresent(
        shares -> {
          object.put("cut_documents_share", shares.cut());
          object.put("padding_share", shares.padding());
        });
    embeddings.ifPresent(
        found -> {
          object.put("embeddings_entries", found.entries());
          object.put("embeddings_found", found.found().length);
        });
    impossible.forEach(object.putArray("impossible")::add);
    return object;
  }
}
