package io.chorale.tensor;

import io.chorale.config.ChoraleException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * Computes by oneDNN's kernels, on the processor: those for the shapes at hand, which it generates
 * when they are first seen. Results are written once, with scale, summand and what stood there.
 */
final class OneDnnProducts implements Products {
  private static final Pointer NOWHERE = null;
  private static final int FACTORS_AND_RESULT = 3;

  /** Identifies a kernel: by the layouts of its operands, and what it does. */
  private record Key(
      String kind,
      List<Operand.Layout> layouts,
      float scale,
      boolean adds,
      Activation activation) {}

  /** Loads once per JVM: class initialisation is the lock. */
  private static final class Natives {
    /** Why they cannot be loaded; none where they are. */
    private static final Optional<LinkageError> FAILURE = tried();

    private Natives() {}

    static void load() {
      FAILURE.ifPresent(
          failure -> {
            throw new ChoraleException(
                "Cannot load oneDNN: %s, expected natives for %s. Set train.products to aten."
                    .formatted(Engine.reason(failure), Loader.getPlatform()),
                failure);
          });
    }

    private static Optional<LinkageError> tried() {
      Engine.start();
      try {
        Loader.load(dnnl.class);
        return Optional.empty();
      } catch (LinkageError e) {
        return Optional.of(e);
      }
    }
  }

  /** A kernel with the memory objects that tell it where its operands are. */
  private static final class Kernel implements AutoCloseable {
    private final PointerScope owned;
    private final primitive kernel;
    private final IntMemoryMap arguments;
    private final List<memory> memories;

    private Kernel(
        PointerScope owned, primitive kernel, IntMemoryMap arguments, List<memory> memories) {
      this.owned = owned;
      this.kernel = kernel;
      this.arguments = arguments;
      this.memories = memories;
    }

    void run(stream on, List<Operand> operands) {
      for (int i = 0; i < memories.size(); i++) {
        memories.get(i).set_data_handle(operands.get(i).address());
      }
      kernel.execute(on, arguments);
    }

    @Override
    public void close() {
      owned.close();
    }
  }

  /** Makes a kernel, in an open scope. */
  private interface Maker {
    Made make(List<memory.desc> layouts);
  }

  /**
   * A new kernel, with its description.
   *
   * @param places the argument that each operand is
   */
  record Made(primitive_desc description, primitive kernel, List<Integer> places) {}

  /** Kernels that are kept: those of some twenty shapes of a model's batches. */
  private static final int MOST = 1000;

  /** From the one that was used longest ago. */
  private final Map<Key, Kernel> kernels = new LinkedHashMap<>(MOST, 0.75f, true);

  private final SortedSet<String> names = new TreeSet<>();
  private final PageStrides strides = new PageStrides();
  private Processor processor; // null until something is computed

  /** What kernels are made for, and where they run: at once, on the thread that calls. */
  private static final class Processor implements AutoCloseable {
    private final PointerScope owned;
    private final engine cpu;
    private final stream stream;

    Processor() {
      Natives.load();
      try (PointerScope scope = new PointerScope()) {
        cpu = new engine(engine.kind.cpu, 0);
        stream = new stream(cpu);
        owned = scope.extend();
      }
    }

    @Override
    public void close() {
      owned.close();
    }
  }

  private engine engine() {
    if (processor == null) {
      processor = new Processor();
    }
    return processor.cpu;
  }

  @Override
  public void multiply(Operand a, Operand b, Operand result, Form form) {
    List<Operand> operands = new ArrayList<>(List.of(a, strides.right(a, b), result));
    operands.addAll(form.addends());
    List<Operand.Layout> layouts = operands.stream().map(Operand::layout).toList();
    run(
        new Key("product", layouts, form.scale(), form.adds(), form.activation()),
        operands,
        described -> product(result, described, form));
  }

