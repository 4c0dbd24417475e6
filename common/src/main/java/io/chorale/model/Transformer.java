package io.chorale.model;

import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.AttentionSettings.Norm;
import io.chorale.config.AttentionSettings.Positions;
import io.chorale.config.Settings;
import io.chorale.tensor.FlatTensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A decoder-only transformer with its norms before each part of a block (Vaswani et al., 2017;
 * Radford et al., 2019).
 *
 * <p>Its state is the key and the value [B, H, T, C/H] of every token so far, layer by layer.
 */
final class Transformer implements Model {
  private static final double EPSILON = 1e-5;

  private final Settings settings;
  private final FlatTensors weights;
  private final FlatTensors matrices;
  private final PositionTables tables;
  private final int heads;
  private final int size;

  Transformer(Settings settings, FlatTensors weights, FlatTensors matrices) {
    this.settings = settings;
    this.weights = weights;
    this.matrices = matrices;
    this.heads = settings.attention().heads();
    this.size = settings.model().width() / heads;
    boolean rotary = settings.attention().positions() == Positions.ROTARY;
    this.tables = new PositionTables(weights.values(), rotary ? size : settings.model().width());
  }

  @Override
  public Output forward(Tensor inputs, List<Tensor> state, Dropout dropout) {
    long start = state.isEmpty() ? 0 : state.get(0).size(2);
    long length = inputs.size(1);
    Tensor x = dropout.apply(embed(inputs, start, length)); // [B, T, C]
    List<Tensor> next = new ArrayList<>();
    for (int i = 0; i < settings.model().layers(); i++) {
      String layer = "layers." + i + ".";
      List<Tensor> past = state.isEmpty() ? List.of() : state.subList(2 * i, 2 * i + 2);
      Tensor attended = attention(layer, norm(layer + "attention.norm", x), past, start, next);
      // Into what the layer gave, which no gradient needs, rather than into a new tensor.
      x = dropout.apply(attended).add_(x);
      x = dropout.apply(mlp(layer, norm(layer + "mlp.norm", x))).add_(x);
    }
    Tensor logits = product(norm("norm", x), head(), new TensorOptional()); // [B, T, V]
    return new Output(logits, next);
  }

  private Tensor embed(Tensor inputs, long start, long length) {
    Tensor x = torch.embedding(weights.get("embedding.weight"), inputs);
    return switch (settings.attention().positions()) {
      case LEARNED -> x.add(weights.get("positions.weight").narrow(0, start, length));
      case SINUSOIDAL -> {
        Tensor scaled = x.mul(new Scalar(Math.sqrt(settings.model().width())));
        yield scaled.add(tables.sinusoids(start, length));
      }
      case ROTARY -> x;
    };
  }

  /** Multi-head causal attention; adds its keys and values to {@code next}. */
  private Tensor attention(
      String layer, Tensor x, List<Tensor> past, long start, List<Tensor> next) {
    long batch = x.size(0);
    long length = x.size(1);
    TensorVector parts = linear(layer + "attention.qkv", x).split(settings.model().width(), 2);
    Tensor q = heads(parts.get(0)); // [B, H, T, C/H]
    Tensor k = heads(parts.get(1));
    Tensor v = heads(parts.get(2));
    if (settings.attention().positions() == Positions.ROTARY) {
      q = tables.rotate(q, start);
      k = tables.rotate(k, start);
    }
    if (!past.isEmpty()) {
      k = torch.cat(new TensorVector(past.get(0), k), 2);
      v = torch.cat(new TensorVector(past.get(1), v), 2);
    }
    next.add(k);
    next.add(v);
    Tensor y = attend(q, k, v, start, length); // [B, H, T, C/H]
    y = y.transpose(1, 2).reshape(batch, length, settings.model().width());
    return linear(layer + "attention.output", y);
  }

  private Tensor heads(Tensor x) {
    return x.view(x.size(0), x.size(1), heads, size).transpose(1, 2);
  }

  private static Tensor attend(Tensor q, Tensor k, Tensor v, long start, long length) {
    boolean square = start == 0;
    TensorOptional mask = new TensorOptional();
    if (!square && length > 1) {
      mask =
          new TensorOptional(
              torch
                  .ones(new long[] {length, start + length}, q.options())
                  .tril(start)
                  .to(torch.ScalarType.Bool));
    }
    return torch.scaled_dot_product_attention(
        q, k, v, mask, 0, square, new DoubleOptional(), false);
  }

  private Tensor mlp(String layer, Tensor x) {
    Tensor up = linear(layer + "mlp.up", x);
    Tensor activated;
    if (settings.attention().activation() == Activation.SWIGLU) {
      long hidden = up.size(2) / 2;
      activated = torch.silu(up.narrow(2, 0, hidden)).mul(up.narrow(2, hidden, hidden));
    } else {
      activated = torch.gelu(up);
    }
    return linear(layer + "mlp.down", activated);
  }

  private Tensor norm(String name, Tensor x) {
    TensorOptional scale = new TensorOptional(weights.get(name + ".weight"));
    long[] shape = {settings.model().width()};
    if (settings.attention().norm() == Norm.RMS) {
      return torch.rms_norm(x, shape, scale, new DoubleOptional(EPSILON));
    }
    TensorOptional shift =
        settings.attention().bias()
            ? new TensorOptional(weights.get(name + ".bias"))
            : new TensorOptional();
    return torch.layer_norm(x, shape, scale, shift, EPSILON, false);
  }

  private Tensor linear(String name, Tensor x) {
    TensorOptional bias =
        settings.attention().bias()
            ? new TensorOptional(matrices.get(name + ".bias"))
            : new TensorOptional();
    return product(x, matrices.get(name + ".weight"), bias);
  }

  private Tensor head() {
    return matrices.get(settings.model().tiedHead() ? "embedding.weight" : "head.weight");
  }

  /** A linear layer in the type of its matrix, its result in the type of x. */
  private static Tensor product(Tensor x, Tensor matrix, TensorOptional bias) {
    return torch.linear(x.to(matrix.scalar_type()), matrix, bias).to(x.scalar_type());
  }

  @Override
  public void close() {
    tables.close();
  }
}
