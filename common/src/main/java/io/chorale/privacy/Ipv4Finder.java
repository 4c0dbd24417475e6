package io.chorale.privacy;

/**
 * Finds public IPv4 addresses: four octets that are no part of a longer dotted number, nor a
 * version with a letter before it.
 *
 * <p>Public is what IANA's registry of special-purpose addresses does not keep for something else
 * (private networks, loopback, documentation and the like), and what is not multicast.
 */
final class Ipv4Finder implements Finder {
  /** Blocks that are not public: the address of each, then the bits that it fixes. */
  private static final int[][] SPECIAL = {
    {0, 8},
    {address(10, 0, 0, 0), 8},
    {address(100, 64, 0, 0), 10},
    {address(127, 0, 0, 0), 8},
    {address(169, 254, 0, 0), 16},
    {address(172, 16, 0, 0), 12},
    {address(192, 0, 0, 0), 24},
    {address(192, 0, 2, 0), 24},
    {address(192, 88, 99, 0), 24},
    {address(192, 168, 0, 0), 16},
    {address(198, 18, 0, 0), 15},
    {address(198, 51, 100, 0), 24},
    {address(203, 0, 113, 0), 24},
    {address(224, 0, 0, 0), 3},
  };

  @Override
  public int end(String text, int floor, int at) {
    char before = Finder.charAt(text, floor, at - 1);
    if (!Finder.isDigit(text.charAt(at)) || Finder.isPartOfWord(before) || before == '.') {
      return NONE;
    }
    int address = 0;
    int i = at;
    for (int octet = 0; octet < 4; octet++) {
      if (octet > 0 && Finder.charAt(text, floor, i++) != '.') {
        return NONE;
      }
      int first = i;
      int value = 0;
      while (i < first + 3 && Finder.isDigit(Finder.charAt(text, floor, i))) {
        value = 10 * value + text.charAt(i++) - '0';
      }
      if (i == first || value > 255 || (text.charAt(first) == '0' && i > first + 1)) {
        return NONE;
      }
      address = address << 8 | value;
    }
    char after = Finder.charAt(text, floor, i);
    boolean longer = after == '.' && Finder.isDigit(Finder.charAt(text, floor, i + 1));
    return Finder.isPartOfWord(after) || longer || !isPublic(address) ? NONE : i;
  }

  private static boolean isPublic(int address) {
    for (int[] block : SPECIAL) {
      if ((address ^ block[0]) >>> (32 - block[1]) == 0) {
        return false;
      }
    }
    return true;
  }

  private static int address(int a, int b, int c, int d) {
    return a << 24 | b << 16 | c << 8 | d;
  }
}
