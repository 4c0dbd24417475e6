package io.chorale.task;

import io.chorale.config.ModelSettings;
import io.chorale.config.Settings;
import io.chorale.config.TaskSettings.Direction;
import io.chorale.model.Backbone;
import io.chorale.model.DecomposedLinear;
import io.chorale.model.Head;
import io.chorale.model.Lengths;
import io.chorale.model.Pass;
import io.chorale.model.Pool;
import io.chorale.model.Projection;
import io.chorale.model.Sequence;
import io.chorale.model.Slots;
import io.chorale.model.State;
import io.chorale.model.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A network that forecasts the next steps of series from their last ones. */
interface ForecastNetwork {
  /**
   * Some numbers for each step that is forecast, and each channel [B, H, C, Q].
   *
   * @param past [B, L, C]
   * @param calendar [B, L, F]; null where there is none
   */
  Tensor forward(Weights w, Tensor past, Tensor calendar, Pass pass);

  /** Floats that a training step keeps for the way back, and the largest gradients on it. */
  long keptByStep(long rows);

  /** Floats that a pass without a way back makes. */
  long madeByPass(long rows);

  /** Floats of the largest tensor that a pass without a way back makes of one row. */
  long largestOfRow();

  /**
   * The network that the settings name.
   *
   * @param slots to which it adds its parameters
   * @param channels C
   * @param features F, numbers of the calendar; 0 where there are none
   * @param numbers Q
   */
  static ForecastNetwork of(
      Slots slots, Settings settings, int channels, int features, int numbers) {
    return settings.model().kind() == ModelSettings.Kind.LINEAR
        ? new OfLinear(slots, settings, channels, numbers)
        : new OfEncoder(slots, settings, channels, features, numbers);
  }

  /** A linear map of each channel by itself; the calendar is not read. */
  final class OfLinear implements ForecastNetwork {
    private final DecomposedLinear map;
    private final int channels;
    private final int horizon;
    private final int numbers;

    private OfLinear(Slots slots, Settings settings, int channels, int numbers) {
      this.channels = channels;
      this.horizon = settings.forecast().horizon();
      this.numbers = numbers;
      map =
          DecomposedLinear.of(
              slots,
              settings.forecast().lookBack(),
              horizon * numbers,
              settings.forecast().movingAverage());
    }

    @Override
    public Tensor forward(Weights w, Tensor past, Tensor calendar, Pass pass) {
      Tensor mapped = map.forward(w, past); // [B, C, H * Q]
      return mapped.view(past.size(0), channels, horizon, numbers).permute(0, 2, 1, 3);
    }

    @Override
    public long keptByStep(long rows) {
      return map.keptByStep(rows, channels);
    }

    @Override
    public long madeByPass(long rows) {
      return map.madeByPass(rows, channels);
    }

    @Override
    public long largestOfRow() {
      return map.madeByPass(1, channels);
    }
  }

  /** An encoder that reads all channels step by step, and a head that sees what it made of them. */
  final class OfEncoder implements ForecastNetwork {
    private final Projection input;
    private final Backbone encoder;
    private final Pool pool;
    private final Head head;
    private final int lookBack;
    private final long[] shape;

    private OfEncoder(Slots slots, Settings settings, int channels, int features, int numbers) {
      lookBack = settings.forecast().lookBack();
      shape = new long[] {-1, settings.forecast().horizon(), channels, numbers};
      input = Projection.of(slots, "projection", settings, channels + features);
      Backbone.Form form =
          settings.task().direction() == Direction.CAUSAL
              ? Backbone.Form.CAUSAL
              : Backbone.Form.BOTH_WAYS;
      encoder = Backbone.of(slots, "encoder.", settings, form, lookBack);
      pool = Pool.of(slots, "pool", settings.task().pooling(), encoder);
      head = Head.of(slots, "head", settings, encoder.width(), (int) results());
    }

    private long results() {
      return shape[1] * shape[2] * shape[3];
    }

    @Override
    public Tensor forward(Weights w, Tensor past, Tensor calendar, Pass pass) {
      Lengths lengths = Lengths.equal((int) past.size(0), lookBack);
      Tensor read = calendar == null ? past : torch.cat(new TensorVector(past, calendar), 2);
      Sequence x = input.forward(w, read, lengths, pass);
      Backbone.Output output = encoder.forward(w, x, State.NONE, pass);
      Tensor pooled = pool.forward(w, output, lengths);
      return head.forward(w, pass.dropout().apply(pooled)).view(shape);
    }

    @Override
    public long keptByStep(long rows) {
      return input.keptByStep(rows, lookBack)
          + encoder.keptByStep(rows, lookBack, false)
          + rows * (2L * lookBack * encoder.width() + 4 * results());
    }

    @Override
    public long madeByPass(long rows) {
      return input.madeByPass(rows, lookBack)
          + encoder.madeByPass(rows, lookBack, false)
          + rows * ((long) lookBack * encoder.width() + 2 * results());
    }

    @Override
    public long largestOfRow() {
      long read = Math.max(encoder.largestOfRow(lookBack), input.madeByPass(1, lookBack));
      return Math.max(read, results());
    }
  }
}