  /**
   * Refuses a matrix that is broadcast over several dimensions: with AMX, oneDNN 3.11 adds another
   * one then.
   */
  private static void checkBroadcast(Operand result, Operand addend) {
    long[] to = result.layout().sizes();
    long[] from = addend.layout().sizes();
    int over = 0;
    for (int i = 0; i < to.length - 2; i++) {
      over += from[i] == 1 && to[i] > 1 ? 1 : 0;
    }
    int last = to.length - 1;
    if (over > 1 && from[last] > 1 && from[last - 1] > 1) {
      throw new IllegalArgumentException(
          "a matrix may be broadcast over one dimension, got %s to %s"
              .formatted(Arrays.toString(from), Arrays.toString(to)));
    }
  }

  private Made product(Operand result, List<memory.desc> layouts, Form form) {
    post_ops after = new post_ops();
    List<Integer> places =
        new ArrayList<>(List.of(dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_WEIGHTS, dnnl.DNNL_ARG_DST));
    int number = 0;
    if (form.scale() != 1) {
      after.append_eltwise(dnnl.algorithm.eltwise_linear, form.scale(), 0);
      number++;
    }
    form.addends().forEach(addend -> checkBroadcast(result, addend));
    for (memory.desc addend : layouts.subList(FACTORS_AND_RESULT, layouts.size())) {
      number++;
      after.append_binary(dnnl.algorithm.binary_add, addend);
      places.add(dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * number | dnnl.DNNL_ARG_SRC_1);
    }
    if (form.adds()) {
      after.append_sum();
    }
    algorithm(form.activation()).ifPresent(function -> after.append_eltwise(function, 0, 0));
    primitive_attr attributes = attributes();
    attributes.set_post_ops(after);
    matmul.primitive_desc description =
        new matmul.primitive_desc(
            engine(), layouts.get(0), layouts.get(1), layouts.get(2), attributes, false);
    return new Made(description, new matmul(description), places);
  }

  private static Optional<dnnl.algorithm> algorithm(Activation activation) {
    return switch (activation) {
      case NONE -> Optional.empty();
      case SIGMOID -> Optional.of(dnnl.algorithm.eltwise_logistic);
      case TANH -> Optional.of(dnnl.algorithm.eltwise_tanh);
    };
  }

  @Override
  public void activate(Activation activation, Operand x, Operand result) {
    run(
        new Key("activation", List.of(x.layout(), result.layout()), 1, false, activation),
        List.of(x, result),
        layouts -> {
          eltwise_forward.primitive_desc description =
              new eltwise_forward.primitive_desc(
                  engine(),
                  dnnl.prop_kind.forward_inference,
                  algorithm(activation).orElseThrow(),
                  layouts.get(0),
                  layouts.get(1),
                  0,
                  0,
                  attributes(),
                  false);
          return new Made(
              description,
              new eltwise_forward(description),
              List.of(dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_DST));
        });
  }

  @Override
  public void geluTanh(Operand x, Operand result) {
    run(
        plain("gelu tanh", x, result),
        List.of(x, result),
        layouts -> OneDnnGelu.forward(engine(), layouts, attributes()));
  }

  @Override
  public void geluTanhBackward(Operand x, Operand gradient, Operand result) {
    run(
        plain("gelu tanh backward", x, gradient, result),
        List.of(x, gradient, result),
        layouts -> OneDnnGelu.backward(engine(), layouts, attributes()));
  }

  @Override
  public void softmax(Operand scores, Operand result) {
    run(
        plain("softmax", scores, result),
        List.of(scores, result),
        layouts -> {
          softmax_forward.primitive_desc description = softmax(layouts.get(0), layouts.get(1));
          return new Made(
              description,
              new softmax_forward(description),
              List.of(dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_DST));
        });
  }

  private softmax_forward.primitive_desc softmax(memory.desc from, memory.desc to) {
    return new softmax_forward.primitive_desc(
        engine(),
        dnnl.prop_kind.forward_training,
        dnnl.algorithm.softmax_accurate,
        from,
        to,
        from.get_ndims() - 1,
        attributes(),
        false);
  }

