package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedAdapters;
import io.chorale.config.LoraSettings;
import io.chorale.io.ArrayContent;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.model.Adapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * Writes adapters as a folder that PEFT loads over their model: {@code adapter_config.json}, which
 * is written last, and the matrices as safetensors.
 *
 * <p>Where the library has one layer for what several adapters change, as GPT-2 has for queries,
 * keys and values, their matrices stand beside each other in one adapter of a higher rank, which
 * computes the same.
 */
final class PeftFolder {
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private PeftFolder() {}

  /**
   * An adapter of a module.
   *
   * @param rank of both matrices
   * @param a [rank, in]
   * @param b [out, rank]
   */
  private record Factors(PeftModule module, int rank, float[] a, float[] b) {
    List<MappedArray> arrays() {
      long in = a.length / rank;
      return List.of(
          MappedArray.numbers(module.factor('A'), a).shaped((long) rank, in),
          MappedArray.numbers(module.factor('B'), b)
              .shaped((long) module.rows().length, (long) rank));
    }
  }

  /** As {@link ExportFormat#write}. */
  static void write(Storage storage, Path output, ExportOptions options, ExportedModel model) {
    TrainedAdapters adapters =
        model
            .trained()
            .adapters()
            .orElseThrow(
                () ->
                    model.refused(
                        ExportFormat.PEFT,
                        "all of its parameters were trained",
                        "adapters (lora.rank)",
                        "Write it as hf."));
    HubModel hub = new HubModel(ExportFormat.PEFT, model);
    List<PeftModule> modules = PeftModule.of(hub.facts(), hub.layoutOfBlocks());
    List<Factors> factors = new ArrayList<>();
    for (PeftModule module : modules) {
      List<Adapter> of = adapters.adapters().stream().filter(one -> meets(one, module)).toList();
      if (!of.isEmpty()) {
        factors.add(factors(module, of, adapters));
      }
    }
    byte[] config = PrettyJson.bytes(config(model, adapters.settings(), modules, factors));
    StagedDirectory staged =
        storage.stage(
            output,
            "PEFT adapter",
            PeftConfig.FILE,
            Set.of(PeftConfig.WEIGHTS),
            options.overwrite());
    String key = new String(config, UTF_8) + model.parameters().getName() + options.type();
    staged.begin(Checksums.crc32c(key.getBytes(UTF_8)));
    try {
      FloatVector none = new FloatVector(0);
      List<ArrayContent> arrays =
          factors.stream()
              .flatMap(one -> one.arrays().stream())
              .map(array -> array.content(none, options.type()))
              .toList();
      SafeTensors.write(storage, new Path(staged.path(), PeftConfig.WEIGHTS), METADATA, arrays);
      staged.publish(config, Set.of(PeftConfig.WEIGHTS));
    } catch (RuntimeException | Error e) {
      staged.discard();
      throw e;
    }
  }

  /** Whether an adapter changes rows of a module. */
  private static boolean meets(Adapter adapter, PeftModule module) {
    if (!adapter.matrix().name().equals(module.matrix().name())) {
      return false;
    }
    for (long row : module.rows()) {
      if (changes(adapter, row)) {
        return true;
      }
    }
    return false;
  }

  private static boolean changes(Adapter adapter, long row) {
    return row >= adapter.begin() && row < adapter.begin() + adapter.rows();
  }

  /** The matrices of the adapters of a module beside each other, each with its own rows of B. */
  private static Factors factors(PeftModule module, List<Adapter> of, TrainedAdapters adapters) {
    int rank = of.stream().mapToInt(Adapter::rank).sum();
    int in = Math.toIntExact(module.matrix().shape()[1]);
    float[] a = new float[rank * in];
    float[] b = new float[module.rows().length * rank];
    int before = 0;
    for (Adapter adapter : of) {
      float[] own = adapters.factor(adapter.a());
      System.arraycopy(own, 0, a, before * in, own.length);
      float[] high = adapters.factor(adapter.b());
      for (int row = 0; row < module.rows().length; row++) {
        long ours = module.rows()[row];
        if (changes(adapter, ours)) {
          int from = Math.toIntExact(ours - adapter.begin()) * adapter.rank();
          System.arraycopy(high, from, b, row * rank + before, adapter.rank());
        }
      }
      before += adapter.rank();
    }
    return new Factors(module, rank, a, b);
  }

  private static ObjectNode config(
      ExportedModel model, LoraSettings lora, List<PeftModule> modules, List<Factors> factors) {
    ObjectNode config = instance.objectNode();
    config.put("peft_type", "LORA").put("task_type", "CAUSAL_LM");
    config.put("base_model_name_or_path", model.trained().settings().model().from());
    config.put("r", lora.rank());
    put(config, "lora_alpha", lora.alpha());
    config.put("lora_dropout", lora.dropout());
    TreeSet<String> targets = new TreeSet<>();
    Map<String, Integer> ranks = new TreeMap<>();
    for (Factors one : factors) {
      String name = name(one.module(), modules);
      targets.add(name);
      if (one.rank() != lora.rank()) {
        ranks.put(name, one.rank());
      }
    }
    targets.forEach(config.putArray("target_modules")::add);
    ObjectNode ofRank = config.putObject("rank_pattern");
    ranks.forEach(ofRank::put);
    // Alpha by the rank stays what it is.
    ObjectNode ofAlpha = config.putObject("alpha_pattern");
    ranks.forEach((name, rank) -> put(ofAlpha, name, lora.scale() * rank));
    config.put("fan_in_fan_out", modules.get(0).transposed());
    return config.put("bias", "none").put("inference_mode", true);
  }

  private static void put(ObjectNode config, String key, double number) {
    if (number == Math.rint(number) && Math.abs(number) < Integer.MAX_VALUE) {
      config.put(key, (int) number);
    } else {
      config.put(key, number);
    }
  }

  /** The shortest end of a module's name that means none of another kind. */
  private static String name(PeftModule module, List<PeftModule> modules) {
    for (int parts = 1; ; parts++) {
      int some = parts;
      String suffix = module.suffix(some);
      boolean alone =
          modules.stream()
              .filter(other -> other.layer() == module.layer() && !other.equals(module))
              .noneMatch(other -> other.suffix(some).equals(suffix));
      if (alone) {
        return suffix;
      }
    }
  }
}
