package io.chorale.export;

import io.chorale.config.AttentionHeads;
import io.chorale.config.LoraSettings.Target;
import io.chorale.model.ParameterLayout.Entry;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer of a transformer of Hugging Face's library, as PEFT finds it there.
 *
 * @param name in the library's model: {@code model.layers.0.self_attn.q_proj}
 * @param layer of which it is a part
 * @param matrix our parameter that has its rows
 * @param rows of our matrix, in the order of its own
 * @param target the layer, as our settings name it
 * @param transposed whether the library holds its matrix as [in, out]
 */
record PeftModule(
    String name, int layer, Entry matrix, long[] rows, Target target, boolean transposed) {
  private static final String WEIGHT = ".weight";

  /** The layers of the blocks of a model. */
  static List<PeftModule> of(ModelFacts facts, HubLayout layout) {
    boolean transposed = layout instanceof Gpt2Layout;
    List<PeftModule> modules = new ArrayList<>();
    for (MappedArray array : layout.arrays()) {
      for (int layer : facts.layerNumbers()) {
        String block = "layers.%d.".formatted(layer);
        array
            .source()
            .filter(source -> source.shape().length == 2 && source.name().startsWith(block))
            .ifPresent(
                source -> {
                  long[] rows = rows(array, source, transposed);
                  modules.add(
                      new PeftModule(
                          array.name().substring(0, array.name().length() - WEIGHT.length()),
                          layer,
                          source,
                          rows,
                          target(facts, source.name().substring(block.length()), rows),
                          transposed));
                });
      }
    }
    return modules;
  }

  private static long[] rows(MappedArray array, Entry source, boolean transposed) {
    long columns = source.shape()[1];
    long[] rows = new long[Math.toIntExact(array.shape().get(transposed ? 1 : 0))];
    for (int row = 0; row < rows.length; row++) {
      long element = transposed ? row : row * columns;
      rows[row] = array.place().applyAsLong(element) / columns;
    }
    return rows;
  }

  private static Target target(ModelFacts facts, String matrix, long[] rows) {
    AttentionHeads heads = facts.heads();
    return switch (matrix) {
      case "attention.qkv.weight" -> {
        if (rows.length == heads.together()) {
          yield Target.QKV;
        }
        long after = rows[0] - heads.queries();
        yield after < 0 ? Target.QUERY : after < heads.keys() ? Target.KEY : Target.VALUE;
      }
      case "attention.output.weight" -> Target.OUTPUT;
      case "mlp.up.weight" -> {
        boolean gate = facts.attention().activation().gated() && rows[0] == 0;
        yield gate ? Target.GATE : Target.UP;
      }
      case "mlp.down.weight" -> Target.DOWN;
      default -> throw new IllegalArgumentException("no linear layer of a block: " + matrix);
    };
  }

  /** The name of one of its adapter's matrices in PEFT's file. */
  String factor(char matrix) {
    return "base_model.model.%s.lora_%s.weight".formatted(name, matrix);
  }

  /** The last parts of its name, by which PEFT finds it in every layer. */
  String suffix(int parts) {
    String[] all = name.split("\\.", -1);
    return String.join(".", List.of(all).subList(all.length - parts, all.length));
  }
}
