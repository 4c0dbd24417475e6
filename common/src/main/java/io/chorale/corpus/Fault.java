package io.chorale.corpus;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.List;

/** A rejection as messages name it; several of one file become one. */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE)
final class Fault implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int file;
  private final long offset;
  private final Rejection.Reason reason;
  private final String cause;
  private final boolean cutShort;

  @JsonCreator
  private Fault(
      @JsonProperty("file") int file,
      @JsonProperty("offset") long offset,
      @JsonProperty("reason") Rejection.Reason reason,
      @JsonProperty("cause") String cause,
      @JsonProperty("cutShort") boolean cutShort) {
    this.file = file;
    this.offset = offset;
    this.reason = reason;
    this.cause = cause;
    this.cutShort = cutShort;
  }

  static Fault of(Rejection rejection) {
    return new Fault(
        rejection.file(),
        rejection.offset(),
        rejection.reason(),
        rejection.cause(),
        rejection.lost() == Rejection.WHOLE);
  }

  /** The one that comes first in the corpus. */
  static Fault merge(Fault a, Fault b) {
    boolean before = a.file != b.file ? a.file < b.file : a.offset <= b.offset;
    Fault first = before ? a : b;
    return new Fault(first.file, first.offset, first.reason, first.cause, a.cutShort || b.cutShort);
  }

  boolean refused() {
    return reason == Rejection.Reason.REFUSED_FILE;
  }

  String cause() {
    return cause;
  }

  /** Whether nobody knows how much of its file is missing. */
  boolean cutShort() {
    return cutShort;
  }

  /** For people: {@code file:/a.txt at 17: bad-json (the line is not one JSON object)}. */
  String inWords(List<CorpusFile> files) {
    return "%s at %d: %s%s"
        .formatted(
            files.get(file), offset, reason.key(), cause.isEmpty() ? "" : " (" + cause + ")");
  }
}
