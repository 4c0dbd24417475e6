package io.chorale.jobs.predict;

import io.chorale.data.Row;
import io.chorale.model.ParameterLayout;
import io.chorale.model.Weights;
import io.chorale.task.Output;
import io.chorale.task.Prediction;
import io.chorale.task.RowModel;
import java.util.List;

/** The vectors that a model makes of rows, each mapped. */
record MappedVectors(RowModel model, VectorMap map) implements RowModel {
  @Override
  public ParameterLayout layout() {
    return model.layout();
  }

  @Override
  public List<String> inputs() {
    return model.inputs();
  }

  @Override
  public int longest() {
    return model.longest();
  }

  @Override
  public long largestOfRow() {
    return model.largestOfRow();
  }

  @Override
  public List<Output> outputs() {
    return model.outputs().stream()
        .map(output -> Output.vector(output.name(), map.size()))
        .toList();
  }

  @Override
  public List<Prediction> predict(Weights w, List<Row> rows, long[] seeds) {
    return model.predict(w, rows, seeds).stream()
        .map(made -> Prediction.of(map.apply((float[]) made.values().get(0))))
        .toList();
  }
}
