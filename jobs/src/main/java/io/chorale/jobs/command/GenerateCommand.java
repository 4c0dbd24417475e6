package io.chorale.jobs.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.generate.TextGenerator;
import io.chorale.generate.Translator;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.spark.Session;
import io.chorale.task.LanguageModel;
import io.chorale.task.TargetTask;
import io.chorale.token.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.Stack;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code chorale generate}: writes text, or translates, with a run's model, in this process. */
@Command(
    name = "generate",
    description = "Write text with a run's model; generate.* settings say how.")
final class GenerateCommand extends ModelCommand {
  /** What a blank line among others becomes, so that lines keep their places. */
  private static final Translator.Translation NOTHING = new Translator.Translation("", 0, 0);

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      parameterConsumer = AnyText.class,
      description =
          "The text to go on from, without it a new text begins; or the text to translate, or the"
              + " numbers of a vector to write the text for.")
  private Optional<String> prompt = Optional.empty();

  @Option(
      names = "--stdin",
      description =
          "Read prompts from standard input, one a line, and write the text for each;"
              + " an empty line begins a new text, but has no translation.")
  private boolean stdin;

  @Option(
      names = "--messages",
      description =
          "Prompts are lists of messages, as JSON in one line: [{\"role\": \"user\", \"content\":"
              + " \"...\"}]. Without it a prompt is one message of the user, where the model has"
              + " learned answers.")
  private boolean messages;

  @Option(
      names = "--midi",
      paramLabel = "FILE",
      description =
          "Write the tunes of the texts, in ABC notation, as MIDI: FILE, and FILE-2 and so on for"
              + " further ones. Between blank lines a tune is expected; what is none is told.")
  private String midi;

  @Option(names = "--json", description = "Print one JSON object for each text, at its end.")
  private boolean json;

  private Optional<TuneFiles> tunes = Optional.empty();

  /** Takes the next argument even where it looks like an option. */
  static final class AnyText implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
      if (arguments.isEmpty()) {
        throw new ParameterException(
            command.commandLine(), "Missing required parameter for option '--prompt' (TEXT)");
      }
      option.setValue(Optional.of(arguments.pop()));
    }
  }

  private static LanguageModel languageModel(TrainedModel model) {
    if (model.task() instanceof LanguageModel task) {
      return task;
    }
    throw new SettingsException(
        "Cannot write text with run %s: its task.kind is %s, expected language-model, translation or from-vector. Choose another run.path."
            .formatted(
                model.settings().run().path(), SettingsFile.value(model.settings(), "task.kind")));
  }

  private static Tokenizer tokenizer(TrainedModel model) {
    return model
        .task()
        .writes()
        .flatMap(model::tokenizer)
        .orElseThrow(
            () ->
                new SettingsException(
                    "Cannot write text with run %s: it was trained on ids without a tokenizer, expected one. Choose another run.path."
                        .formatted(model.settings().run().path())));
  }

  /** The model as a writer of texts; close it. */
  static TextGenerator generator(TrainedModel model) {
    LanguageModel task = languageModel(model);
    return task.generator(tokenizer(model), task.reader(model.parameters()));
  }

  @Override
  void run(Settings given) throws Exception {
    if (stdin && prompt.isPresent()) {
      throw new SettingsException(
          "Cannot write text: prompts are given by --prompt and by --stdin, expected one of them. Leave one out.");
    }
    Storage storage = new Storage(Session.hadoop(new SparkConf()));
    TrainedModel model = open(storage, given);
    refuseUnread(model.settings());
    tunes = Optional.ofNullable(midi).map(file -> new TuneFiles(storage, file));
    if (messages && !(model.task() instanceof LanguageModel)) {
      languageModel(model);
    }
    if (model.task() instanceof TargetTask written) {
      translate(written, model);
    } else {
      goOn(model);
    }
    tunes.ifPresent(TuneFiles::check);
  }

  private void goOn(TrainedModel model) throws IOException {
    Optional<ChatPrompts> chat = ChatPrompts.of(languageModel(model), tokenizer(model), messages);
    if (messages && chat.isEmpty()) {
      throw new SettingsException(
          "Cannot write answers to messages with run %s: it has learned none, expected a model of conversations. Leave --messages out, or choose another run.path."
              .formatted(model.settings().run().path()));
    }
    try (TextGenerator generator = generator(model)) {
      if (stdin) {
        eachLine(line -> write(generator, model, chat, line));
      } else {
        write(generator, model, chat, prompt.orElse(""));
      }
    }
  }

  /** The settings may have been those of another task than the run's. */
  private static void refuseUnread(Settings settings) {
    for (String key : SettingsFile.keys()) {
      String value = SettingsFile.value(settings, key);
      if (key.startsWith("generate.")
          && !SettingsFile.reads(settings, key)
          && !value.equals(SettingsFile.value(SettingsFile.defaults(), key))) {
        throw new SettingsException(
            "Cannot write text with run %s: its task.kind is %s, which does not read %s. Remove that."
                .formatted(settings.run().path(), SettingsFile.value(settings, "task.kind"), key));
      }
    }
  }

  private void eachLine(Consumer<String> reader) throws IOException {
    PromptLines lines = new PromptLines(System.in);
    Optional<String> line = lines.next();
    // Without a reader there is no more to write.
    while (line.isPresent() && !out().checkError()) {
      try {
        reader.accept(line.orElseThrow());
      } catch (SettingsException e) {
        throw new SettingsException(
            "%s It is line %d of standard input.".formatted(e.getMessage(), lines.number()));
      }
      line = lines.next();
    }
  }

  private void translate(TargetTask task, TrainedModel model) throws IOException {
    if (!stdin && prompt.isEmpty()) {
      throw new SettingsException(
          "Cannot write with run %s: there is no source, expected a text or vector. Give it by --prompt, or some by --stdin."
              .formatted(model.settings().run().path()));
    }
    try (Translator translator =
        new Translator(
            tokenizer(model), task.writer(model.parameters()), model.settings().generate())) {
      if (stdin) {
        eachLine(line -> translate(translator, task, model, line));
      } else {
        translate(translator, task, model, prompt.orElseThrow());
      }
    }
  }

  private void translate(
      Translator translator, TargetTask task, TrainedModel model, String source) {
    Stopwatch watch = new Stopwatch();
    Translator.Translation translation =
        stdin && source.isBlank()
            ? NOTHING
            : translator.translate(task.source(source, model.tokenizer(task.inputs().get(0))));
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("prompt", source);
      object.put("text", translation.text());
      object.put("score", translation.score());
      object.put("tokens", translation.tokens());
      object.put("tokens_per_second", translation.tokens() / watch.total());
      object.put("round", model.checkpoint().round());
      addModel(object);
      play(translation.text(), object);
      out().println(object);
    } else {
      out().println(translation.text());
      play(translation.text());
    }
    out().flush();
  }

  private void write(
      TextGenerator generator, TrainedModel model, Optional<ChatPrompts> chat, String before) {
    // An answer stands by itself.
    boolean shown = !json && chat.isEmpty();
    int[] ids = chat.map(prompts -> prompts.ids(before)).orElseGet(() -> generator.ids(before));
    StringBuilder text = new StringBuilder();
    PrintWriter terminal = out();
    if (shown) {
      terminal.print(before);
      terminal.flush();
    }
    Stopwatch watch = new Stopwatch();
    int tokens =
        generator.generate(
            ids,
            model.settings().generate(),
            piece -> {
              text.append(piece);
              if (!json) {
                terminal.print(piece);
                terminal.flush();
              }
            });
    double seconds = watch.total();
    if (json) {
      ObjectNode object = JsonMapper.builder().build().createObjectNode();
      object.put("prompt", before);
      object.put("text", text.toString());
      object.put("tokens", tokens);
      object.put("tokens_per_second", tokens / seconds);
      object.put("round", model.checkpoint().round());
      addModel(object);
      play((chat.isEmpty() ? before : "") + text, object);
      terminal.println(object);
    } else {
      terminal.println();
      err().printf("%d tokens, %.0f a second%n", tokens, tokens / seconds);
      play((chat.isEmpty() ? before : "") + text);
    }
    terminal.flush();
  }

  /** Writes the tunes of a text, where that is asked for, and adds what became of them. */
  private void play(String text, ObjectNode object) {
    tunes.ifPresent(
        files -> {
          TuneFiles.Result result = files.write(text);
          object.put("tunes", result.tunes());
          object.put("valid", result.files().size());
          ArrayNode midi = object.putArray("midi");
          result.files().forEach(file -> midi.add(file.toString()));
          ArrayNode faults = object.putArray("faults");
          result.faults().forEach(faults::add);
        });
  }

  /** Writes the tunes of a text, where that is asked for, and tells what became of them. */
  private void play(String text) {
    tunes.ifPresent(
        files -> {
          TuneFiles.Result result = files.write(text);
          result.faults().forEach(err()::println);
          result.files().forEach(err()::println);
          err().println(files.summary());
        });
  }
}
