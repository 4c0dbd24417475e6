package io.chorale.jobs.predict;

import io.chorale.config.Settings;
import io.chorale.evaluate.Predictor;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.spark.Tally;
import io.chorale.jobs.spark.TaskDevice;
import io.chorale.model.Weights;
import io.chorale.task.Task;
import io.chorale.tensor.Device;
import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/** Predicts the rows of a partition, with the model that all tasks of its process share. */
final class PredictTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final ModelRecords records;
  private final SharedVector parameters;
  private Tally tally;

  /**
   * @param name of the model, unlike that of any other job's
   * @param records as it reads them
   */
  PredictTask(String name, ModelRecords records, SharedVector parameters) {
    this.name = name;
    this.records = records;
    this.parameters = parameters;
  }

  private PredictTask(PredictTask task, Tally tally) {
    this(task.name, task.records, task.parameters);
    this.tally = tally;
  }

  /** The same, which tells how many rows it has predicted. */
  PredictTask telling(Tally told) {
    return new PredictTask(this, told);
  }

  /** The columns that go on into the output as they are. */
  StructType carried() {
    return records.carried();
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    Settings settings = records.settings();
    Task task = records.task();
    Device device = TaskDevice.of(settings);
    ProcessModel model =
        ProcessModel.of(
            name + " on " + device, () -> Weights.frozen(task.layout(), parameters, device));
    // Before anything can fail; what is made later is closed first.
    atEnd(model);
    Predictor predictor = new Predictor(task, model.weights(), settings.predict().batch());
    atEnd(predictor);
    return new PredictedRows(
        new EncodedRecords(rows, records, records.encoder(task)),
        predictor,
        new OutputColumns(task.outputs(), settings.predict().prefix()),
        records,
        tally);
  }

  /** Closes what a task uses when it ends, however it ends. */
  private static void atEnd(AutoCloseable used) {
    TaskCompletionListener ended =
        context -> {
          try {
            used.close();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    TaskContext.get().addTaskCompletionListener(ended);
  }
}
