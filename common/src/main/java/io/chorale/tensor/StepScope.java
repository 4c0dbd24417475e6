package io.chorale.tensor;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The native memory of one step: every tensor made on this thread while the scope is open is freed
 * when it closes, unless it was {@linkplain #keep kept}.
 *
 * <p>A tensor left to the garbage collector would stay long after its step, since the Java heap
 * does not feel its size.
 */
public final class StepScope implements AutoCloseable {
  private final PointerScope scope;

  /** Opens a scope on the calling thread; while the process ends, that waits for the end. */
  public StepScope() {
    StepGate.enter();
    scope = new PointerScope();
  }

  /**
   * Computes within a scope of its own, of which only the results stay: they belong to the scope
   * around it, or where there is none to the caller.
   */
  public static List<Tensor> results(Supplier<List<Tensor>> piece) {
    List<Tensor> results;
    try (PointerScope inner = new PointerScope()) {
      // Handles of their own: what a tensor returns may be a reference into that tensor.
      results = piece.get().stream().map(Tensor::new).toList();
      results.forEach(Tensor::retainReference);
    }
    PointerScope outer = PointerScope.getInnerScope();
    if (outer != null) {
      for (Tensor result : results) {
        outer.attach(result);
        result.releaseReference();
      }
    }
    return results;
  }

  /**
   * Takes a tensor, or anything native, out of the scope: the caller closes it. Tensors that live
   * as long as a model are made outside of any scope or kept this way.
   */
  public <P extends Pointer> P keep(P pointer) {
    // The scope gives up only its own reference; detaching would free what nobody else refers to.
    pointer.retainReference();
    return pointer;
  }

  @Override
  public void close() {
    scope.close();
    StepGate.leave();
  }
}
