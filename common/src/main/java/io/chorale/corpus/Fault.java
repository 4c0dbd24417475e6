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
  private final long lost;

  @JsonCreator
  private Fault(
      @JsonProperty("file") int file,
      @JsonProperty("offset") long offset,
      @JsonProperty("reason") Rejection.Reason reason,
      @JsonProperty("cause") String cause,
      @JsonProperty("lost") long lost) {
    this.file = file;
    this.offset = offset;
    this.reason = reason;
    this.cause = cause;
    this.lost = lost;
  }

  static Fault of(Rejection rejection) {
    return new Fault(
        rejection.file(),
        rejection.offset(),
        rejection.reason(),
        rejection.cause(),
        rejection.lost());
  }

  /** The one that comes first in the corpus, with what is lost by both. */
  static Fault merge(Fault a, Fault b) {
    boolean before = a.file != b.file ? a.file < b.file : a.offset <= b.offset;
    Fault first = before ? a : b;
    boolean whole = a.lost == Rejection.WHOLE || b.lost == Rejection.WHOLE;
    return new Fault(
        first.file,
        first.offset,
        first.reason,
        first.cause,
        whole ? Rejection.WHOLE : a.lost + b.lost);
  }

  boolean refused() {
    return reason == Rejection.Reason.REFUSED_FILE;
  }

  String cause() {
    return cause;
  }

  /** Stored bytes that are lost; {@link Rejection#WHOLE} where nobody knows how many. */
  long lost() {
    return lost;
  }

  /** For people: {@code file:/a.txt at 17: bad-json (the line is not one JSON object)}. */
  String inWords(List<CorpusFile> files) {
    return "%s at %d: %s%s"
        .formatted(
            files.get(file), offset, reason.key(), cause.isEmpty() ? "" : " (" + cause + ")");
  }
}
