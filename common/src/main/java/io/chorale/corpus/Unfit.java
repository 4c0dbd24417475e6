package io.chorale.corpus;

/** Signals that a record is no document, with the reason for its rejection. */
final class Unfit extends Exception {
  private static final long serialVersionUID = 1L;

  final Rejection.Reason reason;
  // What is shown of it; null for the document, or the record, as a whole.
  final transient Raw.Encoded shown;
  final long length;

  Unfit(Rejection.Reason reason, String found) {
    this(reason, found, null, 0);
  }

  /**
   * @param length of what is shown, as found
   */
  Unfit(Rejection.Reason reason, String found, Raw.Encoded shown, long length) {
    super(found, null, false, false);
    this.reason = reason;
    this.shown = shown;
    this.length = length;
  }

  Unfit(Rejection.Reason reason, Raw.Encoded shown) {
    this(reason, "", shown, shown.count());
  }
}
