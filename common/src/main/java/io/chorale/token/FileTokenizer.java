package io.chorale.token;

import io.chorale.config.ChoraleException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The base of tokenizers that are read from a tokenizer.json: decoding, special tokens, size; all
 * but encoding.
 */
abstract class FileTokenizer implements Tokenizer {
  private final String name;
  private final String[] entries;
  private final BitSet control = new BitSet();
  private final int endOfText;
  private final List<Integer> beginOfText;
  private final DecoderReader decoder;
  private final List<ControlToken> controlTokens;
  private final Optional<ChatTemplate> chatTemplate;

  /**
   * Takes what decoding needs from a file.
   *
   * @throws ChoraleException where its decoder is not understood, or no token ends a text
   */
  FileTokenizer(TokenizerFile file) {
    name = file.name();
    entries = file.entries();
    endOfText = EndOfText.of(file);
    beginOfText = PostProcessor.before(file);
    file.added().stream().filter(TokenizerFile.Added::special).forEach(a -> control.set(a.id()));
    file.unknown().ifPresent(control::clear);
    control.set(endOfText);
    decoder = new DecoderReader(file);
    controlTokens =
        file.added().stream()
            .filter(added -> control.get(added.id()))
            .map(a -> new ControlToken(a.content(), a.id(), a.lstrip(), a.rstrip()))
            .toList();
    chatTemplate = Additions.template(file);
  }

  /**
   * Whether an id is that of a control token, which text never gives and which gives no text. The
   * token for what is unknown is none in this sense.
   */
  final boolean isControl(int id) {
    return control.get(id);
  }

  @Override
  public final String decode(int[] ids) {
    StringBuilder text = new StringBuilder(4 * ids.length);
    TextDecoder decoding = decoder();
    for (int id : ids) {
      text.append(decoding.add(id));
    }
    return text.append(decoding.end()).toString();
  }

  @Override
  public final TextDecoder decoder() {
    DecoderStep.Sink sink = new DecoderStep.Sink();
    DecoderStep first = decoder.begin(sink);
    return new TextDecoder() {
      @Override
      public String add(int id) {
        if (!has(id)) {
          throw new ChoraleException(
              "Cannot decode the id %d with tokenizer %s: it is not in the vocabulary, expected an id from 0 to %d. Use the tokenizer that the ids were made with."
                  .formatted(id, name, entries.length - 1));
        }
        if (isControl(id)) {
          return "";
        }
        first.token(entries[id]);
        return sink.take();
      }

      @Override
      public String end() {
        first.end();
        return sink.take();
      }
    };
  }

  @Override
  public final boolean has(int id) {
    return id >= 0 && id < entries.length && entries[id] != null;
  }

  @Override
  public final int vocabularySize() {
    return entries.length;
  }

  @Override
  public final List<ControlToken> controlTokens() {
    return controlTokens;
  }

  @Override
  public final Optional<ChatTemplate> chatTemplate() {
    return chatTemplate;
  }

  @Override
  public final int[] beginOfText() {
    for (int id : beginOfText) {
      if (!has(id)) {
        throw new ChoraleException(
            "Cannot begin a text with tokenizer %s: its post_processor puts the id %d there, expected one of its vocabulary. Take the file anew from where it came."
                .formatted(name, id));
      }
    }
    return beginOfText.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public final int endOfText() {
    return endOfText;
  }
}
