package io.chorale.evaluate;

import io.chorale.config.Settings;
import io.chorale.io.FloatSlices;
import io.chorale.model.Dropout;
import io.chorale.model.Model;
import io.chorale.model.Models;
import io.chorale.tensor.Device;
import io.chorale.tensor.Engine;
import io.chorale.tensor.FlatTensors;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The loss of a model over a whole stream of tokens: every token but the first is predicted exactly
 * once, from what stands before it in its block of at most {@code context} tokens.
 *
 * <p>A transformer sees nothing before the block. A recurrent model carries its state from block to
 * block. A long stream it reads in lanes, equal parts of the stream, at the same time, since one
 * lane alone would wait for memory at every step; each lane but the first begins one block early,
 * to have a state when counting begins. Each lane counts at least 16 blocks, so that this costs
 * little and a short stream is one lane.
 *
 * <p>The result depends on nothing but the arguments. Cost: one forward pass, and memory for the
 * logits of the blocks that are read at the same time.
 */
public final class Evaluator {
  private static final int BLOCKS_OF_LANE = 16;
  private static final long LARGEST_LOGITS = 1L << 26;
  private static final int IGNORED = -100;

  private final Settings settings;
  private final int vocabulary;
  private final int context;
  private final int rows;
  private final Device device;

  /**
   * @param vocabulary V
   * @param context tokens of a block
   * @param batch blocks to read at the same time; fewer where their logits would be too large
   * @param device where to compute
   */
  public Evaluator(Settings settings, int vocabulary, int context, int batch, Device device) {
    this.device = device;
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.context = context;
    this.rows = rows(vocabulary, context, batch);
  }

  /** The most blocks that an evaluator of these arguments reads at the same time. */
  public static int rows(int vocabulary, int context, int batch) {
    return (int) Math.max(1, Math.min(batch, LARGEST_LOGITS / vocabulary / context));
  }

  /** Evaluates a stream; one of fewer than two tokens has nothing to predict. */
  public LossSum evaluate(FloatSlices parameters, int[] tokens) {
    Engine.start();
    int predictions = Math.max(0, tokens.length - 1);
    double nats = 0;
    try (StepScope scope = new StepScope();
        NoGradGuard guard = new NoGradGuard();
        FlatTensors weights =
            FlatTensors.frozen(Models.layout(settings, vocabulary, context).shapes(), device);
        Model model = Models.create(settings, weights, weights)) {
      weights.load(parameters);
      if (settings.model().recurrent()) {
        int lanes = Math.max(1, Math.min(rows, predictions / (BLOCKS_OF_LANE * context)));
        nats = lanes(model, tokens, lanes, (predictions + lanes - 1) / lanes);
      } else {
        for (int at = 0; at < predictions; at += rows * context) {
          try (StepScope group = new StepScope()) {
            int count = Math.min(rows, (predictions - at + context - 1) / context);
            Block block = new Block(count, Math.min(context, predictions - at));
            for (int row = 0; row < count; row++) {
              int from = at + row * context;
              block.fill(row, tokens, from, from, Math.min(from + context, predictions));
            }
            nats += block.loss(model, List.of()).nats();
          }
        }
      }
    }
    return new LossSum(nats, predictions);
  }

  /** Reads lanes of {@code stride} predictions each, the last one shorter, side by side. */
  private double lanes(Model model, int[] tokens, int lanes, int stride) {
    int predictions = tokens.length - 1;
    int early = lanes == 1 ? 0 : context;
    double nats = 0;
    List<Tensor> state = List.of();
    for (int at = -early; at < stride; at += context) {
      try (StepScope scope = new StepScope()) {
        Block block = new Block(lanes, Math.min(context, stride - at));
        for (int lane = 0; lane < lanes; lane++) {
          int begin = lane * stride;
          int end = Math.min(begin + stride, predictions);
          block.fill(lane, tokens, begin + at, begin, end);
        }
        Result result = block.loss(model, state);
        nats += result.nats();
        state.forEach(Tensor::close);
        state = new ArrayList<>(result.state());
        state.forEach(scope::keep);
        if (at < 0) {
          // Nothing stands before the first lane; states are [C, B].
          state.forEach(tensor -> tensor.select(1, 0).zero_());
        }
      }
    }
    state.forEach(Tensor::close);
    return nats;
  }

  private record Result(double nats, List<Tensor> state) {}

  /** Rows of inputs with their targets; a row may be short, or count only from some place on. */
  private final class Block {
    private final int length;
    private final int[] inputs;
    private final int[] targets;

    Block(int rows, int length) {
      this.length = length;
      this.inputs = new int[rows * length];
      this.targets = new int[rows * length];
      Arrays.fill(targets, IGNORED);
    }

    /** Fills a row from a place in the stream on; predictions outside [begin, end) do not count. */
    void fill(int row, int[] tokens, int from, int begin, int end) {
      for (int t = 0; t < length; t++) {
        int at = from + t;
        if (at >= 0 && at < end) {
          inputs[row * length + t] = tokens[at];
          if (at >= begin) {
            targets[row * length + t] = tokens[at + 1];
          }
        }
      }
    }

    Result loss(Model model, List<Tensor> state) {
      Tensor ids = device.ids(inputs).view(-1, length);
      Model.Output output = model.forward(ids, state, Dropout.NONE);
      Tensor losses =
          torch.cross_entropy_loss(
              output.logits().flatten(0, 1),
              device.ids(targets),
              new TensorOptional(),
              torch.Reduction.None.value,
              IGNORED,
              0);
      return new Result(losses.to(torch.ScalarType.Double).sum().item_double(), output.state());
    }
  }
}
