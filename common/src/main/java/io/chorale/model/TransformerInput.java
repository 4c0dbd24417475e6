package io.chorale.model;

import io.chorale.tensor.Tape;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** What a transformer's first block reads: the vectors of a sequence, with their positions. */
record TransformerInput(TransformerParameters parameters) {
  /** A table is large that has so many times the rows that are looked up. */
  private static final int MANY_ROWS = 4;

  /**
   * The vectors with positions, after dropout [B, T, C].
   *
   * @param start position of the first step
   * @param documents that share the rows: positions begin anew with each
   */
  Tensor read(
      Weights w, Sequence sequence, long start, Optional<DocumentGroups> documents, Pass pass) {
    return pass.dropout().apply(place(w, vectors(w, sequence, pass), start, documents));
  }

  /**
   * Looks up the vectors that are read [B, T, C]. Autograd fills a gradient as large as a table,
   * whatever was looked up of it: of a large one the rows alone are added.
   */
  private static Tensor vectors(Weights w, Sequence sequence, Pass pass) {
    if (w.products().isEmpty()
        || !pass.tape().recording()
        || !(sequence instanceof Sequence.Embedded embedded)
        || !embedded.table().requires_grad()
        || embedded.table().size(0) <= MANY_ROWS * embedded.ids().numel()) {
      return sequence.values();
    }
    Tensor ids = embedded.ids().flatten(0, 1);
    Tensor table = embedded.table();
    Tensor found;
    try (NoGradGuard guard = new NoGradGuard()) {
      found = embedded.values();
    }
    Tape.Segment back =
        gradients -> {
          table.grad().index_add_(0, ids, gradients.get(0).flatten(0, 1));
          return List.of();
        };
    return pass.tape().cut(List.of(), List.of(found), back).get(0);
  }

  /** Adds positions to vectors [B, T, C], where they are not turned in later. */
  private Tensor place(Weights w, Tensor x, long start, Optional<DocumentGroups> documents) {
    long length = documents.isPresent() ? documents.get().longest() : x.size(1);
    UnaryOperator<Tensor> placed =
        table -> documents.isPresent() ? documents.get().placed(table, x.size(0)) : table;
    return switch (parameters.settings().positions()) {
      case LEARNED -> x.add(placed.apply(w.get(parameters.positions()).narrow(0, start, length)));
      case SINUSOIDAL -> {
        Tensor scaled = x.mul(new Scalar(Math.sqrt(parameters.width())));
        yield scaled.add(placed.apply(parameters.tables(w).sinusoids(start, length)));
      }
      case ROTARY -> x;
    };
  }
}
