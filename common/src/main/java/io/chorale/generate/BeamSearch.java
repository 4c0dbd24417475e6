package io.chorale.generate;

import io.chorale.config.GenerateSettings;
import io.chorale.data.Values;
import io.chorale.model.State;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Looks for the likeliest text for each of some sources: of all texts that are one token longer
 * than those it follows, it follows the best ones, until as many have ended. One alone is greedy
 * search. Texts that have ended compare by the logarithm of their probability divided by a penalty
 * for short ones, ((5 + length) / 6)^alpha, where the end counts (Wu et al., "Google's neural
 * machine translation system", 2016).
 *
 * <p>Equally good texts come in the order of those that they go on from, then of the ids: so the
 * same scores give the same text. The texts of all sources are the rows of one state, which is put
 * in order anew in every step: O(beams · V) scores a source, and one forward pass a token for them
 * all, since a product of few rows takes as long as that of one.
 */
public final class BeamSearch {
  /** Rows from which a forward pass takes longer with each. */
  private static final int ROWS = 64;

  private final int beams;
  private final double alpha;
  private final int most;
  private final int end;
  private final IntPredicate allowed;

  /**
   * A text that was found.
   *
   * @param ids without begin and end
   * @param score the logarithm of its probability, divided by the penalty of its length
   * @param ended whether its end was reached within the most tokens
   */
  public record Found(int[] ids, double score, boolean ended) {}

  /**
   * A search as the settings say.
   *
   * @param longest tokens of the longest text that the model may write, its end included; the
   *     settings may ask for fewer
   * @param end the id that ends a text
   * @param allowed which ids may come
   */
  public BeamSearch(GenerateSettings settings, int longest, int end, IntPredicate allowed) {
    Engine.start();
    this.beams = settings.beam();
    this.alpha = settings.lengthPenalty();
    this.most = Math.min(settings.tokens(), longest);
    this.end = end;
    this.allowed = allowed;
  }

  /**
   * The best text that a model writes for each source.
   *
   * @param sources a cell of each, with one row
   */
  public List<Found> search(SourceModel model, List<Values> sources) {
    int group = Math.max(1, ROWS / beams);
    List<Found> found = new ArrayList<>();
    for (int from = 0; from < sources.size(); from += group) {
      List<Values> some = sources.subList(from, Math.min(sources.size(), from + group));
      try (ConditionedNextToken reader = model.of(Values.padded(some, model.context(), 0))) {
        found.addAll(search(reader, model.begin()));
      }
    }
    return found;
  }

  /**
   * The best text for each source that a model has read.
   *
   * @param begin what it reads first
   */
  List<Found> search(ConditionedNextToken model, int begin) {
    List<Search> all = IntStream.range(0, model.sources()).mapToObj(Search::new).toList();
    List<Search> going = all;
    int[] read = IntStream.range(0, all.size()).map(source -> begin).toArray();
    State state = State.NONE;
    try {
      for (int length = 1; length <= most && !going.isEmpty(); length++) {
        try (StepScope scope = new StepScope();
            NoGradGuard guard = new NoGradGuard()) {
          int[] sources = going.stream().flatMapToInt(Search::sources).toArray();
          NextToken.Output output = model.read(read, sources, state);
          Scores scores = Scores.of(output.logits());
          List<Candidate> rows = new ArrayList<>();
          int first = 0;
          for (Search search : going) {
            int texts = search.live.size();
            List<Candidate> next = search.advance(scores, first, length);
            rows.addAll(search.goesOn() ? next : List.of());
            first += texts;
          }
          going = going.stream().filter(Search::goesOn).toList();
          State after =
              output.last().rows(rows.stream().mapToInt(Candidate::from).toArray()).keep(scope);
          state.close();
          state = after;
          read = rows.stream().mapToInt(Candidate::id).toArray();
        }
      }
    } finally {
      state.close();
    }
    return all.stream().map(Search::best).toList();
  }

  /** A text under way. */
  private record Beam(int[] ids, double logProbability) {}

  /**
   * A text that is one token longer.
   *
   * @param from the row of the one that it goes on from
   */
  private record Candidate(int from, int id, double logProbability) {}

  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble((Candidate candidate) -> -candidate.logProbability())
          .thenComparingInt(Candidate::from)
          .thenComparingInt(Candidate::id);

  /**
   * Logarithms of the probabilities of every token after each text.
   *
   * @param values row-major [B, V]
   */
  private record Scores(float[] values, int vocabulary) {
    static Scores of(Tensor logits) {
      float[] values = new float[(int) logits.numel()];
      torch.log_softmax(logits, 1).cpu().contiguous().data_ptr_float().get(values);
      return new Scores(values, (int) logits.size(1));
    }
  }

  /** The search for one source. */
  private final class Search {
    private final int source;
    private final List<Found> found = new ArrayList<>();
    private List<Beam> live = List.of(new Beam(new int[0], 0));

    Search(int source) {
      this.source = source;
    }

    /** The number of the source, once for each text that is followed. */
    IntStream sources() {
      return live.stream().mapToInt(beam -> source);
    }

    /**
     * Follows the best texts that are one token longer.
     *
     * @param first the row of the first of those that are followed
     * @param length of the longer ones
     * @return where each of them goes on
     */
    List<Candidate> advance(Scores scores, int first, int length) {
      List<Candidate> going = new ArrayList<>();
      List<Beam> next = new ArrayList<>();
      List<Candidate> best = best(scores, first);
      for (int i = 0; i < best.size() && next.size() < beams; i++) {
        Candidate candidate = best.get(i);
        int[] ids = live.get(candidate.from() - first).ids();
        if (candidate.id() != end) {
          going.add(candidate);
          int[] longer = Arrays.copyOf(ids, length);
          longer[length - 1] = candidate.id();
          next.add(new Beam(longer, candidate.logProbability()));
        } else if (i < beams) {
          found.add(new Found(ids, score(candidate.logProbability(), length), true));
        }
      }
      live = next;
      return going;
    }

    /** Whether there may be a better text than those that were found, and not enough of these. */
    boolean goesOn() {
      if (live.isEmpty() || found.size() >= beams) {
        return false;
      }
      // A text grows less likely, and the penalty of its length is largest at the end.
      return found.isEmpty() || score(live.get(0).logProbability(), most) > best().score();
    }

    /** The first of the best that were found; where none has ended, the best that is followed. */
    Found best() {
      if (found.isEmpty()) {
        // There is none where no score is a number.
        Beam best = live.isEmpty() ? new Beam(new int[0], Double.NaN) : live.get(0);
        return new Found(best.ids(), score(best.logProbability(), best.ids().length), false);
      }
      Found best = found.get(0);
      for (Found other : found) {
        best = other.score() > best.score() ? other : best;
      }
      return best;
    }

    /**
     * The best texts that go on from the live ones, the best first: twice as many as are followed,
     * since one of each may be its end.
     */
    private List<Candidate> best(Scores scores, int first) {
      TreeSet<Candidate> best = new TreeSet<>(BEST_FIRST);
      double worst = Double.NEGATIVE_INFINITY; // of them, where there are enough
      for (int row = first; row < first + live.size(); row++) {
        double before = live.get(row - first).logProbability();
        for (int id = 0; id < scores.vocabulary(); id++) {
          double logProbability = before + scores.values()[row * scores.vocabulary() + id];
          if (logProbability > worst && allowed.test(id)) {
            best.add(new Candidate(row, id, logProbability));
            if (best.size() > 2 * beams) {
              best.pollLast();
            }
            if (best.size() == 2 * beams) {
              worst = best.last().logProbability();
            }
          }
        }
      }
      return List.copyOf(best);
    }
  }

  private double score(double logProbability, int length) {
    return logProbability / StrictMath.pow((5.0 + length) / 6, alpha);
  }
}
