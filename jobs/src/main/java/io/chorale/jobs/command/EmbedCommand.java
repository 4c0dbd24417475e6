package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.RowSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.embed.VectorSource;
import io.chorale.io.Storage;
import io.chorale.jobs.embed.Search;
import io.chorale.jobs.embed.Searched;
import io.chorale.jobs.embed.SearchedWords;
import io.chorale.jobs.predict.RowsJob;
import io.chorale.jobs.spark.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkConf;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale embed}: a vector for every row of files, beside its columns; and the nearest rows,
 * or words, of queries.
 */
@Command(
    name = "embed",
    description =
        "Make a vector of every row of files with a run's model, or of the vectors of its words;"
            + " embed.* settings say which and where. With a query, tell the nearest rows; without"
            + " embed.paths the nearest words of embed.from.")
final class EmbedCommand extends RowsCommand {
  /** Queries that are answered together. */
  private static final int TOGETHER = 1024;

  @ArgGroup private Queries queries;

  EmbedCommand() {
    super("Vectors", "embedded");
  }

  /** Where queries come from. */
  private static final class Queries {
    @Option(
        names = "--query",
        paramLabel = "TEXT",
        description = "A word, or a text where rows are embedded. May be repeated.")
    private List<String> texts = List.of();

    @Option(names = "--file", paramLabel = "FILE", description = "A file with a query a line.")
    private String file;

    @Option(
        names = "--stdin",
        description = "Queries from standard input, one a line, each answered as it comes.")
    private boolean stdin;

    PromptLines open(Storage storage) {
      if (stdin) {
        return new PromptLines(System.in, "queries from standard input");
      }
      if (file != null) {
        return new PromptLines(
            storage.open(Storage.path("--file", file)), "the queries of " + file);
      }
      byte[] lines = String.join("\n", texts).getBytes(StandardCharsets.UTF_8);
      return new PromptLines(new ByteArrayInputStream(lines), "queries");
    }
  }

  @Override
  RowSettings told(Settings settings) {
    return settings.embed();
  }

  @Override
  List<String> models(Settings given) {
    if (given.embed().from().isEmpty()) {
      return super.models(given);
    }
    if (model().isPresent()) {
      throw new SettingsException(
          "Cannot embed with two models: embed.from and --model are given, expected one of them. Leave one out.");
    }
    return List.of("embed.from");
  }

  @Override
  void run(Settings given) throws IOException {
    if (queries == null) {
      super.run(given);
    } else if (given.embed().paths().isEmpty()) {
      ofWords(given);
    } else {
      ofRows(given);
    }
  }

  private void ofWords(Settings given) throws IOException {
    if (given.embed().from().isEmpty()) {
      throw new SettingsException(
          "Cannot answer queries: embed.paths and embed.from are empty, expected rows or word vectors. Set one.");
    }
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    try (Searched searched = new SearchedWords(vectors(storage, given).vectors())) {
      answer(given, searched, storage);
    }
  }

  /** Rows that have no vectors yet get them first. */
  private void ofRows(Settings given) throws IOException {
    try (Session session = openSession()) {
      Storage storage = new Storage(session.context().hadoopConfiguration());
      RowsJob rows = job(session, storage, given).rows();
      rows.run();
      try (Searched searched = rows.searched()) {
        answer(given, searched, storage);
      }
    }
  }

  private void answer(Settings given, Searched searched, Storage storage) throws IOException {
    PromptLines lines = queries.open(storage);
    try (Search search = new Search(searched, given.query(), err()::println)) {
      List<String> together = new ArrayList<>();
      for (Optional<String> line; (line = lines.next()).isPresent(); ) {
        together.add(line.get());
        if (together.size() == TOGETHER || !lines.ready()) {
          search.answer(together).forEach(answer -> print(answer, searched.key()));
          out().flush();
          together.clear();
        }
      }
    }
  }

  private void print(Search.Answer answer, String key) {
    if (json()) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("query", answer.query());
      if (answer.found().isEmpty()) {
        object.putNull("neighbours");
      } else {
        ArrayNode neighbours = object.putArray("neighbours");
        for (Search.Found found : answer.found().get()) {
          neighbours.addObject().put("cosine", found.cosine()).set(key, found.shown());
        }
      }
      out().println(object);
      return;
    }
    out().println(answer.query());
    answer
        .found()
        .ifPresentOrElse(
            all -> all.forEach(this::print), () -> out().println("  it has no vector"));
  }

  private void print(Search.Found found) {
    JsonNode shown = found.shown();
    out().printf("  %.4f  %s%n", found.cosine(), shown.isTextual() ? shown.asText() : shown);
  }

  private VectorSource vectors(Storage storage, Settings given) {
    return VectorSource.open(storage, Storage.path("embed.from", given.embed().from()), choice());
  }

  @Override
  Job job(Session session, Storage storage, Settings given) {
    if (given.embed().from().isEmpty()) {
      TrainedModel model = open(storage, given);
      return new Job(
          RowsJob.embedding(session, storage, model, overwrites(), err()::println),
          Optional.of(model.checkpoint().round()));
    }
    VectorSource vectors = vectors(storage, given);
    return new Job(
        RowsJob.embedding(session, storage, given, vectors, overwrites(), err()::println),
        vectors.round());
  }
}
