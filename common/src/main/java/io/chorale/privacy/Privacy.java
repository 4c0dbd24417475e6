package io.chorale.privacy;

import io.chorale.config.Nearest;
import io.chorale.config.SettingsException;
import io.chorale.config.Shown;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Masks personal data in texts: each address or number that is found is replaced by the name of its
 * kind in brackets, such as {@code [email]}.
 *
 * <p>One pass from left to right, in linear time. What begins first is masked first; of what begins
 * at the same place, the first kind in the order of {@link Kind}. A text that has been masked stays
 * as it is when it is masked again. For any number of threads.
 */
public final class Privacy {
  /** What is looked for. */
  public enum Kind {
    /** E-mail addresses. */
    EMAIL,

    /** Public IPv4 and IPv6 addresses. */
    IP,

    /** Bank account numbers whose checksum is right. */
    IBAN,

    /** Numbers of payment cards whose checksum is right. */
    CARD,

    /** Telephone numbers in international form. */
    PHONE;

    /** What stands in the text for something of this kind. */
    public String mask() {
      return "[" + key() + "]";
    }

    /** As settings write it: {@code email}. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A finder, and what it finds. */
  private record Search(Kind kind, Finder finder) {}

  private final Search[] searches;

  /**
   * @param kinds what is masked
   */
  public Privacy(Set<Kind> kinds) {
    searches =
        kinds.stream()
            .sorted()
            .flatMap(kind -> finders(kind).map(finder -> new Search(kind, finder)))
            .toArray(Search[]::new);
  }

  /**
   * Masks kinds by their names.
   *
   * @throws SettingsException where a name is none of a kind
   */
  public static Privacy of(List<String> names) {
    Map<String, Kind> known = new TreeMap<>();
    for (Kind kind : Kind.values()) {
      known.put(kind.key(), kind);
    }
    for (String name : names) {
      if (!known.containsKey(name)) {
        throw new SettingsException(
            "Cannot mask \"%s\": expected one of %s. Correct the name; the nearest is %s."
                .formatted(
                    Shown.of(name),
                    String.join(" ", known.keySet()),
                    Nearest.of(name, known.keySet())));
      }
    }
    return new Privacy(names.stream().map(known::get).collect(Collectors.toSet()));
  }

  private static Stream<Finder> finders(Kind kind) {
    return switch (kind) {
      case EMAIL -> Stream.of(new EmailFinder());
      case IP -> Stream.of(new Ipv4Finder(), new Ipv6Finder());
      case IBAN -> Stream.of(new IbanFinder());
      case CARD -> Stream.of(new CardFinder());
      case PHONE -> Stream.of(new PhoneFinder());
    };
  }

  /** Masks what is found in a text. */
  public Masked mask(String text) {
    if (searches.length == 0) {
      return new Masked(text, Map.of());
    }
    StringBuilder masked = new StringBuilder();
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    int floor = 0;
    int at = 0;
    while (at < text.length()) {
      int end = canBegin(text.charAt(at)) ? maskAt(text, floor, at, masked, counts) : Finder.NONE;
      floor = end == Finder.NONE ? floor : end;
      at = end == Finder.NONE ? at + 1 : end;
    }
    return floor == 0
        ? new Masked(text, counts)
        : new Masked(masked.append(text, floor, text.length()).toString(), counts);
  }

  /** Masks what is recognised at a place; returns its end. */
  private int maskAt(
      String text, int floor, int at, StringBuilder masked, Map<Kind, Integer> counts) {
    for (Search search : searches) {
      int end = search.finder.end(text, floor, at);
      if (end != Finder.NONE) {
        masked.append(text, floor, search.finder.start(text, floor, at)).append(search.kind.mask());
        counts.merge(search.kind, 1, Integer::sum);
        return end;
      }
    }
    return Finder.NONE;
  }

  /** Whether anything is recognised by a character: most are passed by. */
  private static boolean canBegin(char c) {
    return c == '@' || c == '+' || Finder.isDigit(c) || Finder.isCapital(c);
  }
}
