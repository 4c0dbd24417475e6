package io.chorale.evaluate;

import io.chorale.io.FloatVector;
import io.chorale.model.Trace;
import io.chorale.tensor.FlatTensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** Writes down what it hears of one row's pass, and of the way back. */
final class Listener implements Trace {
  private static final String REVERSED = "_reverse";

  private final List<Insight.Attention> attention = new ArrayList<>();
  private final List<Insight.States> states = new ArrayList<>();
  private final Map<String, double[]> gradients = new LinkedHashMap<>();
  private final Map<String, Tensor> waiting = new LinkedHashMap<>(); // for their gradients

  @Override
  public void attention(String layer, Supplier<Tensor> weights) {
    Tensor heads = weights.get().detach();
    int rows = (int) heads.size(2);
    int columns = (int) heads.size(3);
    float[][] all = rows(heads, columns);
    float[][][] byHead = new float[(int) heads.size(1)][rows][];
    for (int i = 0; i < all.length; i++) {
      byHead[i / rows][i % rows] = all[i];
    }
    attention.add(new Insight.Attention(layer, byHead, !layer.endsWith("memory")));
  }

  @Override
  public void states(String layer, Supplier<Tensor> values) {
    Tensor x = values.get();
    states.add(new Insight.States(layer, rows(x.detach(), (int) x.size(2))));
    if (x.requires_grad()) {
      x.retain_grad();
      waiting.put(layer, x);
    }
  }

  @Override
  public void stateGradients(String layer, double[] norms) {
    int steps = norms.length - 1; // the first is of the state before all
    double[] inOrder = new double[steps];
    for (int t = 0; t < steps; t++) {
      inOrder[layer.endsWith(REVERSED) ? steps - 1 - t : t] = norms[1 + t];
    }
    gradients.put(layer, inOrder);
  }

  List<Insight.Attention> attention() {
    return attention;
  }

  List<Insight.States> states() {
    return states;
  }

  /** After the way back: of each layer that handed on states, in their order. */
  List<Insight.Gradients> gradients() {
    List<Insight.Gradients> all = new ArrayList<>();
    for (Insight.States layer : states) {
      double[] norms = gradients.get(layer.layer());
      Tensor gradient =
          waiting.containsKey(layer.layer()) ? waiting.get(layer.layer()).grad() : new Tensor();
      if (norms == null && gradient.defined()) {
        float[][] rows = rows(gradient, (int) gradient.size(2));
        norms = new double[rows.length];
        for (int t = 0; t < norms.length; t++) {
          norms[t] = norm(rows[t]);
        }
      }
      if (norms != null) {
        all.add(new Insight.Gradients(layer.layer(), norms));
      }
    }
    return all;
  }

  private static double norm(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  /** The numbers of a tensor in rows of that many. */
  private static float[][] rows(Tensor tensor, int width) {
    FloatVector all = FlatTensors.read(tensor.contiguous().flatten());
    float[][] rows = new float[(int) (all.length() / width)][width];
    for (int i = 0; i < all.length(); i++) {
      rows[i / width][i % width] = all.get(i);
    }
    return rows;
  }
}
