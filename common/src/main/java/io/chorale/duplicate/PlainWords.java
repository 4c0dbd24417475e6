package io.chorale.duplicate;

import io.chorale.random.SplitMix64;

/**
 * Hashes the words of a text, one after the other, so that texts that differ in case, punctuation,
 * diacritics, numbers or white space alone have the same words.
 *
 * <p>White space separates words. Case is folded, characters are decomposed, and of their parts
 * letters, numbers and spacing marks stay: punctuation, symbols, diacritics and controls are left
 * out without a gap. Digits in a row are one zero. A character of a script that sets no blanks
 * (Han, Kana, Thai, Lao, Khmer, Myanmar) is a word. This is datatrove's {@code simplify_text}, with
 * Unicode's categories in place of its list of punctuation.
 *
 * <p>A word's hash is FNV-1a over code points, finished by {@link SplitMix64#mix}. Time is linear
 * in the text, memory constant. What a character is follows the Unicode version of the JDK.
 */
public final class PlainWords {
  private static final long BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private String text = "";
  private int place;
  private long hash;

  /** Begins with a text. */
  public void begin(String next) {
    text = next;
    place = 0;
  }

  /** Goes to the next word; false where there is none. */
  public boolean next() {
    long sum = BASIS;
    boolean any = false;
    boolean inDigits = false;
    while (place < text.length()) {
      char unit = text.charAt(place);
      int after = place + 1;
      long form = PlainForm.of(unit);
      if (Character.isHighSurrogate(unit)) {
        int codePoint = text.codePointAt(place);
        after = place + Character.charCount(codePoint);
        form = PlainForm.of(codePoint);
      }
      if ((form & (PlainForm.SPACE | PlainForm.ALONE)) != 0) {
        if (any) {
          break;
        }
        place = after;
        if ((form & PlainForm.ALONE) != 0) {
          hash = SplitMix64.mix(add(sum, form));
          return true;
        }
        continue;
      }
      place = after;
      boolean digit = (form & PlainForm.DIGIT) != 0;
      if (form != 0 && !(digit && inDigits)) {
        sum = add(sum, form);
        any = true;
        inDigits = digit;
      }
    }
    hash = SplitMix64.mix(sum);
    return any;
  }

  private static long add(long sum, long form) {
    long added = sum;
    for (long rest = form & PlainForm.CODES; rest != 0; rest >>>= PlainForm.BITS) {
      added = (added ^ (rest & PlainForm.FIRST)) * PRIME;
    }
    return added;
  }

  /** The 64-bit hash of the word at hand. */
  public long hash() {
    return hash;
  }
}
