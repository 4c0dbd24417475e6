package io.chorale.export;

import io.chorale.config.AttentionHeads;
import io.chorale.config.RotaryScaling;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.model.ParameterLayout.Entry;
import io.chorale.token.Tokenizer;
import io.chorale.token.TokenizerContent;
import io.chorale.token.TokenizerContent.BytePairs;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.apache.hadoop.fs.Path;

/**
 * Writes a language model as one GGUF file, which llama.cpp and what is built on it read: the
 * architecture's settings, the tokenizer and the arrays under the names of llama.cpp.
 *
 * <p>Readers compute the GELU of GPT-2 and GPT-NeoX by its tanh form in half precision, so that
 * scores differ by about a thousandth.
 *
 * <p>The file has no regular expression: readers know those of {@link #CUTS} by name, so that a
 * tokenizer that cuts otherwise cannot be written.
 */
final class GgufModel {
  private static final String LLAMA3 = "llama3";

  /** Readers' names of the ways to cut a text before byte-level BPE. */
  private static final Map<String, String> CUTS =
      Map.of("gpt2", "gpt-2", LLAMA3, "llama-bpe", "qwen2", "qwen2", "smollm", "smollm");

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int WHOLE = 4;
  private static final int UNUSED = 5;

  private final ExportedModel model;
  private final HubModel hub;
  private final ModelFacts facts;
  private final GgufFile file = new GgufFile();

  private GgufModel(ExportedModel model) {
    this.model = model;
    this.hub = new HubModel(ExportFormat.GGUF, model);
    this.facts = hub.facts();
    if (!hub.writesText()) {
      throw refused("it is no language model", "one", "Write it as hf.");
    }
  }

  /** As {@link ExportFormat#write}. */
  static void write(Storage storage, Path output, ExportOptions options, ExportedModel model) {
    GgufModel written = new GgufModel(model);
    ExportedModel.checkNew(storage, output, options);
    model.checkFits(ExportFormat.GGUF, options.type());
    written.describe(options.type());
    written.addTokenizer();
    written.addArrays();
    storage.publish(
        output, out -> written.file.write(out, model.trained().parameters(), options.type()));
  }

  private SettingsException refused(String found, String expected, String advice) {
    return model.refused(ExportFormat.GGUF, found, expected, advice);
  }

  private String architecture() {
    return hub.layoutOfBlocks() instanceof NeoxLayout
        ? "gptneox"
        : hub.layoutOfBlocks().modelType();
  }

  private boolean llama() {
    return hub.layoutOfBlocks() instanceof LlamaLayout;
  }

  /** Whether readers turn neighbours where we turn halves of a head. */
  private boolean permutes() {
    return architecture().equals("llama");
  }

  private void describe(NumberType type) {
    String prefix = architecture() + ".";
    file.put("general.architecture", architecture()).put("general.name", model.name());
    file.put("general.file_type", type.ggufFile());
    file.put(prefix + "context_length", facts.context());
    file.put(prefix + "embedding_length", facts.width());
    file.put(prefix + "block_count", facts.layers());
    file.put(prefix + "feed_forward_length", facts.feedForward());
    AttentionHeads heads = facts.heads();
    file.put(prefix + "attention.head_count", heads.count());
    file.put(prefix + "attention.head_count_kv", heads.shared());
    if (heads.queries() != facts.width()) {
      file.put(prefix + "attention.key_length", heads.size());
      file.put(prefix + "attention.value_length", heads.size());
    }
    file.put(prefix + "vocab_size", facts.vocabulary());
    String epsilon = llama() ? "layer_norm_rms_epsilon" : "layer_norm_epsilon";
    file.put(prefix + "attention." + epsilon, (float) facts.attention().normEpsilon());
    if (!(hub.layoutOfBlocks() instanceof Gpt2Layout)) {
      file.put(prefix + "rope.dimension_count", heads.size());
      file.put(prefix + "rope.freq_base", (float) facts.attention().rotaryBase());
      scale(prefix, facts.attention().scaling());
    }
    if (hub.layoutOfBlocks() instanceof NeoxLayout) {
      file.put(prefix + "use_parallel_residual", false);
    }
  }

