package io.chorale.export;

import io.chorale.config.ModelSettings.Kind;
import java.util.List;

/** Adds the cells of a recurrent layer, of one direction or both, to a graph. */
interface OnnxCells {
  /**
   * What a layer makes.
   *
   * @param hidden of all steps, both directions beside each other [T, B, D x H]
   * @param last states after the last step of each row [D, B, H]
   */
  record Made(String hidden, List<String> last) {}

  /**
   * Reads vectors [T, B, E].
   *
   * @param before states to begin with [D, B, H]; none where these are zero
   */
  Made read(String x, int layer, List<String> before);

  /** The states of a cell. */
  static List<String> states(Kind kind) {
    return kind == Kind.LSTM ? List.of("h", "c") : List.of("h");
  }

  /** What the names of the parameters of each direction end with. */
  static List<String> ways(int directions) {
    return List.of("", "_reverse").subList(0, directions);
  }
}
