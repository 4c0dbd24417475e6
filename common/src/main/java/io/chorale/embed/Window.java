package io.chorale.embed;

/**
 * One step of gradient descent over the window around a word: all its context words are scored
 * against the word and against the same few negatives, in small products of matrices (Ji et al.
 * 2016, arXiv 1604.04661).
 *
 * <p>Costs three products of contexts x outputs x stride. Sums run in the order of the elements, so
 * that the result is the same on every machine.
 */
final class Window {
  private static final int EVEN = 2;

  /**
   * The vectors of the context words, [contexts][stride]: moved in place. One may be there twice.
   */
  final float[][] contexts;

  /** The rows that they are scored against, [outputs][stride]: the word itself, then negatives. */
  final float[][] outputs;

  /** The same rows after the step. */
  final float[][] moved;

  private final float[][] padded;
  private final float[][] gradient;
  private final float[] zeros;
  private final int stride;

  Window(int mostContexts, int mostOutputs, int stride) {
    this.stride = stride;
    this.zeros = new float[stride];
    contexts = new float[mostContexts + 1][];
    outputs = new float[mostOutputs][stride];
    padded = new float[mostOutputs + 1][];
    moved = new float[mostOutputs][stride];
    gradient = new float[mostOutputs + 1][mostContexts + 1];
  }

  /**
   * Takes a step.
   *
   * @param words context words, from 1
   * @param rows outputs, from 1; the first is the word to be predicted
   * @return the sum of the losses of all pairs, in nats, before the step
   */
  double step(int words, int rows, float rate) {
    // Even numbers of both, so that the loops below need no remainder: zeros change nothing.
    int m = words + words % EVEN;
    int n = rows + rows % EVEN;
    contexts[words] = zeros;
    System.arraycopy(outputs, 0, padded, 0, rows);
    padded[rows] = zeros;
    scores(m, n);
    double loss = 0;
    for (int j = 0; j < rows; j++) {
      float[] row = gradient[j];
      for (int i = 0; i < words; i++) {
        loss += Sigmoid.loss(j == 0 ? -row[i] : row[i]);
        row[i] = ((j == 0 ? 1 : 0) - Sigmoid.of(row[i])) * rate;
      }
    }
    for (int j = 0; j < rows; j++) {
      float[] g = gradient[j];
      add(outputs[j], g[0], contexts[0], g[1], contexts[1], moved[j]);
      for (int i = 2; i < m; i += EVEN) {
        add(moved[j], g[i], contexts[i], g[i + 1], contexts[i + 1], moved[j]);
      }
    }
    for (int i = 0; i < words; i++) {
      for (int j = 0; j < n; j += EVEN) {
        float[] x = contexts[i];
        add(x, gradient[j][i], padded[j], gradient[j + 1][i], padded[j + 1], x);
      }
    }
    return loss;
  }

  /** Two by four dot products at a time, so that no sum waits for the one before. */
  private void scores(int m, int n) {
    for (int j = 0; j < n; j += EVEN) {
      int i = 0;
      for (; i + 4 <= m; i += 4) {
        four(i, j);
      }
      for (; i < m; i += EVEN) {
        two(i, j);
      }
    }
  }

  private void four(int i, int j) {
    float[] p = padded[j];
    float[] q = padded[j + 1];
    float[] a = contexts[i];
    float[] b = contexts[i + 1];
    float[] c = contexts[i + 2];
    float[] d = contexts[i + 3];
    float pa = 0, pb = 0, pc = 0, pd = 0, qa = 0, qb = 0, qc = 0, qd = 0;
    for (int k = 0; k < stride; k++) {
      float x = p[k];
      float y = q[k];
      pa += x * a[k];
      pb += x * b[k];
      pc += x * c[k];
      pd += x * d[k];
      qa += y * a[k];
      qb += y * b[k];
      qc += y * c[k];
      qd += y * d[k];
    }
    put(gradient[j], i, pa, pb);
    put(gradient[j], i + 2, pc, pd);
    put(gradient[j + 1], i, qa, qb);
    put(gradient[j + 1], i + 2, qc, qd);
  }

  private void two(int i, int j) {
    float[] p = padded[j];
    float[] q = padded[j + 1];
    float[] a = contexts[i];
    float[] b = contexts[i + 1];
    float pa = 0, pb = 0, qa = 0, qb = 0;
    for (int k = 0; k < stride; k++) {
      pa += p[k] * a[k];
      pb += p[k] * b[k];
      qa += q[k] * a[k];
      qb += q[k] * b[k];
    }
    put(gradient[j], i, pa, pb);
    put(gradient[j + 1], i, qa, qb);
  }

  private static void put(float[] row, int i, float first, float second) {
    row[i] = first;
    row[i + 1] = second;
  }

  /** sum = x + f * a + g * b. */
  private static void add(float[] x, float f, float[] a, float g, float[] b, float[] sum) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] = x[k] + (f * a[k] + g * b[k]);
    }
  }
}
