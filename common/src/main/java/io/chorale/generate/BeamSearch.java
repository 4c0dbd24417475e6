package io.chorale.generate;

import io.chorale.config.GenerateSettings;
import io.chorale.model.State;
import io.chorale.tensor.Engine;
import io.chorale.tensor.StepScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Looks for the likeliest text: of all texts that are one token longer than those it follows, it
 * follows the best ones, until as many have ended. One alone is greedy search. Texts that have
 * ended compare by the logarithm of their probability divided by a penalty for short ones, ((5 +
 * length) / 6)^alpha, where the end counts (Wu et al., "Google's neural machine translation
 * system", 2016).
 *
 * <p>Equally good texts come in the order of those that they go on from, then of the ids: so the
 * same scores give the same text. The texts are the rows of one state, which is put in order anew
 * in every step: O(beams · V) scores and one forward pass of that many rows a token.
 */
public final class BeamSearch {
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

  /** A text under way. */
  private record Beam(int[] ids, double logProbability) {}

  /**
   * A text that is one token longer.
   *
   * @param from the place of the one that it goes on from
   */
  private record Candidate(int from, int id, double logProbability) {}

  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble((Candidate candidate) -> -candidate.logProbability())
          .thenComparingInt(Candidate::from)
          .thenComparingInt(Candidate::id);

  /**
   * The best text that a model writes.
   *
   * @param begin what it reads first
   */
  public Found search(NextToken model, int begin) {
    List<Found> found = new ArrayList<>();
    List<Beam> live = List.of(new Beam(new int[0], 0));
    int[] read = {begin};
    State state = State.NONE;
    try {
      for (int length = 1; length <= most && goesOn(found, live); length++) {
        try (StepScope scope = new StepScope();
            NoGradGuard guard = new NoGradGuard()) {
          NextToken.Output output = model.read(read, live.size(), state);
          List<Candidate> going = new ArrayList<>();
          List<Beam> next = new ArrayList<>();
          List<Candidate> best = best(output.logits(), live);
          for (int i = 0; i < best.size() && next.size() < beams; i++) {
            Candidate candidate = best.get(i);
            int[] ids = live.get(candidate.from()).ids();
            if (candidate.id() != end) {
              going.add(candidate);
              int[] longer = Arrays.copyOf(ids, length);
              longer[length - 1] = candidate.id();
              next.add(new Beam(longer, candidate.logProbability()));
            } else if (i < beams) {
              found.add(new Found(ids, score(candidate.logProbability(), length), true));
            }
          }
          State after =
              output.last().rows(going.stream().mapToInt(Candidate::from).toArray()).keep(scope);
          state.close();
          state = after;
          read = going.stream().mapToInt(Candidate::id).toArray();
          live = next;
        }
      }
    } finally {
      state.close();
    }
    if (found.isEmpty()) {
      // There is none where no score is a number.
      Beam best = live.isEmpty() ? new Beam(new int[0], Double.NaN) : live.get(0);
      return new Found(best.ids(), score(best.logProbability(), best.ids().length), false);
    }
    return best(found);
  }

  /** Whether there may be a better text than those that were found, and not enough of these. */
  private boolean goesOn(List<Found> found, List<Beam> live) {
    if (live.isEmpty() || found.size() >= beams) {
      return false;
    }
    // A text grows less likely, and the penalty of its length is largest at the end.
    return found.isEmpty() || score(live.get(0).logProbability(), most) > best(found).score();
  }

  private double score(double logProbability, int length) {
    return logProbability / StrictMath.pow((5.0 + length) / 6, alpha);
  }

  /** The first of the best. */
  private static Found best(List<Found> found) {
    Found best = found.get(0);
    for (Found other : found) {
      best = other.score() > best.score() ? other : best;
    }
    return best;
  }

  /**
   * The best texts that go on from the live ones, the best first: twice as many as are followed,
   * since one of each may be its end.
   *
   * @param logits [B, V]
   */
  private List<Candidate> best(Tensor logits, List<Beam> live) {
    int vocabulary = (int) logits.size(1);
    float[] scores = new float[live.size() * vocabulary];
    torch.log_softmax(logits, 1).cpu().contiguous().data_ptr_float().get(scores);
    TreeSet<Candidate> best = new TreeSet<>(BEST_FIRST);
    double worst = Double.NEGATIVE_INFINITY; // of them, where there are enough
    for (int row = 0; row < live.size(); row++) {
      double before = live.get(row).logProbability();
      for (int id = 0; id < vocabulary; id++) {
        double logProbability = before + scores[row * vocabulary + id];
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
