package io.chorale.quality;

/**
 * Counts the characters in repeated n-grams of words and symbols, for n from 2 to 10, as Gopher's
 * repetition rules ask (arXiv 2112.11446, Table A1) and datatrove computes them.
 *
 * <p>For n from 2 to 4: the n-gram that occurs most often (of several the first), its length with
 * blanks times its count. For n from 5 to 10: going through the text, an n-gram that was met before
 * adds the lengths of its words, and the next one looked at begins behind it.
 *
 * <p>An n-gram can only be repeated where the shorter one with the same begin is: so only these
 * places are looked at again, and after n = 2 few remain. O(words) for each n at worst. N-grams are
 * told apart by 64-bit hashes. Not thread-safe.
 */
final class Repetition {
  /** Odd, so that no word is lost in the product. */
  private static final long BASE = 0xd1342543de82ef95L;

  private final HashCounter counter = new HashCounter();
  private int[] places = new int[0];
  private int[] slots = new int[0];
  private int candidates;
  private long[] grams = new long[0];

  /** Writes the counts of a text that was taken in. */
  void count(TextScan scan, Counts into) {
    start(scan.size());
    for (int i = 0; i < scan.size(); i++) {
      grams[i] = scan.hash(i);
    }
    for (int n = 2; n <= Count.LONGEST_GRAM; n++) {
      extend(scan, n);
      if (n <= Count.LONGEST_TOP_GRAM) {
        into.set(Count.topGram(n), top(scan, n));
      }
      keepRepeated();
      if (n > Count.LONGEST_TOP_GRAM) {
        into.set(Count.duplicateGram(n), duplicates(scan, n));
      }
    }
  }

  private void start(int size) {
    if (places.length < size) {
      places = new int[size + size / 4];
      slots = new int[places.length];
      grams = new long[places.length];
    }
    candidates = size;
    for (int i = 0; i < size; i++) {
      places[i] = i;
    }
  }

  /** Makes n-grams of those of n - 1 at all places that remain, and counts them. */
  private void extend(TextScan scan, int n) {
    counter.clear(candidates);
    int kept = 0;
    for (int i = 0; i < candidates; i++) {
      int place = places[i];
      if (place + n <= scan.size()) {
        grams[place] = grams[place] * BASE + scan.hash(place + n - 1);
        places[kept] = place;
        slots[kept] = counter.add(HashCounter.mix(grams[place]));
        kept++;
      }
    }
    candidates = kept;
  }

  /** Characters of the most frequent n-gram, times its count. */
  private long top(TextScan scan, int n) {
    if (scan.size() < n) {
      return 0;
    }
    // One that occurs once counts too: the first of all, where none is repeated.
    int place = 0;
    int most = 1;
    for (int i = 0; i < candidates; i++) {
      if (counter.count(slots[i]) > most) {
        most = counter.count(slots[i]);
        place = places[i];
      }
    }
    return (long) most * (characters(scan, place, n) + n - 1);
  }

  /** Characters of the copies, among the places where an n-gram is repeated. */
  private long duplicates(TextScan scan, int n) {
    long characters = 0;
    int next = 0;
    counter.clear(candidates);
    for (int i = 0; i < candidates; i++) {
      int place = places[i];
      if (place >= next && counter.repeats(HashCounter.mix(grams[place]))) {
        characters += characters(scan, place, n);
        next = place + n;
      }
    }
    return characters;
  }

  private void keepRepeated() {
    int kept = 0;
    for (int i = 0; i < candidates; i++) {
      if (counter.count(slots[i]) > 1) {
        places[kept++] = places[i];
      }
    }
    candidates = kept;
  }

  private static int characters(TextScan scan, int place, int n) {
    return scan.begin(place + n) - scan.begin(place);
  }
}
