package io.chorale.corpus;

import io.chorale.io.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gathers a list of a record: of texts, of numbers, or of steps of numbers. What fits none of these
 * is told of; the first fault counts. Holds no more than a document may have.
 */
final class RawList {
  /** What the elements are. */
  private enum Kind {
    UNKNOWN,
    STRINGS,
    NUMBERS,
    STEPS
  }

  private static final Raw EMPTY = new Raw.Empty();

  private final long most;
  private Kind kind = Kind.UNKNOWN;
  private final List<String> strings = new ArrayList<>();
  private float[] numbers = new float[16];
  private int count;
  private boolean inStep;
  private int stepStart;
  private int width;
  private int elements;
  private long bytes;
  private Raw fault;

  /**
   * @param most bytes of all elements
   */
  RawList(long most) {
    this.most = most;
  }

  /**
   * Adds a text.
   *
   * @param text null where it is not UTF-8
   */
  void add(String text) {
    if (inStep) {
      odd("a text in step " + (elements + 1));
    } else if (text == null) {
      fault(new Raw.Garbled());
    } else if (goesOn(Kind.STRINGS) && holds(Math.max(1, Utf8.length(text)))) {
      strings.add(text);
    }
    elements += inStep ? 0 : 1;
  }

  /** Adds a number. */
  void add(float number) {
    if (goesOn(inStep ? Kind.STEPS : Kind.NUMBERS) && holds(Float.BYTES)) {
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = number;
    }
    elements += inStep ? 0 : 1;
  }

  /** Adds something of another kind. */
  void addOther(String what) {
    odd("%s at %d".formatted(what, elements + 1));
    elements += inStep ? 0 : 1;
  }

  /** Begins a step. */
  void open() {
    if (inStep) {
      odd("a list in step " + (elements + 1));
    }
    inStep = true;
    stepStart = count;
  }

  /** Ends the step. */
  void close() {
    inStep = false;
    elements++;
    int channels = count - stepStart;
    if (fault == null && channels == 0) {
      odd("no number in step " + elements);
    } else if (fault == null && elements > 1 && channels != width) {
      odd("%d numbers in step %d, %d before".formatted(channels, elements, width));
    }
    width = channels;
  }

  /** The list. */
  Raw end() {
    if (fault != null) {
      return fault;
    }
    return switch (kind) {
      case UNKNOWN -> EMPTY;
      case STRINGS -> new Raw.Strings(strings);
      case NUMBERS -> new Raw.Reals(Arrays.copyOf(numbers, count), 0);
      case STEPS -> new Raw.Reals(Arrays.copyOf(numbers, count), width);
    };
  }

  private boolean goesOn(Kind next) {
    kind = kind == Kind.UNKNOWN ? next : kind;
    if (kind != next) {
      odd("elements of different kinds, at " + (elements + 1));
    }
    return fault == null;
  }

  private boolean holds(long more) {
    bytes += more;
    if (bytes > most) {
      fault(new Raw.TooLong());
    }
    return fault == null;
  }

  private void odd(String found) {
    fault(new Raw.Odd("a list with " + found));
  }

  private void fault(Raw found) {
    fault = fault == null ? found : fault;
  }
}
