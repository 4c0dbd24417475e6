package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Windows of series: some steps to look back on, and those right after them, to be forecast.
 *
 * <p>Of a series that was cut, a row has a piece, with the steps before it as its history. In
 * training, a window belongs to the piece in which its last step lies, so that windows do not
 * depend on where the series was cut. In validation and test all that is forecast lies in the row's
 * own steps, while the look-back may reach into its history: that is what is known when the split
 * begins.
 *
 * <p>In training each epoch puts a worker's shards in an order of its own and leaves out, at a
 * place of its own, the windows that fill no batch; it shows every other one once, shuffled within
 * stretches of some steps. Only the shards of one stretch are held, and of its windows the order.
 *
 * @param columns of the dataset that are read: {@link Column#SERIES}, {@link Column#HISTORY} and,
 *     where there are any, {@link Column#CALENDAR}
 * @param channels C
 * @param lookBack L
 * @param horizon H
 * @param batch B, in training; fewer where the worker has fewer windows
 * @param seed of the order in training
 * @param stretch steps among which training shuffles
 */
public record SeriesWindows(
    List<String> columns,
    int channels,
    int lookBack,
    int horizon,
    int batch,
    long seed,
    long stretch)
    implements Feed {
  /** What is to be forecast: a column of a batch, of no dataset [B, H, C]. */
  public static final String FUTURE = "future";

  /** Windows of a part of a shard, at most. */
  private static final int PART = 1 << 10;

  public SeriesWindows {
    columns = List.copyOf(columns);
  }

  /**
   * Windows as a training is set.
   *
   * @param calendar whether the calendar is read
   */
  public static SeriesWindows of(Settings settings, int channels, boolean calendar) {
    List<String> columns = new ArrayList<>(List.of(Column.SERIES, Column.HISTORY));
    if (calendar) {
      columns.add(Column.CALENDAR);
    }
    return new SeriesWindows(
        columns,
        channels,
        settings.forecast().lookBack(),
        settings.forecast().horizon(),
        settings.train().batch(),
        settings.train().seed(),
        settings.train().shuffleWindow());
  }

  /** Steps before its last one that a window has. */
  private int reach() {
    return lookBack + horizon - 1;
  }

  /**
   * Windows of a training shard. Rows at which a series begins have a history of one step, all
   * others one of equal length; how many there are of each follows from the sum.
   */
  long windows(ShardFacts shard) {
    long longest = shard.longest(Column.HISTORY);
    long later = longest > 1 ? (shard.elements(Column.HISTORY) - shard.rows()) / (longest - 1) : 0;
    return shard.elements(Column.SERIES) - (shard.rows() - later) * (reach() - 1);
  }

  @Override
  public long batchesPerEpoch(List<ShardFacts> own) {
    return batchesPerEpoch(own.stream().mapToLong(this::windows).sum());
  }

  long batchesPerEpoch(long windows) {
    return Math.max(1, windows / batch);
  }

  @Override
  public BatchSource batches(Dataset data, int[] shards) {
    List<ShardFacts> all = data.manifest().split(DatasetSplit.TRAIN).shards();
    return new SeriesSource(
        this,
        shard -> index(data.shard(DatasetSplit.TRAIN, shard), DatasetSplit.TRAIN),
        shards,
        all);
  }

  @Override
  public long size(ShardFacts shard) {
    return windows(shard) * horizon * channels;
  }

  @Override
  public long predictions(List<ShardFacts> shards) {
    return shards.stream().mapToLong(this::mostWindows).sum() * horizon * channels;
  }

  /** Of a shard of any split; of validation and test as far as the sums tell. */
  private long mostWindows(ShardFacts shard) {
    if (shard.split() == DatasetSplit.TRAIN) {
      return windows(shard);
    }
    long most = shard.elements(Column.SERIES) - shard.rows() * (horizon - 1);
    return shard.longest(Column.SERIES) < horizon ? 0 : Math.max(1, most);
  }

  /** A unit is a step of the rows' own: that of a window is its last. */
  @Override
  public List<Part> parts(Dataset data, DatasetSplit split) {
    List<ShardFacts> shards = data.manifest().split(split).shards();
    List<Part> parts = new ArrayList<>();
    for (int shard = 0; shard < shards.size(); shard++) {
      Part.cut(parts, shard, Math.toIntExact(shards.get(shard).elements(Column.SERIES)), PART);
    }
    return parts;
  }

  @Override
  public int rowsOfPart() {
    return PART;
  }

  /** Of a series nothing is cut. */
  @Override
  public long longestCut(List<ShardFacts> shards) {
    return 0;
  }

  @Override
  public Iterator<Batch> read(Dataset data, DatasetSplit split, Part part, int rows) {
    WindowIndex index = index(data.shard(split, part.shard()), split);
    int from = index.firstEndingAt(part.from());
    int to = index.firstEndingAt(part.to());
    return IntStream.range(0, (to - from + rows - 1) / rows)
        .mapToObj(
            group ->
                batch(
                    IntStream.range(from + group * rows, Math.min(to, from + (group + 1) * rows))
                        .mapToObj(index::window)
                        .toList()))
        .iterator();
  }

  /** The windows of a shard. */
  WindowIndex index(Shard shard, DatasetSplit split) {
    return new WindowIndex(shard, split, lookBack, horizon);
  }

  /** Windows side by side. */
  Batch batch(List<WindowIndex.Window> windows) {
    Map<String, Values> cells = new LinkedHashMap<>();
    cells.put(Column.SERIES, steps(windows, -lookBack, lookBack));
    cells.put(FUTURE, steps(windows, 0, horizon));
    if (columns.contains(Column.CALENDAR)) {
      cells.put(Column.CALENDAR, calendar(windows));
    }
    long predictions = (long) windows.size() * horizon * channels;
    return new Batch(cells, windows.size(), predictions, false);
  }

  /**
   * A window that is made up, of numbers in the order of time.
   *
   * @param past [L, C]
   * @param future [H, C]; all 0 where nobody knows it
   * @param calendar of the past [L, F], where it is read
   */
  public Row window(float[] past, float[] future, float[] calendar) {
    Map<String, Values> cells = new LinkedHashMap<>();
    cells.put(Column.SERIES, Numbers.of(channels, past));
    cells.put(FUTURE, Numbers.of(channels, future));
    if (columns.contains(Column.CALENDAR)) {
      cells.put(Column.CALENDAR, Numbers.of(calendar.length / lookBack, calendar));
    }
    return new Row(cells);
  }

  /** Windows that are made up, side by side. */
  public Batch windows(List<Row> windows) {
    List<String> names = new ArrayList<>(windows.get(0).cells().keySet());
    return Batch.of(windows, names, FUTURE, lookBack + horizon)
        .asking((long) windows.size() * horizon * channels);
  }

  /** Steps of each window, counted from the first that is forecast. */
  private Numbers steps(List<WindowIndex.Window> windows, int from, int count) {
    float[] values = new float[windows.size() * count * channels];
    for (int i = 0; i < windows.size(); i++) {
      windows.get(i).copy(from, count, values, i * count * channels);
    }
    return numbers(values, windows.size(), count, channels);
  }

  private Numbers calendar(List<WindowIndex.Window> windows) {
    int features = windows.get(0).index().shard().channels(Column.CALENDAR);
    float[] values = new float[windows.size() * lookBack * features];
    for (int i = 0; i < windows.size(); i++) {
      WindowIndex.Window window = windows.get(i);
      Shard shard = window.index().shard();
      int at = i * lookBack * features;
      shard.copy(Column.CALENDAR, window.row(), window.origin() - lookBack, lookBack, values, at);
    }
    return numbers(values, windows.size(), lookBack, features);
  }

  private static Numbers numbers(float[] values, int rows, int length, int size) {
    return new Numbers(
        values, length, size, IntStream.generate(() -> length).limit(rows).toArray());
  }
}
