package io.chorale.token;

/** What tokenizers with a table of their vocabulary have in common: all but encoding. */
abstract class VocabularyTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final int endOfText;

  VocabularyTokenizer(Vocabulary vocabulary, int endOfText) {
    this.vocabulary = vocabulary;
    this.endOfText = endOfText;
  }

  @Override
  public String decode(int[] ids) {
    return vocabulary.text(ids);
  }

  @Override
  public final byte[] bytes(int id) {
    return vocabulary.piece(id).clone();
  }

  @Override
  public final int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public final int endOfText() {
    return endOfText;
  }
}
