package io.chorale.chat;

import io.chorale.token.ControlToken;
import io.chorale.token.TextDecoder;
import io.chorale.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The ids of a text that a template has made. A control token is one where the template alone
 * spells it: what messages bring is ordinary text, whatever it spells.
 */
final class Segments {
  private final Tokenizer tokenizer;
  private final List<ControlToken> longestFirst;
  private final String firsts; // characters with which they begin

  /**
   * A token and its place.
   *
   * @param control whether it is a control token
   * @param from the first character that it is of; of bytes of a character all have its place, and
   *     of a text without a border in it all of its tokens
   */
  record Placed(int id, boolean control, int from, int to) {}

  Segments(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.longestFirst =
        tokenizer.controlTokens().stream()
            .sorted(Comparator.comparingInt(token -> -token.spelled().length()))
            .toList();
    this.firsts =
        longestFirst.stream()
            .map(token -> token.spelled().substring(0, 1))
            .distinct()
            .collect(Collectors.joining());
  }

  /**
   * The tokens of a text, in their order.
   *
   * @param borders where answers begin and end: on which side of one a token lies is all that its
   *     place tells
   */
  List<Placed> of(Text text, TreeSet<Integer> borders) {
    List<Placed> placed = new ArrayList<>();
    int from = 0;
    int at = 0;
    while (at < text.length()) {
      ControlToken found = control(text, at);
      if (found == null) {
        at++;
        continue;
      }
      int end = at;
      while (found.takesBefore() && end > from && Values.isSpace(text.at(end - 1))) {
        end--;
      }
      encode(text, from, end, borders, placed);
      int to = at + found.spelled().length();
      placed.add(new Placed(found.id(), true, at, to));
      while (found.takesBehind() && to < text.length() && Values.isSpace(text.at(to))) {
        to++;
      }
      from = to;
      at = to;
    }
    encode(text, from, text.length(), borders, placed);
    return placed;
  }

  private ControlToken control(Text text, int at) {
    if (firsts.indexOf(text.at(at)) < 0 || text.isGiven(at)) {
      return null;
    }
    for (ControlToken token : longestFirst) {
      String spelled = token.spelled();
      if (text.toString().startsWith(spelled, at) && ofTemplate(text, at, spelled.length())) {
        return token;
      }
    }
    return null;
  }

  private static boolean ofTemplate(Text text, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (text.isGiven(i)) {
        return false;
      }
    }
    return true;
  }

  private void encode(Text text, int from, int to, TreeSet<Integer> borders, List<Placed> placed) {
    if (from == to) {
      return;
    }
    SortedSet<Integer> inside = borders.subSet(from + 1, to);
    if (inside.isEmpty()) {
      placeAll(text, from, to, placed);
      return;
    }
    String part = text.part(from, to).toString();
    int[] ids = ids(part, from);
    int[] ends = ends(part, ids, inside.last() - from);
    if (ends.length > 0 || ids.length == 0) {
      place(ids, ends, from, placed);
      return;
    }
    // Where a tokenizer changes texts nobody can say what a token is of, but what its part is.
    int begin = from;
    for (int border : inside) {
      placeAll(text, begin, border, placed);
      begin = border;
    }
    placeAll(text, begin, to, placed);
  }

  private int[] ids(String part, int from) {
    return from == 0 ? tokenizer.encode(part) : tokenizer.encodeBehind(part);
  }

  private void placeAll(Text text, int from, int to, List<Placed> placed) {
    for (int id : ids(text.part(from, to).toString(), from)) {
      placed.add(new Placed(id, false, from, to));
    }
  }

  private static void place(int[] ids, int[] ends, int from, List<Placed> placed) {
    int begin = 0;
    for (int i = 0; i < ids.length; i++) {
      begin = i > 0 && ends[i] != ends[i - 1] ? ends[i - 1] : begin;
      placed.add(new Placed(ids[i], false, from + begin, from + ends[i]));
    }
  }

  /**
   * Where what each id gives ends in a text; of ids that give a character together, where that
   * does. None where the ids do not give the text back.
   *
   * @param last place that matters: all ids behind it are said to end with the text
   */
  private int[] ends(String text, int[] ids, int last) {
    TextDecoder decoder = tokenizer.decoder();
    StringBuilder decoded = new StringBuilder();
    int[] ends = new int[ids.length];
    int open = 0; // the first id that has given nothing yet
    for (int i = 0; i < ids.length && decoded.length() < last; i++) {
      String more = decoder.add(ids[i]);
      decoded.append(more);
      if (!more.isEmpty()) {
        Arrays.fill(ends, open, i + 1, decoded.length());
        open = i + 1;
      }
    }
    Arrays.fill(ends, open, ids.length, text.length());
    boolean given = decoded.length() >= last && text.startsWith(decoded.toString());
    return given ? ends : new int[0];
  }
}
