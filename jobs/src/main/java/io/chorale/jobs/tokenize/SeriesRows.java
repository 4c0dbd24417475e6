package io.chorale.jobs.tokenize;

import io.chorale.data.Calendar;
import io.chorale.data.Column;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Values;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import scala.Tuple2;

/**
 * The rows of the series of a partition. Holds those that are under way: successive ones overlap by
 * their history.
 */
final class SeriesRows implements Iterator<Tuple2<RowKey, RowPart>> {
  private final Iterator<SeriesSteps.Step> steps;
  private final Iterator<SeriesShape> shapes;
  private final SeriesDealer dealer;
  private final SeriesScale scale;
  private final List<Calendar> features;

  // Of the series: rows that are to begin, and those that have begun.
  private final Deque<SeriesDealer.Piece> coming = new ArrayDeque<>();
  private final List<Begun> begun = new ArrayList<>();
  private final Deque<Tuple2<RowKey, RowPart>> ended = new ArrayDeque<>();

  SeriesRows(
      Iterator<SeriesSteps.Step> steps,
      Iterator<SeriesShape> shapes,
      SeriesDealer dealer,
      SeriesScale scale,
      List<Calendar> features) {
    this.steps = steps;
    this.shapes = shapes;
    this.dealer = dealer;
    this.scale = scale;
    this.features = features;
  }

  @Override
  public boolean hasNext() {
    while (ended.isEmpty() && steps.hasNext()) {
      SeriesSteps.Step step = steps.next();
      if (!step.aside()) {
        add(step);
      }
    }
    return !ended.isEmpty();
  }

  @Override
  public Tuple2<RowKey, RowPart> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ended.poll();
  }

  private void add(SeriesSteps.Step step) {
    if (step.begins()) {
      coming.addAll(dealer.deal(shapes.next()));
    }
    while (!coming.isEmpty() && coming.peek().history() == step.rank()) {
      begun.add(new Begun(coming.poll()));
    }
    if (begun.isEmpty()) {
      return;
    }
    float[] values = scale.apply(step.values());
    float[] calendar = Calendar.at(features, step.key().time());
    for (Iterator<Begun> rows = begun.iterator(); rows.hasNext(); ) {
      Begun row = rows.next();
      row.add(step.rank(), values, calendar);
      if (step.rank() == row.piece.to() - 1) {
        rows.remove();
        ended.add(row.end());
      }
    }
  }

  /** A row under way. */
  private final class Begun {
    private final SeriesDealer.Piece piece;
    private final float[] history;
    private final float[] own;
    private final float[] calendar;

    Begun(SeriesDealer.Piece piece) {
      this.piece = piece;
      int channels = scale.channels();
      history = floats(piece.from() - piece.history(), channels);
      own = floats(piece.to() - piece.from(), channels);
      calendar = floats(piece.to() - piece.history(), features.size());
    }

    private float[] floats(long steps, int size) {
      return new float[Math.toIntExact(Math.multiplyExact(steps, size))];
    }

    void add(long rank, float[] values, float[] numbers) {
      int at = (int) (rank - piece.history());
      System.arraycopy(numbers, 0, calendar, at * numbers.length, numbers.length);
      if (rank < piece.from()) {
        System.arraycopy(values, 0, history, at * values.length, values.length);
      } else {
        int place = (int) (rank - piece.from());
        System.arraycopy(values, 0, own, place * values.length, values.length);
      }
    }

    Tuple2<RowKey, RowPart> end() {
      Map<String, Values> cells = new HashMap<>();
      cells.put(Column.SERIES, Numbers.of(scale.channels(), own));
      cells.put(Column.HISTORY, Numbers.of(scale.channels(), history));
      if (!features.isEmpty()) {
        cells.put(Column.CALENDAR, Numbers.of(features.size(), calendar));
      }
      return new Tuple2<>(
          new RowKey(piece.shard(), piece.order(), 0, piece.history()),
          new RowPart(new Row(cells), own.length, 0, true, null));
    }
  }
}
