package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.SourceFolder;
import io.chorale.config.AttentionSettings;
import io.chorale.config.AttentionSettings.Activation;
import io.chorale.config.RotaryScaling;
import io.chorale.data.Dataset;
import io.chorale.io.ArrayContent;
import io.chorale.io.Checksums;
import io.chorale.io.FloatVector;
import io.chorale.io.SafeTensors;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.token.TokenizerContent;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * Writes a model as a folder that Hugging Face's transformers loads: {@code config.json}, which is
 * written last, the arrays as safetensors, cut into shards where they are large, and the tokenizer.
 *
 * <p>A model always gives the same bytes.
 */
final class HubFolder {
  private static final String MARKER = SourceFolder.CONFIG;
  private static final String WEIGHTS = HubArrays.WEIGHTS;
  private static final String INDEX = HubArrays.INDEX;
  private static final String TOKENIZER = SourceFolder.TOKENIZER;
  private static final String TOKENIZER_CONFIG = SourceFolder.TOKENIZER_CONFIG;
  private static final String CHAT_TEMPLATE = SourceFolder.CHAT_TEMPLATE;
  private static final String GENERATION = SourceFolder.GENERATION;

  /** Without it older readers refuse the file. */
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private static final Pattern SHARD = Pattern.compile("model-\\d{5}-of-\\d{5}\\.safetensors");

  private HubFolder() {}

  /**
   * Rotary positions as versions 5 and 4 of the library name them; others read one or the other.
   */
  static void rotary(ObjectNode config, AttentionSettings attention) {
    config.put("rope_theta", attention.rotaryBase());
    ObjectNode scaling = instance.objectNode();
    if (!attention.scaling().equals(RotaryScaling.NONE)) {
      scaling(scaling, attention.scaling());
      config.set("rope_scaling", scaling.deepCopy());
    } else {
      scaling.put("rope_type", "default");
    }
    config.set("rope_parameters", scaling.put("rope_theta", attention.rotaryBase()));
  }

  private static void scaling(ObjectNode config, RotaryScaling scaling) {
    config.put("rope_type", scaling.byLength() ? "llama3" : "linear");
    config.put("factor", scaling.factor());
    if (scaling.byLength()) {
      config.put("low_freq_factor", scaling.low()).put("high_freq_factor", scaling.high());
      config.put("original_max_position_embeddings", Math.round(scaling.context()));
    }
  }

  /** The library's name of the exact GELU, or of the one by tanh. */
  static String gelu(ModelFacts facts) {
    return facts.attention().activation() == Activation.GELU ? "gelu" : "gelu_new";
  }

  /** As {@link ExportFormat#write}. */
  static void write(Storage storage, Path output, ExportOptions options, ExportedModel model) {
    HubModel hub = new HubModel(ExportFormat.HF, model);
    NumberType type = options.type();
    model.checkFits(ExportFormat.HF, type);
    List<List<MappedArray>> shards = shards(hub.arrays(), options);
    Map<String, byte[]> files = new LinkedHashMap<>();
    if (hub.tokens().tokenizer().isPresent()) {
      byte[] tokenizer = model.directory().file(Dataset.TOKENIZER);
      TokenizerContent content = TokenizerContent.of(tokenizer, Dataset.TOKENIZER);
      files.put(TOKENIZER, tokenizer(hub, tokenizer));
      files.put(TOKENIZER_CONFIG, PrettyJson.bytes(tokenizerConfig(hub, content)));
      hub.tokens().chatTemplate().ifPresent(chat -> files.put(CHAT_TEMPLATE, chat.getBytes(UTF_8)));
    }
    if (hub.writesText()) {
      files.put(GENERATION, PrettyJson.bytes(generation(hub)));
    }
    hub.tokens()
        .kept()
        .ifPresent(
            folder ->
                SourceFolder.FILES.stream()
                    .filter(name -> !name.equals(MARKER))
                    .forEach(name -> folder.file(name).ifPresent(bytes -> files.put(name, bytes))));
    if (shards.size() > 1) {
      files.put(INDEX, PrettyJson.bytes(index(shards, type)));
    }
    byte[] marker = PrettyJson.bytes(hub.config(type));
    StagedDirectory staged =
        storage.stage(
            output, "Hugging Face model", MARKER, contents(storage, output), options.overwrite());
    // Of other parameters, or cut otherwise, there are other files.
    String key =
        "%s %s %d"
            .formatted(
                new String(marker, UTF_8), model.parameters().getName(), options.shardBytes());
    staged.begin(Checksums.crc32c(key.getBytes(UTF_8)));
    try {
      files.forEach((name, bytes) -> storage.publish(new Path(staged.path(), name), bytes));
      FloatVector parameters = model.trained().parameters();
      for (int shard = 0; shard < shards.size(); shard++) {
        String name = name(shard, shards.size());
        List<ArrayContent> arrays =
            shards.get(shard).stream().map(array -> array.content(parameters, type)).toList();
        SafeTensors.write(storage, new Path(staged.path(), name), METADATA, arrays);
        files.put(name, new byte[0]);
      }
      staged.publish(marker, files.keySet());
    } catch (RuntimeException | Error e) {
      staged.discard();
      throw e;
    }
  }

