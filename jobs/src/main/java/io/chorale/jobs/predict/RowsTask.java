package io.chorale.jobs.predict;

import io.chorale.config.Settings;
import io.chorale.evaluate.Predictor;
import io.chorale.jobs.spark.ProcessLatest;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.jobs.spark.Tally;
import io.chorale.jobs.spark.TaskDevice;
import io.chorale.model.Weights;
import io.chorale.task.RowModel;
import io.chorale.tensor.Device;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/** Puts the rows of a partition through the model that all tasks of its process share. */
final class RowsTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** The model that the tasks of a process share. */
  private static final ProcessLatest<Weights> MODEL = new ProcessLatest<>();

  private final String name;
  private final ModelRecords records;
  private final SharedVector parameters;
  private Tally tally;

  /**
   * @param name of the model, unlike that of any other job's
   * @param records as it reads them
   */
  RowsTask(String name, ModelRecords records, SharedVector parameters) {
    this.name = name;
    this.records = records;
    this.parameters = parameters;
  }

  private RowsTask(RowsTask task, Tally tally) {
    this(task.name, task.records, task.parameters);
    this.tally = tally;
  }

  /** The same, which tells of how many rows it is done with. */
  RowsTask telling(Tally told) {
    return new RowsTask(this, told);
  }

  /** The same with what its use learns; see {@link RowsUse#learnt}. */
  RowsTask learnt(OutputDirectory output, IntFunction<List<float[]>> sample) {
    RowsUse use = records.use().learnt(records.settings(), output, sample);
    return new RowsTask(name, records.with(use), parameters);
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
    RowModel rowModel = records.model();
    OutputColumns columns = records.use().columns(settings, rowModel);
    Device device = TaskDevice.of(settings);
    ProcessLatest<Weights>.Use model =
        MODEL.use(
            name + " on " + device,
            () -> Weights.frozen(rowModel.layout(), parameters, settings.train(), device));
    // Before anything can fail; what is made later is closed first.
    atEnd(model);
    Predictor predictor =
        new Predictor(rowModel, model.value(), records.use().told(settings).batch());
    atEnd(predictor);
    return new OutputRows(
        new EncodedRecords(rows, records, records.encoder(rowModel)),
        predictor,
        columns,
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
