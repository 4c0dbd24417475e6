package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.Settings;
import io.chorale.export.ExportedModel;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chorale export}: writes a model for another tool. Starts no Spark. */
@Command(
    name = "export",
    description = "Write the model of a run, or a version, in a form that another tool reads.")
final class ExportCommand extends ModelCommand {
  @Mixin private ExportOption export;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  void run(Settings settings) {
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    Path run = Storage.path("run.path", settings.run().path());
    ExportedModel model =
        new ExportedModel(
            new RunDirectory(storage, run), open(storage, settings), Optional.empty());
    Path path = export.write(storage, model);
    long round = model.trained().checkpoint().round();
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      addModel(object);
      object.put("round", round).put("format", export.format().key());
      out().println(object.put("path", path.toString()));
    } else {
      out().printf("Round %d is in %s, as %s%n", round, path, export.format().key());
    }
  }
}