  /** The names of files that an earlier export may have written there. */
  private static Set<String> contents(Storage storage, Path output) {
    Set<String> names = new HashSet<>(Set.of(WEIGHTS, INDEX));
    names.addAll(SourceFolder.FILES);
    names.remove(MARKER);
    if (storage.exists(output) && storage.status(output).isDirectory()) {
      storage.list(output).stream()
          .map(found -> found.getPath().getName())
          .filter(SHARD.asMatchPredicate())
          .forEach(names::add);
    }
    return names;
  }

  /** Arrays in their order, cut where a file would have more bytes than it may. */
  private static List<List<MappedArray>> shards(List<MappedArray> arrays, ExportOptions options) {
    List<List<MappedArray>> shards = new ArrayList<>(List.of(new ArrayList<>()));
    long bytes = 0;
    for (MappedArray array : arrays) {
      List<MappedArray> last = shards.get(shards.size() - 1);
      long more = array.bytes(options.type());
      if (!last.isEmpty() && bytes + more > options.shardBytes()) {
        last = new ArrayList<>();
        shards.add(last);
        bytes = 0;
      }
      last.add(array);
      bytes += more;
    }
    return shards;
  }

  private static String name(int shard, int shards) {
    return shards == 1
        ? WEIGHTS
        : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", shard + 1, shards);
  }

  private static ObjectNode index(List<List<MappedArray>> shards, NumberType type) {
    ObjectNode index = instance.objectNode();
    long bytes = shards.stream().flatMap(List::stream).mapToLong(array -> array.bytes(type)).sum();
    index.putObject("metadata").put("total_size", bytes);
    ObjectNode map = index.putObject("weight_map");
    for (int shard = 0; shard < shards.size(); shard++) {
      for (MappedArray array : shards.get(shard)) {
        map.put(array.name(), name(shard, shards.size()));
      }
    }
    return index;
  }

  /** The tokenizer without what others would read otherwise than the model has read texts. */
  private static byte[] tokenizer(HubModel hub, byte[] json) {
    byte[] plain = Tokenizers.withoutChat(json, Dataset.TOKENIZER);
    return hub.tokens().begin().length > 0
        ? plain
        : Tokenizers.withoutTokensAround(plain, Dataset.TOKENIZER);
  }

  private static ObjectNode tokenizerConfig(HubModel hub, TokenizerContent content) {
    ObjectNode config = instance.objectNode();
    // Any other class would build a tokenizer of its own from the file, which cuts otherwise.
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    hub.tokens().bos().ifPresent(id -> config.put("bos_token", content.entries().get(id)));
    config.put("eos_token", content.entries().get(content.endOfText()));
    content.chat().ifPresent(chat -> chat.tokens().forEach(config::put));
    // Version 5 of the library reads the file beside, others and servers this.
    hub.tokens().chatTemplate().ifPresent(template -> config.put("chat_template", template));
    config.put("clean_up_tokenization_spaces", false);
    return config.put("model_max_length", hub.facts().context());
  }

  private static ObjectNode generation(HubModel hub) {
    ObjectNode generation = instance.objectNode();
    hub.facts()
        .end()
        .ifPresent(
            id -> {
              hub.tokens().addTo(generation);
              generation.put("pad_token_id", id);
            });
    return generation;
  }
}
