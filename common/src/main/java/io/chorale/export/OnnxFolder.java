package io.chorale.export;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.data.Dataset;
import io.chorale.io.Checksums;
import io.chorale.io.StagedDirectory;
import io.chorale.io.Storage;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/**
 * Writes a model that writes texts for sources as a folder: a graph for each part, the tokenizers,
 * and {@code generation_config.json}, which is written last.
 */
final class OnnxFolder {
  private static final String MARKER = "generation_config.json";
  private static final List<String> TOKENIZERS =
      List.of(Dataset.TOKENIZER, Dataset.TARGET_TOKENIZER);

  private OnnxFolder() {}

  /** As {@link ExportFormat#write}. */
  static void write(
      Storage storage, Path output, ExportOptions options, ExportedModel model, OnnxModel written) {
    Map<String, Consumer<OnnxGraph>> graphs = written.task().graphs();
    byte[] marker = PrettyJson.bytes(generation(written));
    StagedDirectory staged =
        storage.stage(
            output,
            "ONNX model",
            MARKER,
            contents(storage, output, graphs.keySet()),
            options.overwrite());
    // Of other parameters, operators, or cut otherwise, there are other files.
    String key =
        "%s %s %s %d"
            .formatted(
                new String(marker, UTF_8),
                model.checksum(),
                options.operators(),
                options.shardBytes());
    staged.begin(Checksums.crc32c(key.getBytes(UTF_8)));
    try {
      List<String> files = new ArrayList<>();
      tokenizers(model)
          .forEach(
              (name, bytes) -> {
                storage.publish(new Path(staged.path(), name), bytes);
                files.add(name);
              });
      graphs.forEach(
          (name, graph) -> {
            Path file = new Path(staged.path(), name + OnnxModel.SUFFIX);
            files.addAll(written.publish(storage, file, options, written.graph(graph)));
          });
      staged.publish(marker, files);
    } catch (RuntimeException | Error e) {
      staged.discard();
      throw e;
    }
  }

  private static Map<String, byte[]> tokenizers(ExportedModel model) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String file : TOKENIZERS) {
      if (model.trained().tokenizers().containsKey(file)) {
        files.put(file, Tokenizers.withoutTokensAround(model.directory().file(file), file));
      }
    }
    return files;
  }

  /** The names of files that an earlier export may have written there. */
  private static Set<String> contents(Storage storage, Path output, Set<String> graphs) {
    Set<String> names = new HashSet<>(TOKENIZERS);
    graphs.forEach(
        graph -> names.addAll(OnnxModel.files(storage, output, graph + OnnxModel.SUFFIX)));
    return names;
  }

  /** As Hugging Face's library names what a writer must know. */
  private static ObjectNode generation(OnnxModel written) {
    Map<String, String> known = written.task().metadata();
    ObjectNode generation = instance.objectNode();
    generation.put("decoder_start_token_id", Integer.valueOf(known.get("begin")));
    if (known.containsKey("end")) {
      generation.put("eos_token_id", Integer.valueOf(known.get("end")));
    }
    return generation.put("max_length", Integer.valueOf(known.get("context")));
  }
}
