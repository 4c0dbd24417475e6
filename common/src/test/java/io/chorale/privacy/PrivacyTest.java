package io.chorale.privacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.privacy.Privacy.Kind;
import io.chorale.random.SplitMix64;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PrivacyTest {
  private static final Privacy ALL = new Privacy(EnumSet.allOf(Kind.class));

  @Test
  void emails() {
    masks(
        "Ask <[email]>, or [email].", "Ask <jane.doe@example.com>, or o'brien@mail.example.co.uk.");
    masks("mailto:[email]?subject=x", "mailto:jane+news@example.org?subject=x");
    masks("'[email]'", "'jane_d@müller-söhne.de'");
    masks("写信给[email]。", "写信给jane@example.com。");
    masks("[email].5", "a@b.com.5");
    masks("[email]", "a@b.xn--p1ai");
    stays("user@host npm@1.2.3 @Override a@ @b.com a@b..com a@-b.com a@b-.com a@b.c me@[8.8.4.x]");
    stays("x".repeat(65) + "@example.com");
    masks("[email]", "x".repeat(64) + "@example.com");
    stays("a@" + "b".repeat(260) + ".com");
  }

  @Test
  void publicAddressesOfMachines() {
    masks("at [ip], [ip]:53 and [ip]/24.", "at 8.8.8.8, 1.1.1.1:53 and 185.199.108.0/24.");
    stays(
        "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 127.0.0.1 169.254.1.1 100.64.0.1 0.1.2.3");
    stays("192.0.2.1 198.51.100.7 203.0.113.9 198.18.0.1 198.19.0.1 224.0.0.251 255.255.255.255");
    masks("[ip] [ip] [ip]", "172.15.0.1 172.32.0.1 198.20.0.1");
    stays("1.2.3.4.5 v1.2.3.4 1.2.3.256 1.2.3 1.2.3.04 8.8.8.8a 08.8.8.8 .8.8.8.8");
    masks("([ip])", "(2a00:1450:4001:81b::200e)");
    masks(
        "[ip] [ip]: [ip].",
        "2606:4700:4700::1111 2001:4860::8888: 2a03:2880:f12f:83:face:b00c:0:25de.");
    stays("2001:db8::1 fe80::1 ::1 fd00::1 2002:808:808::1 3fff:1::1 std::vector 12:34:56 a::b");
    stays(
        "2606:4700:4700:1111 2606::4700::1 2606:1:2:3:4:5:6:7:8 2606:4700::11111 [2::3]"
            + " 2606:4700::/32");
  }

  @Test
  void telephones() {
    masks("Call [phone] now", "Call +1 650-253-0000 now");
    masks("Tel.[phone], [phone]", "Tel.+49 (0) 30 1234-567, 0049 30 1234567");
    masks("([phone])", "(+442079460958)");
    masks("[phone] is [phone].", "+33 1 23 45 67 89 is +33123456789.");
    masks("[phone] 2021", "+49 30 1234567 1234 2021");
    stays("+1234567, +1234567890123456, x+4915112345678, ++4915112345678, +0 123 456 789");
    stays(
        "0049301234567, 0011 2233 4455, 030 1234567, (650) 253-0000, 1.0049 30 1234567,"
            + " +49x123456789");
  }

  @Test
  void accountsWithTheRightChecksum() {
    masks("IBAN: [iban], [iban].", "IBAN: DE89370400440532013000, GB29 NWBK 6016 1331 9268 19.");
    masks("[iban] [iban]", "NO9386011117947 MT84MALT011000012345MTLCAST001S");
    masks("[iban] x", "FR14 2004 1010 0505 0001 3M02 606 x");
    stays("DE89370400440532013001 GB29 NWBK 6016 1331 9268 18 NO9386011117948");
    stays(
        "XDE89370400440532013000 DE893704004405320130000 DE8937040044053201300"
            + " ZZ89370400440532013000");
    stays("DE89 3704 1044 05320130 00 de89370400440532013000 DE 89370400440532013000");
  }

  @Test
  void cardsWithTheRightChecksum() {
    masks("[card], [card]; [card]", "4111111111111111, 5500 0000 0000 0004; 3400-0000-0000-009");
    masks("[card] [card] [card]", "6011000000000004 30000000000004 3530111333300000");
    masks("12 [card] 12/25", "12 4111 1111 1111 1111 12/25");
    masks("[card]", "2223003122003222");
    stays("4111111111111112 5500 0000 0000 0005 41111111111111110 x4111111111111111");
    stays("1111111111111117 0.4111111111111111 4111111111111111.5 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1");
    stays("411111111111 4222222222222");
  }

  @Test
  void onlyWhatIsAskedForIsMaskedAndCounted() {
    String text = "jane@example.com joe@example.com 8.8.8.8 4111111111111111";
    Masked masked = new Privacy(Set.of(Kind.EMAIL, Kind.CARD)).mask(text);
    assertEquals("[email] [email] 8.8.8.8 [card]", masked.text());
    assertEquals(Map.of(Kind.EMAIL, 2, Kind.CARD, 1), masked.counts());
    assertSame(text, new Privacy(Set.of()).mask(text).text());
    assertEquals("[email] 1", ALL.mask("a.b@c.de 1").text());
  }

  /** What a count says is what stands in the text, and masking again finds nothing more. */
  @Test
  void masksOfRandomTextsAreCountedAndFinal() {
    String[] parts = {
      "jane@x.com",
      "8.8.8.8",
      "+4915112345678",
      "DE89370400440532013000",
      "4111 1111 1111 1111",
      "2606:4700::1111",
      "0049 30 1234567",
      ".",
      ",",
      " ",
      "+",
      "-",
      "@",
      "0",
      "8.",
      "a",
      "_",
      ":",
      "::",
      "00",
      "4111",
      "DE89",
      "(",
      "é",
      "漢",
      "\n",
      "'",
      "/"
    };
    SplitMix64 random = new SplitMix64(11);
    int found = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder made = new StringBuilder();
      for (long left = 1 + random.below(8); left > 0; left--) {
        made.append(parts[(int) random.below(parts.length)]);
      }
      String text = made.toString();
      Masked once = ALL.mask(text);
      for (Kind kind : Kind.values()) {
        int stands = once.text().split(Pattern.quote(kind.mask()), -1).length - 1;
        assertEquals(stands, once.counts().getOrDefault(kind, 0), text);
        found += stands;
      }
      Masked twice = ALL.mask(once.text());
      assertEquals(once.text(), twice.text(), text);
      assertTrue(twice.counts().isEmpty(), text);
    }
    assertTrue(found > 5_000, "found " + found);
  }

  /** Each of these would take hours where the time was quadratic. */
  @Test
  void hostileTextsTakeLinearTime() {
    for (String part :
        new String[] {
          "@", "a@", "a.", "a@a.", "1", "1.", "1 ", "123 ", "4111 ", "+", "+1", "+49 ", "00",
          "001 ", "DE89 ", "DE89", "2:", "2::", "2606:", "A"
        }) {
      String text = part.repeat(300_000 / part.length());
      assertTrue(ALL.mask(text).text().length() <= text.length(), part);
    }
  }

  private static void masks(String expected, String text) {
    assertEquals(expected, ALL.mask(text).text());
  }

  private static void stays(String text) {
    assertEquals(text, ALL.mask(text).text());
  }
}