  private void scale(String prefix, RotaryScaling scaling) {
    if (scaling.equals(RotaryScaling.NONE)) {
      return;
    }
    if (!scaling.byLength()) {
      file.put(prefix + "rope.scaling.type", "linear");
      file.put(prefix + "rope.scaling.factor", (float) scaling.factor());
      return;
    }
    if (!permutes()) {
      throw refused(
          "its attention.rotary-scaling is by length",
          "{factor: F} in a %s".formatted(architecture()),
          "Write it as hf.");
    }
    float[] factors = new float[facts.heads().size() / 2];
    for (int pair = 0; pair < factors.length; pair++) {
      double wavelength =
          StrictMath.pow(facts.attention().rotaryBase(), (double) pair / factors.length);
      factors[pair] = (float) (scaling.scaled(wavelength) / wavelength);
    }
    file.add(MappedArray.numbers("rope_freqs.weight", factors));
  }

  private void addTokenizer() {
    if (hub.tokens().tokenizer().isEmpty()) {
      throw refused(
          "it has no tokenizer", "one, as the file holds it", "Tokenize texts, and train on them.");
    }
    TokenizerContent tokenizer =
        TokenizerContent.of(model.directory().file(Dataset.TOKENIZER), Dataset.TOKENIZER);
    BytePairs pairs =
        tokenizer
            .bytePairs()
            .orElseThrow(
                () ->
                    refused(
                        "its tokenizer.kind is another one",
                        "byte-level bpe",
                        "Write it as hf, or train with tokenizer.kind bpe."));
    String cut = pairs.cut().map(CUTS::get).orElse("");
    if (cut.isEmpty()) {
      throw refused(
          "its tokenizer.pattern is a regular expression of its own",
          "gpt2, llama3 or qwen2, which readers know by name",
          "Write it as hf, or train with such a pattern.");
    }
    if (pairs.cut().get().equals(LLAMA3) != pairs.ignoresMerges()) {
      checkWhole(tokenizer);
    }
    List<String> entries = new ArrayList<>();
    int[] types = new int[Math.toIntExact(facts.vocabulary())];
    for (int id = 0; id < types.length; id++) {
      String entry = id < tokenizer.entries().size() ? tokenizer.entries().get(id) : null;
      entries.add(entry == null ? unused(id, tokenizer) : entry);
      types[id] = entry == null ? UNUSED : type(tokenizer, id);
    }
    file.put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.pre", cut);
    file.put("tokenizer.ggml.tokens", entries).put("tokenizer.ggml.token_type", types);
    file.put("tokenizer.ggml.merges", pairs.merges());
    int[] begin = hub.tokens().begin();
    if (begin.length > 1) {
      throw refused(
          "its tokenizer puts %d tokens before a text".formatted(begin.length),
          "at most one, as readers do",
          "Write it as hf.");
    }
    file.put(
        "tokenizer.ggml.bos_token_id",
        begin.length == 1 ? begin[0] : hub.tokens().bos().orElseThrow());
    file.put("tokenizer.ggml.eos_token_id", tokenizer.endOfText());
    hub.tokens()
        .chatTemplate()
        .ifPresent(template -> file.put("tokenizer.chat_template", template));
    hub.tokens().endsOfTurns().forEach(id -> file.put("tokenizer.ggml.eot_token_id", id));
    file.put("tokenizer.ggml.add_bos_token", begin.length == 1);
    file.put("tokenizer.ggml.add_eos_token", false);
  }

  private static int type(TokenizerContent tokenizer, int id) {
    if (tokenizer.control().get(id)) {
      return CONTROL;
    }
    return tokenizer.whole().get(id) ? WHOLE : NORMAL;
  }

  /** A name that no entry has. */
  private static String unused(int id, TokenizerContent tokenizer) {
    String name = "[unused%d]".formatted(id);
    while (tokenizer.entries().contains(name)) {
      name += "_";
    }
    return name;
  }

