package io.chorale.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.GenerateSettings;
import io.chorale.config.SettingsFile;
import io.chorale.model.State;
import io.chorale.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BeamSearchTest {
  private static final int END = 0;
  private static final int BEGIN = 9;

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private static BeamSearch search(int longest, int beam, double penalty) {
    return search(500, longest, beam, penalty);
  }

  private static BeamSearch search(int tokens, int longest, int beam, double penalty) {
    GenerateSettings settings =
        SettingsFile.read(
                "test",
                "",
                List.of(
                    "task.kind=translation",
                    "generate.tokens=" + tokens,
                    "generate.beam=" + beam,
                    "generate.length-penalty=" + penalty))
            .generate();
    return new BeamSearch(settings, longest, END, id -> id < 4);
  }

  /** What may come next after all ids so far; its state is the ids, so it must follow the rows. */
  private interface Scores {
    double[] after(int[] ids);
  }

  /**
   * Says what a function for each source says; ids from 4 on would be likeliest, but never may
   * come.
   */
  private record Fixed(Scores... scores) implements ConditionedNextToken {
    @Override
    public int sources() {
      return scores.length;
    }

    @Override
    public NextToken.Output read(int[] ids, int[] sources, State before) {
      int rows = sources.length;
      int length = before.empty() ? 0 : (int) before.tensors().get(0).size(1);
      long[] past = new long[rows * length];
      if (length > 0) {
        before.tensors().get(0).contiguous().data_ptr_long().get(past);
      }
      long[] all = new long[rows * (length + 1)];
      float[] logits = new float[rows * 6];
      for (int row = 0; row < rows; row++) {
        System.arraycopy(past, row * length, all, row * (length + 1), length);
        all[row * (length + 1) + length] = ids[row];
        int[] text =
            Arrays.stream(all, row * (length + 1) + 1, (row + 1) * (length + 1))
                .mapToInt(Math::toIntExact)
                .toArray();
        double[] next = scores[sources[row]].after(text);
        for (int id = 0; id < 6; id++) {
          logits[row * 6 + id] = id < next.length ? (float) Math.log(next[id]) : -3;
        }
      }
      Tensor state = torch.tensor(all).view(rows, length + 1);
      return new NextToken.Output(torch.tensor(logits).view(rows, 6), new State(List.of(state), 0));
    }

    @Override
    public void close() {}
  }

  private static Fixed random(long seed, double end) {
    return new Fixed(scores(seed, end));
  }

  private static Scores scores(long seed, double end) {
    return ids -> {
      SplittableRandom random = new SplittableRandom(31 * Arrays.hashCode(ids) + seed);
      double[] next = random.doubles(4, 0.05, 1).toArray();
      next[END] *= end;
      return next;
    };
  }

  private static double logProbability(Fixed model, int[] ids) {
    double sum = 0;
    State state = State.NONE;
    int[] read = {BEGIN};
    for (int i = 0; i <= ids.length; i++) {
      NextToken.Output output = model.read(read, new int[1], state);
      float[] logits = new float[6];
      torch.log_softmax(output.logits(), 1).data_ptr_float().get(logits);
      int id = i < ids.length ? ids[i] : END;
      sum += logits[id];
      state = output.last();
      read = new int[] {id};
    }
    return sum;
  }

  private static double penalty(int length, double alpha) {
    return Math.pow((5.0 + length) / 6, alpha);
  }

  /** All texts of up to three ids. */
  private static List<int[]> texts() {
    List<int[]> texts = new ArrayList<>(List.of(new int[0]));
    for (int i = 0; texts.get(i).length < 3; i++) {
      for (int id = 1; id < 4; id++) {
        int[] longer = Arrays.copyOf(texts.get(i), texts.get(i).length + 1);
        longer[longer.length - 1] = id;
        texts.add(longer);
      }
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.6, 2})
  void aWideBeamFindsTheBestOfAllTexts(double alpha) {
    for (long seed = 0; seed < 30; seed++) {
      Fixed model = random(seed, 0.7);
      double best = Double.NEGATIVE_INFINITY;
      for (int[] text : texts()) {
        best = Math.max(best, logProbability(model, text) / penalty(text.length + 1, alpha));
      }
      BeamSearch.Found found = search(4, 60, alpha).search(model, BEGIN).get(0);
      assertTrue(found.ended());
      assertEquals(best, found.score(), 1e-5);
      assertEquals(
          best, logProbability(model, found.ids()) / penalty(found.ids().length + 1, alpha), 1e-5);
    }
  }

  @Test
  void oneTextIsGreedySearch() {
    for (long seed = 0; seed < 50; seed++) {
      Fixed model = random(seed, 0.3);
      List<Integer> greedy = new ArrayList<>();
      State state = State.NONE;
      int[] read = {BEGIN};
      while (greedy.size() < 6 && (greedy.isEmpty() || read[0] != END)) {
        NextToken.Output output = model.read(read, new int[1], state);
        float[] logits = new float[6];
        output.logits().data_ptr_float().get(logits);
        int best = 0;
        for (int id = 1; id < 4; id++) {
          best = logits[id] > logits[best] ? id : best;
        }
        greedy.add(best);
        state = output.last();
        read = new int[] {best};
        if (best == END) {
          break;
        }
      }
      boolean ended = greedy.get(greedy.size() - 1) == END;
      BeamSearch.Found found = search(6, 1, 0.6).search(model, BEGIN).get(0);
      assertEquals(ended, found.ended());
      assertArrayEquals(
          greedy.stream().mapToInt(id -> id).limit(greedy.size() - (ended ? 1 : 0)).toArray(),
          found.ids());
    }
  }

  @Test
  void moreTextsAtTheSameTimeFindLikelierOnes() {
    double[] sums = new double[6];
    for (int beam : new int[] {1, 2, 5}) {
      for (long seed = 0; seed < 40; seed++) {
        sums[beam] += search(8, beam, 0).search(random(seed, 0.5), BEGIN).get(0).score();
      }
    }
    assertTrue(sums[1] < sums[2], Arrays.toString(sums));
    assertTrue(sums[2] < sums[5], Arrays.toString(sums));
  }

  /** Their texts end after different steps, so rows of the state come and go. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void sourcesSideBySideHaveTheTextsThatEachHasAlone(int beam) {
    Scores[] all = new Scores[20];
    Arrays.setAll(all, source -> scores(source, source % 2 == 0 ? 0.1 : 2));
    List<BeamSearch.Found> together = search(8, beam, 0.6).search(new Fixed(all), BEGIN);
    assertEquals(all.length, together.size());
    assertTrue(together.stream().mapToInt(found -> found.ids().length).distinct().count() > 1);
    for (int source = 0; source < all.length; source++) {
      BeamSearch.Found alone = search(8, beam, 0.6).search(new Fixed(all[source]), BEGIN).get(0);
      assertArrayEquals(alone.ids(), together.get(source).ids());
      assertEquals(alone.score(), together.get(source).score());
      assertEquals(alone.ended(), together.get(source).ended());
    }
  }

  @Test
  void ofEquallyGoodTextsTheFirstIsTaken() {
    Fixed even = new Fixed(ids -> ids.length < 2 ? new double[] {0, 1, 1, 1} : EVEN);
    for (int beam : new int[] {1, 2, 3, 4}) {
      BeamSearch.Found found = search(5, beam, 0.6).search(even, BEGIN).get(0);
      assertArrayEquals(new int[] {1, 1}, found.ids(), "beam " + beam);
      assertTrue(found.ended());
    }
  }

  private static final double[] EVEN = {1, 0.5, 0.5, 0.5};

  @Test
  void theSecondBestBeginCanWin() {
    // 1 is likelier than 2 at first, but what follows it is spread.
    Fixed model =
        new Fixed(
            ids -> {
              if (ids.length == 0) {
                return new double[] {0.001, 0.6, 0.4, 0.001};
              }
              return ids[0] == 1
                  ? new double[] {0.25, 0.25, 0.25, 0.25}
                  : new double[] {0.97, 0.01, 0.01, 0.01};
            });
    assertEquals(1, search(3, 1, 0).search(model, BEGIN).get(0).ids()[0]);
    assertArrayEquals(new int[] {2}, search(3, 2, 0).search(model, BEGIN).get(0).ids());
  }

  @Test
  void whatDoesNotEndIsGivenAsFarAsItCame() {
    Fixed endless = new Fixed(ids -> new double[] {0, 0.2, 0.7, 0.1});
    for (int beam : new int[] {1, 3}) {
      for (BeamSearch search : List.of(search(4, beam, 0.6), search(4, 9, beam, 0.6))) {
        BeamSearch.Found found = search.search(endless, BEGIN).get(0);
        assertFalse(found.ended());
        assertArrayEquals(new int[] {2, 2, 2, 2}, found.ids());
      }
    }
  }
}