  @Override
  public void softmaxBackward(Operand probabilities, Operand gradient, Operand result) {
    run(
        plain("softmax backward", probabilities, gradient, result),
        List.of(probabilities, gradient, result),
        layouts -> {
          softmax_backward.primitive_desc description =
              new softmax_backward.primitive_desc(
                  engine(),
                  dnnl.algorithm.softmax_accurate,
                  layouts.get(2),
                  layouts.get(1),
                  layouts.get(0),
                  layouts.get(0).get_ndims() - 1,
                  softmax(layouts.get(2), layouts.get(0)),
                  attributes(),
                  false);
          return new Made(
              description,
              new softmax_backward(description),
              List.of(dnnl.DNNL_ARG_DST, dnnl.DNNL_ARG_DIFF_DST, dnnl.DNNL_ARG_DIFF_SRC));
        });
  }

  @Override
  public void layerNorm(
      Operand x, List<Operand> parameters, double epsilon, Statistics statistics, Operand y) {
    List<Operand> operands =
        new ArrayList<>(List.of(x, y, statistics.means(), statistics.variances()));
    operands.addAll(parameters);
    float added = (float) epsilon;
    List<Operand.Layout> described = operands.stream().map(Operand::layout).toList();
    run(
        new Key("layer norm", described, added, false, Activation.NONE),
        operands,
        layouts -> OneDnnNorm.layer(engine(), layouts, added, attributes()));
  }

  private static primitive_attr attributes() {
    primitive_attr attributes = new primitive_attr();
    attributes.set_deterministic(true);
    return attributes;
  }

  private static Key plain(String kind, Operand... operands) {
    List<Operand.Layout> layouts = Stream.of(operands).map(Operand::layout).toList();
    return new Key(kind, layouts, 1, false, Activation.NONE);
  }

  private void run(Key key, List<Operand> operands, Maker maker) {
    Kernel kernel = kernels.get(key);
    if (kernel == null) {
      if (kernels.size() == MOST) {
        Iterator<Kernel> oldest = kernels.values().iterator();
        oldest.next().close();
        oldest.remove();
      }
      kernel = kernel(key, maker);
      kernels.put(key, kernel);
    }
    kernel.run(processor.stream, operands);
  }

  private Kernel kernel(Key key, Maker maker) {
    try (PointerScope scope = new PointerScope()) {
      List<memory.desc> layouts = key.layouts().stream().map(OneDnnProducts::described).toList();
      Made made = maker.make(layouts);
      IntMemoryMap arguments = new IntMemoryMap();
      List<memory> memories = new ArrayList<>();
      for (int i = 0; i < layouts.size(); i++) {
        memory at = new memory(layouts.get(i), engine(), NOWHERE);
        arguments.put(made.places().get(i), at);
        memories.add(at);
      }
      try (BytePointer name = made.description().impl_info_str()) {
        names.add(key.kind() + ": " + name.getString());
      }
      return new Kernel(scope.extend(), made.kernel(), arguments, memories);
    }
  }

  private static memory.desc described(Operand.Layout layout) {
    return new memory.desc(layout.sizes(), type(layout.type()), layout.strides());
  }

  private static memory.data_type type(torch.ScalarType type) {
    return switch (type) {
      case Float -> memory.data_type.f32;
      case BFloat16 -> memory.data_type.bf16;
      default ->
          throw new IllegalArgumentException("an operand must be float32 or bfloat16, got " + type);
    };
  }

  @Override
  public Products another() {
    return new OneDnnProducts();
  }

  @Override
  public SortedSet<String> kernels() {
    return Collections.unmodifiableSortedSet(names);
  }

  @Override
  public void close() {
    kernels.values().forEach(Kernel::close);
    kernels.clear();
    strides.close();
    if (processor != null) {
      processor.close();
      processor = null;
    }
  }
}