  /** By how they cut texts readers merge the pieces that are entries, or do not: as told there. */
  private void checkWhole(TokenizerContent tokenizer) {
    byte[] json = model.directory().file(Dataset.TOKENIZER);
    Tokenizer whole = Tokenizers.load(Tokenizers.ignoringMerges(json, true), Dataset.TOKENIZER);
    Tokenizer merged = Tokenizers.load(Tokenizers.ignoringMerges(json, false), Dataset.TOKENIZER);
    for (int id = 0; id < tokenizer.entries().size(); id++) {
      Optional<String> piece =
          tokenizer.control().get(id)
              ? Optional.empty()
              : TokenizerContent.piece(tokenizer.entries().get(id));
      if (piece.isPresent()
          && !Arrays.equals(whole.encode(piece.get()), merged.encode(piece.get()))) {
        throw refused(
            "its entry %s is never reached by merges".formatted(Shown.of(piece.get())),
            "that each is, as readers take it at once with tokenizer.pattern llama3 alone",
            "Write it as hf, or train with another tokenizer.pattern.");
      }
    }
  }

  private void addArrays() {
    file.add(MappedArray.of("token_embd.weight", facts.parameter("embedding.weight")));
    facts
        .find("positions.weight")
        .ifPresent(found -> file.add(MappedArray.of("position_embd.weight", found)));
    for (int layer : facts.layerNumbers()) {
      String ours = "layers.%d.".formatted(layer);
      String theirs = "blk.%d.".formatted(layer);
      add(ours + "attention.norm", theirs + "attn_norm");
      if (llama()) {
        String qkv = ours + "attention.qkv";
        long queries = facts.heads().queries();
        long keys = facts.heads().keys();
        part(qkv, theirs + "attn_q", queries, row -> turned(row));
        part(qkv, theirs + "attn_k", keys, row -> queries + turned(row));
        part(qkv, theirs + "attn_v", keys, row -> queries + keys + row);
        for (String norm : List.of("q", "k")) {
          facts
              .find(ours + "attention.%s-norm.weight".formatted(norm))
              .ifPresent(
                  found ->
                      file.add(
                          MappedArray.of(theirs + "attn_%s_norm.weight".formatted(norm), found)));
        }
        part(ours + "mlp.up", theirs + "ffn_gate", facts.feedForward(), row -> row);
        part(
            ours + "mlp.up",
            theirs + "ffn_up",
            facts.feedForward(),
            row -> facts.feedForward() + row);
      } else {
        add(ours + "attention.qkv", theirs + "attn_qkv");
        add(ours + "mlp.up", theirs + "ffn_up");
      }
      add(ours + "attention.output", theirs + "attn_output");
      add(ours + "mlp.norm", theirs + "ffn_norm");
      add(ours + "mlp.down", theirs + "ffn_down");
    }
    add("norm", "output_norm");
    // Not all readers fall back on the embedding where it is missing.
    if (!facts.tied() || !llama()) {
      file.add(MappedArray.of("output.weight", facts.headMatrix()));
    }
  }

  /** The row of ours that is turned in its place there. */
  private long turned(long row) {
    if (!permutes()) {
      return row;
    }
    long size = facts.heads().size();
    long within = row % size;
    return row - within + within % 2 * (size / 2) + within / 2;
  }

  /** A layer, with a bias where ours has one or theirs must have one. */
  private void add(String ours, String theirs) {
    Entry weight = facts.parameter(ours + ".weight");
    file.add(MappedArray.of(theirs + ".weight", weight));
    if (!llama() || facts.find(ours + ".bias").isPresent()) {
      file.add(facts.biasOrZeros(ours + ".bias", theirs + ".bias", weight.shape()[0]));
    }
  }

  private void part(String ours, String theirs, long rows, LongUnaryOperator row) {
    for (String kind : List.of(".weight", ".bias")) {
      facts
          .find(ours + kind)
          .ifPresent(source -> file.add(MappedArray.ordered(theirs + kind, source, rows, row)));
    }
  }
}
