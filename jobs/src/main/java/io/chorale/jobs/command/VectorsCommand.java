package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.config.Shown;
import io.chorale.embed.TrainedVectors;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import io.chorale.vectors.VectorFormat;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code chorale vectors}: writes the word vectors of a run. Starts no Spark. */
@Command(
    name = "vectors",
    description = "Write the word vectors that a run has trained, as a file that other tools read.")
final class VectorsCommand extends ModelCommand {
  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description =
          "The file. Its name says the format where --format does not: .bin word2vec-binary, .vec"
              + " fasttext, .safetensors, .parquet, else word2vec.")
  private String output;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      converter = Format.class,
      description = "word2vec, word2vec-binary, fasttext, safetensors or parquet.")
  private VectorFormat format;

  @Override
  void run(Settings settings) {
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    Path file = storage.qualify(Storage.path("--output", output));
    TrainedVectors trained =
        TrainedVectors.open(storage, Storage.path("run.path", settings.run().path()), choice());
    VectorFormat written = format == null ? VectorFormat.of(file.getName()) : format;
    written.write(storage, file, trained.vectors());
    out()
        .printf(
            "%s: %,d words, %d numbers each, after round %d%n",
            file.toUri().getScheme().equals("file") ? file.toUri().getPath() : file,
            trained.vectors().words().size(),
            trained.vectors().size(),
            trained.checkpoint().round());
  }

  static final class Format implements ITypeConverter<VectorFormat> {
    @Override
    public VectorFormat convert(String value) {
      return Stream.of(VectorFormat.values())
          .filter(each -> each.key().equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected word2vec, word2vec-binary, fasttext, safetensors or parquet (got: %s)"
                          .formatted(Shown.of(value))));
    }
  }
}
