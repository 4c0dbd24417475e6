package io.chorale.jobs.command;

import io.chorale.config.Shown;
import io.chorale.export.ExportFormat;
import io.chorale.export.ExportOptions;
import io.chorale.export.ExportedModel;
import io.chorale.export.NumberType;
import io.chorale.io.Storage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of commands that write a model in a form that another tool reads. */
final class ExportOption {
  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      converter = Format.class,
      description =
          "hf: a folder for Hugging Face's transformers; peft: a folder with adapters alone; gguf: a file for llama.cpp; onnx: a file for ONNX Runtime, or a"
              + " folder of a translation; mlflow: a folder with the flavor python_function, of a version of a registry.")
  private ExportFormat format;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "PATH",
      description = "Where it is written, a new path on any Hadoop file system.")
  private String output;

  @Option(names = "--overwrite", description = "Replace what an export has written there before.")
  private boolean overwrite;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "float32",
      converter = Type.class,
      description = "Type of the parameters: float32, float16 or bfloat16 (default: float32).")
  private NumberType type;

  @Option(
      names = "--shard-bytes",
      paramLabel = "BYTES",
      defaultValue = "" + ExportOptions.SHARD_BYTES,
      description =
          "Most bytes of arrays in one file; onnx has those of more in a second one (default: ${DEFAULT-VALUE}).")
  private long shardBytes;

  @Option(
      names = "--opset",
      paramLabel = "N",
      defaultValue = "18",
      converter = Opset.class,
      description =
          "Operators of an onnx file: 18, which most runtimes know, or 23, with which a transformer"
              + " goes on from what it has read (default: ${DEFAULT-VALUE}).")
  private ExportOptions.Operators operators;

  ExportFormat format() {
    return format;
  }

  /** Writes a model, and says where. */
  Path write(Storage storage, ExportedModel model) {
    Path path = storage.qualify(Storage.path("--output", output));
    format.write(storage, path, new ExportOptions(overwrite, type, shardBytes, operators), model);
    return path;
  }

  private static <T> T find(T[] all, Function<T, String> key, String value) {
    return Stream.of(all)
        .filter(each -> key.apply(each).equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected %s (got: %s)"
                        .formatted(
                            Stream.of(all).map(key).collect(Collectors.joining(", ")),
                            Shown.of(value))));
  }

  static final class Format implements ITypeConverter<ExportFormat> {
    @Override
    public ExportFormat convert(String value) {
      return find(ExportFormat.values(), ExportFormat::key, value);
    }
  }

  static final class Opset implements ITypeConverter<ExportOptions.Operators> {
    @Override
    public ExportOptions.Operators convert(String value) {
      return find(ExportOptions.Operators.values(), each -> Integer.toString(each.number()), value);
    }
  }

  static final class Type implements ITypeConverter<NumberType> {
    @Override
    public NumberType convert(String value) {
      return find(NumberType.values(), NumberType::key, value);
    }
  }
}
