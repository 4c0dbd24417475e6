package io.chorale.tensor;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Computes by libtorch's operators: what other products must agree with. */
public final class AtenProducts implements Products {

  @Override
  public void multiply(Operand a, Operand b, Operand result, Form form) {
    try (StepScope scope = new StepScope()) {
      torch.ScalarType type = result.layout().type();
      Tensor product = a.tensor().matmul(b.tensor());
      if (form.scale() != 1) {
        product = product.mul(new Scalar(form.scale()));
      }
      for (Operand addend : form.addends()) {
        product = product.add(addend.tensor());
      }
      if (form.adds()) {
        result.tensor().add_(product.to(type));
      } else {
        result.tensor().copy_(product);
      }
      activate(form.activation(), result, result);
    }
  }

  @Override
  public void activate(Activation activation, Operand x, Operand result) {
    try (StepScope scope = new StepScope()) {
      switch (activation) {
        case NONE -> result.tensor().copy_(x.tensor());
        case SIGMOID -> result.tensor().copy_(x.tensor().sigmoid());
        case TANH -> result.tensor().copy_(x.tensor().tanh());
      }
    }
  }

  @Override
  public void geluTanh(Operand x, Operand result) {
    try (StepScope scope = new StepScope()) {
      result.tensor().copy_(torch.gelu(x.tensor(), "tanh"));
    }
  }

  @Override
  public void geluTanhBackward(Operand x, Operand gradient, Operand result) {
    try (StepScope scope = new StepScope()) {
      result.tensor().copy_(torch.gelu_backward(gradient.tensor(), x.tensor(), "tanh"));
    }
  }

  @Override
  public void softmax(Operand scores, Operand result) {
    try (StepScope scope = new StepScope()) {
      result.tensor().copy_(torch.softmax(scores.tensor(), -1));
    }
  }

  @Override
  public void softmaxBackward(Operand probabilities, Operand gradient, Operand result) {
    try (StepScope scope = new StepScope()) {
      torch.ScalarType type = torch.ScalarType.Float;
      Tensor y = probabilities.tensor().to(type);
      Tensor weighed = gradient.tensor().to(type).mul(y);
      Tensor sums = weighed.sum(new long[] {-1}, true, new ScalarTypeOptional());
      result.tensor().copy_(weighed.sub_(y.mul(sums)));
    }
  }

  @Override
  public void layerNorm(
      Operand x, List<Operand> parameters, double epsilon, Statistics statistics, Operand y) {
    try (StepScope scope = new StepScope()) {
      Tensor read = x.tensor();
      long[] units = {-1};
      Tensor centred = read.sub(read.mean(units, true, new ScalarTypeOptional()));
      Tensor variances = centred.square().mean(units, true, new ScalarTypeOptional());
      Tensor normed = centred.mul(variances.add(new Scalar(epsilon)).rsqrt());
      normed.mul_(parameters.get(0).tensor());
      if (parameters.size() > 1) {
        normed.add_(parameters.get(1).tensor());
      }
      statistics.means().tensor().copy_(read.mean(units, false, new ScalarTypeOptional()));
      statistics.variances().tensor().copy_(variances.squeeze(-1));
      y.tensor().copy_(normed);
    }
  }

  @Override
  public Products another() {
    return new AtenProducts();
  }

  @Override
  public SortedSet<String> kernels() {
    return Collections.unmodifiableSortedSet(new TreeSet<>());
  }

  @Override
  public void close() {
    // Nothing is kept between two calls.
  }
}
