package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Reals;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Numbers;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.generate.ConditionedNextToken;
import io.chorale.model.Backbone;
import io.chorale.model.Head;
import io.chorale.model.Pass;
import io.chorale.model.Sequence;
import io.chorale.model.State;
import io.chorale.model.VectorPrefix;
import io.chorale.model.Weights;
import io.chorale.token.PreTokenizer;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A text from a vector, such as a caption from the features of a picture (Vinyals et al., "Show and
 * tell", 2015): what a causal model reads first is made from the vector, so that its state, or what
 * it attends to, holds the vector in every step.
 */
final class FromVector extends TargetTask {
  private static final String USE = "from-vector";

  private final String holder;
  private final int size;
  private final Facts scale;
  private final VectorPrefix prefix;
  private final Backbone decoder;
  private final Head head;

  FromVector(Settings settings, Schema schema, String holder) {
    super(settings, schema, holder, USE, Column.VECTOR);
    this.holder = holder;
    scale = schema.facts(Column.VECTOR);
    size = schema.require(holder, USE, Column.VECTOR, Column.Kind.VECTOR).size();
    prefix = VectorPrefix.of(slots, "prefix", settings, size);
    decoder = Backbone.of(slots, "decoder.", settings, Backbone.Form.CAUSAL, context);
    head = head(decoder.width());
  }

  private FromVector(FromVector task, Tokenizer tokenizer) {
    super(task, tokenizer);
    holder = task.holder;
    scale = task.scale;
    size = task.size;
    prefix = task.prefix;
    decoder = task.decoder;
    head = task.head;
  }

  @Override
  public Task writing(Tokenizer known) {
    return new FromVector(this, known);
  }

  @Override
  Tensor scores(Weights w, Batch batch, Pass pass) {
    Sequence x = before(w, batch.ids(Column.TARGET), pass);
    Sequence begun = prefix.forward(w, batch.numbers(Column.VECTOR), x);
    return head.forward(w, decoder.forward(w, begun, State.NONE, pass).values());
  }

  /** The vector, from numbers with blanks or commas between. */
  @Override
  public Values source(String text, Optional<Tokenizer> known) {
    List<String> parts = new ArrayList<>();
    PreTokenizer.words().split(text.replaceAll("[\\[\\],]", " "), parts::add);
    float[] numbers = new float[parts.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(parts.get(i));
    }
    if (numbers.length != size) {
      throw new SettingsException(
          "Cannot write a text for a vector: it has %d numbers, expected %d as %s has. Correct the vector."
              .formatted(numbers.length, size, holder));
    }
    return scale.scaled(Numbers.of(size, numbers));
  }

  private static float number(String text) {
    return (float)
        Reals.parse(text).stream()
            .filter(Double::isFinite)
            .findFirst()
            .orElseThrow(
                () ->
                    new SettingsException(
                        "Cannot write a text for a vector: it holds '%s', expected numbers with blanks between. Correct the vector."
                            .formatted(text)));
  }

  @Override
  Writer writer(Weights w, boolean owner) {
    return new Writer(w, owner) {
      @Override
      public ConditionedNextToken of(Values sources) {
        return new TargetsOfVectors(w, (Numbers) sources);
      }
    };
  }

  /** Begins with the vectors. */
  private final class TargetsOfVectors extends TargetReader {
    private final Numbers vectors;

    TargetsOfVectors(Weights w, Numbers vectors) {
      super(w, FromVector.this.decoder, head);
      this.vectors = vectors;
    }

    @Override
    public int sources() {
      return vectors.lengths().length;
    }

    @Override
    Backbone.Output decode(Sequence x, int[] sources, State before) {
      Sequence begun = before.empty() ? prefix.forward(w, vectors(sources), x) : x;
      return decoder.forward(w, begun, before, Pass.goingOn());
    }

    private Numbers vectors(int[] sources) {
      List<Values> cells = Arrays.stream(sources).<Values>mapToObj(vectors::cell).toList();
      return (Numbers) Values.padded(cells, 1, 0);
    }

    @Override
    public void close() {
      // What it reads with is the writer's.
    }
  }

  @Override
  public long largestOfRow() {
    return Math.max(decoder.largestOfRow(context), (long) context * entries());
  }

  @Override
  public long keptByStep(long rows, long length) {
    // Logits, their softmax, and the gradients of both.
    return embedding.keptByStep(rows, length)
        + prefix.keptByStep(rows, length)
        + decoder.keptByStep(rows, length, true)
        + 4 * rows * length * entries();
  }

  @Override
  public long madeByPass(long rows, long length) {
    // Logits and their softmax.
    return prefix.madeByPass(rows, length)
        + decoder.madeByPass(rows, length, true)
        + 2 * rows * length * entries();
  }
}
