package io.chorale.privacy;

/**
 * Finds public IPv6 addresses: those of 2000::/3, the only block that IANA gives out, but for what
 * its registry of special-purpose addresses keeps in it (RFC 4291, without embedded IPv4).
 */
final class Ipv6Finder implements Finder {
  private static final int GROUPS = 8;

  @Override
  public int end(String text, int floor, int at) {
    char first = text.charAt(at);
    char before = Finder.charAt(text, floor, at - 1);
    boolean begins = first == '2' || first == '3';
    if (!begins || Finder.isPartOfWord(before) || before == ':' || before == '.') {
      return NONE;
    }
    int[] groups = new int[2]; // The first two decide what is special.
    int count = 0;
    boolean gap = false;
    int i = at;
    while (true) {
      int begin = i;
      int value = 0;
      while (i < begin + 4 && hex(Finder.charAt(text, floor, i)) >= 0) {
        value = value << 4 | hex(text.charAt(i++));
      }
      if (i == begin) {
        return NONE; // With the gap last it names a network.
      }
      if (count < groups.length && !gap) {
        groups[count] = value;
      }
      count++;
      if (count == GROUPS || Finder.charAt(text, floor, i) != ':') {
        break;
      }
      boolean two = Finder.charAt(text, floor, i + 1) == ':';
      if (two ? gap : hex(Finder.charAt(text, floor, i + 1)) < 0) {
        break;
      }
      gap |= two;
      i += two ? 2 : 1;
    }
    boolean whole = gap ? count < GROUPS : count == GROUPS;
    return whole && !goesOn(text, floor, i) && isPublic(groups[0], groups[1]) ? i : NONE;
  }

  private static boolean goesOn(String text, int floor, int end) {
    char last = text.charAt(end - 1);
    char after = Finder.charAt(text, floor, end);
    char next = Finder.charAt(text, floor, end + 1);
    return Finder.isPartOfWord(after)
        || (after == ':' && next != 0 && !Character.isWhitespace(next))
        || (after == '.' && Finder.isDigit(next) && Finder.isDigit(last));
  }

  private static boolean isPublic(int first, int second) {
    boolean protocols = first == 0x2001 && second < 0x200;
    boolean documentation =
        (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    boolean ofIpv4 = first == 0x2002;
    return first >>> 13 == 1 && !protocols && !documentation && !ofIpv4;
  }

  private static int hex(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
