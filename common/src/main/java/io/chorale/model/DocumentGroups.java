package io.chorale.model;

import io.chorale.tensor.Device;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The groups of {@link Documents} in one pass: applies to each what mixes the steps of a row. */
final class DocumentGroups {
  private final Documents documents;
  private final Tensor tokens;
  private final Tensor steps;
  private final Tensor places;
  private final long[] sizes;

  DocumentGroups(Documents documents, Device device) {
    this.documents = documents;
    tokens = device.ids(documents.tokens());
    steps = device.ids(documents.steps());
    places = device.ids(documents.places());
    sizes = new long[documents.groups()];
    for (int group = 0; group < sizes.length; group++) {
      sizes[group] = (long) documents.count(group) * documents.longest(group);
    }
  }

  /** Tokens of the longest document. */
  int longest() {
    return documents.longest();
  }

  /**
   * Selects the row of a table by each token's place in its document [B, T, C].
   *
   * @param table [P, C], for at least as many places as the longest document has
   */
  Tensor placed(Tensor table, long batch) {
    return table.index_select(0, places).view(batch, -1, table.size(1));
  }

  /**
   * Maps documents, each alone.
   *
   * @param x [B, T, E]
   * @param map of a group's documents [D, L, E] to [D, L, C], of which no step depends on a later
   *     one: padding is at the right
   * @return the results [B, T, C]; those of padding mean nothing
   */
  Tensor each(Tensor x, UnaryOperator<Tensor> map) {
    // Split rather than narrowed group by group, whose ways back would each fill a whole gradient.
    TensorVector groups = x.flatten(0, 1).index_select(0, tokens).split_with_sizes(sizes, 0);
    TensorVector results = new TensorVector();
    for (int group = 0; group < sizes.length; group++) {
      Tensor one = groups.get(group).view(documents.count(group), documents.longest(group), -1);
      results.push_back(map.apply(one).flatten(0, 1));
    }
    return torch.cat(results, 0).index_select(0, steps).view(x.size(0), x.size(1), -1);
  }
}
