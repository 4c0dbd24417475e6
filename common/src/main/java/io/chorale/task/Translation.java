package io.chorale.task;

import io.chorale.config.Settings;
import io.chorale.data.Batch;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.data.Schema;
import io.chorale.data.Values;
import io.chorale.generate.ConditionedNextToken;
import io.chorale.model.Backbone;
import io.chorale.model.Embedding;
import io.chorale.model.Head;
import io.chorale.model.Memory;
import io.chorale.model.Pass;
import io.chorale.model.Sequence;
import io.chorale.model.Slot;
import io.chorale.model.State;
import io.chorale.model.Weights;
import io.chorale.tensor.StepScope;
import io.chorale.token.Tokenizer;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Translation: a text from another one, its source. An encoder reads the source both ways; a
 * decoder, which sees all of that in every step, predicts each token of the target from those
 * before it (Sutskever et al., 2014; Bahdanau et al., 2015; Vaswani et al., 2017). Texts of one
 * vocabulary share one embedding; else each has its own.
 */
final class Translation extends TargetTask {
  private static final String USE = "translation";

  /** Of the source; that of the target where both are of one vocabulary. */
  private final Embedding sourceEmbedding;

  private final Backbone encoder;
  private final Backbone decoder;
  private final Head head;

  Translation(Settings settings, Schema schema, String holder) {
    super(settings, schema, holder, USE, Column.TEXT);
    int vocabulary = schema.require(holder, USE, Column.TEXT, Column.Kind.IDS).size();
    sourceEmbedding =
        schema.shareVocabulary(Column.TEXT, Column.TARGET)
            ? embedding
            : Embedding.of(slots, "source", settings, vocabulary);
    encoder = Backbone.of(slots, "encoder.", settings, Backbone.Form.BOTH_WAYS, context);
    decoder = Backbone.withMemory(slots, "decoder.", settings, encoder, context);
    head = head(decoder.width());
  }

  private Translation(Translation task, Tokenizer tokenizer) {
    super(task, tokenizer);
    sourceEmbedding = task.sourceEmbedding;
    encoder = task.encoder;
    decoder = task.decoder;
    head = task.head;
  }

  @Override
  public Task writing(Tokenizer known) {
    return new Translation(this, known);
  }

  @Override
  public Optional<Slot> textTable() {
    return Optional.of(sourceEmbedding.table());
  }

  @Override
  Tensor scores(Weights w, Batch batch, Pass pass) {
    return scores(w, batch.ids(Column.TEXT), batch.ids(Column.TARGET), pass);
  }

  /** Scores of every token at each step of the targets of texts [B, T, V + 1]. */
  Tensor scores(Weights w, Ids text, Ids target, Pass pass) {
    Memory memory = memory(w, text, pass);
    Sequence x = before(w, target, pass);
    return head.forward(w, decoder.forward(w, x, memory, State.NONE, pass).values());
  }

  private Memory memory(Weights w, Ids text, Pass pass) {
    Sequence x = sourceEmbedding.forward(w, text, pass);
    return Memory.of(encoder.forward(w, x, State.NONE, pass), x.lengths());
  }

  /** Of the texts that are translated, as the encoder reads them. */
  @Override
  public Optional<RowModel> vectors() {
    return Optional.of(
        new RowVectors(
            this,
            encoder,
            (w, batch) -> {
              Sequence x = sourceEmbedding.forward(w, batch.ids(Column.TEXT), Pass.reading());
              return encoder.forward(w, x, State.NONE, Pass.reading());
            },
            encoder.largestOfRow(context)));
  }

  /** The ids of the text, the end-of-text id last. */
  @Override
  public Values source(String text, Optional<Tokenizer> known) {
    Tokenizer tokenizer = known.orElseThrow();
    return Ids.of(tokenizer.ended(tokenizer.encode(text)));
  }

  @Override
  Writer writer(Weights w, boolean owner) {
    return new Writer(w, owner) {
      @Override
      public ConditionedNextToken of(Values sources) {
        try (StepScope scope = new StepScope();
            NoGradGuard guard = new NoGradGuard()) {
          Memory memory = memory(w, (Ids) sources, Pass.reading());
          return new TargetsOfTexts(w, decoder.prepared(w, memory).keep(scope));
        }
      }
    };
  }

  /** Looks at the sources. */
  private final class TargetsOfTexts extends TargetReader {
    private final Memory memory;

    /** The rows of the memory that were looked at last: mostly these are looked at again. */
    private int[] looked = {};

    private Optional<Memory> seen = Optional.empty();

    TargetsOfTexts(Weights w, Memory memory) {
      super(w, Translation.this.decoder, head);
      this.memory = memory;
    }

    @Override
    public int sources() {
      return memory.lengths().batch();
    }

    @Override
    Backbone.Output decode(Sequence x, int[] sources, State before) {
      if (!Arrays.equals(sources, looked)) {
        seen.ifPresent(Memory::close);
        try (StepScope scope = new StepScope()) {
          seen = Optional.of(memory.rows(sources).keep(scope));
        }
        looked = sources;
      }
      return decoder.forward(w, x, seen.orElseThrow(), before, Pass.goingOn());
    }

    @Override
    public void close() {
      seen.ifPresent(Memory::close);
      memory.close();
    }
  }

  @Override
  public long largestOfRow() {
    long layers = Math.max(encoder.largestOfRow(context), decoder.largestOfRow(context));
    return Math.max(layers, (long) context * entries());
  }

  @Override
  public long keptByStep(long rows, long length) {
    // Of source and target; logits, their softmax, and the gradients of both.
    return sourceEmbedding.keptByStep(rows, length)
        + embedding.keptByStep(rows, length)
        + encoder.keptByStep(rows, length, true)
        + decoder.keptByStep(rows, length, true)
        + 4 * rows * length * entries();
  }

  @Override
  public long madeByPass(long rows, long length) {
    // Logits and their softmax.
    return encoder.madeByPass(rows, length, true)
        + decoder.madeByPass(rows, length, true)
        + 2 * rows * length * entries();
  }
}
