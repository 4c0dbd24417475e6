package io.chorale.report;

import java.util.List;

/**
 * A map of numbers by colour, with what stands at its rows and columns.
 *
 * @param title what it shows
 * @param rows what stands at each row
 * @param columns what stands at each column
 * @param values [rows][columns]
 * @param colours from the lowest to the highest value
 * @param height of the map in the drawing, whose width is 300
 */
record HeatMap(
    String title,
    List<String> rows,
    List<String> columns,
    float[][] values,
    Colours colours,
    double low,
    double high,
    double height) {
  private static final double SIDE = 300;
  private static final double LEFT = 52;
  private static final double ABOVE = 6;
  private static final double ROOM = 12; // of a label
  private static final double WIDE = 26; // of a number in a line of them

  /** Colours of values, which tell more and less by their lightness too. */
  enum Colours {
    /** From dark to light. */
    AMOUNT(0x0b1030, 0x3b2a7a, 0x8a2f86, 0xd9485f, 0xf98e52, 0xfde9a6),
    /** From below to above nothing. */
    SIGNED(0x14508c, 0x5b9bd0, 0xf4f4f1, 0xe58a58, 0x9c2f10);

    private static final int LEVELS = 64;
    private final int[] palette = new int[LEVELS];

    Colours(int... stops) {
      for (int i = 0; i < LEVELS; i++) {
        double at = (double) i / (LEVELS - 1) * (stops.length - 1);
        int stop = Math.min((int) at, stops.length - 2);
        palette[i] = between(stops[stop], stops[stop + 1], at - stop);
      }
    }

    private static int between(int a, int b, double part) {
      int colour = 0;
      for (int shift = 16; shift >= 0; shift -= 8) {
        int from = (a >> shift) & 0xff;
        int to = (b >> shift) & 0xff;
        colour |= (int) Math.round(from + part * (to - from)) << shift;
      }
      return colour;
    }

    private byte level(double value, double low, double high) {
      double part = high > low ? (value - low) / (high - low) : 0.5;
      return (byte) Math.round(Math.max(0, Math.min(1, part)) * (LEVELS - 1));
    }
  }

  private double below() {
    return SIDE / columns.size() >= ROOM ? LEFT : 22;
  }

  /** Draws it without a frame around it. */
  void draw(Html html) {
    byte[][] pixels = new byte[values.length][];
    for (int row = 0; row < values.length; row++) {
      pixels[row] = new byte[values[row].length];
      for (int column = 0; column < pixels[row].length; column++) {
        pixels[row][column] = colours.level(values[row][column], low, high);
      }
    }
    html.open("div", "class", "map");
    html.element("h4", title);
    html.open(
        "svg",
        "viewBox",
        "0 0 %s %s"
            .formatted(Figures.place(LEFT + SIDE + 4), Figures.place(ABOVE + height + below())),
        "role",
        "img",
        "tabindex",
        "0",
        "aria-label",
        "%s: %d rows by %d columns, from %s to %s"
            .formatted(
                title, rows.size(), columns.size(), Figures.of(low, 3), Figures.of(high, 3)));
    html.empty(
        "image",
        "href",
        Png.address(pixels, colours.palette),
        "x",
        Figures.place(LEFT),
        "y",
        Figures.place(ABOVE),
        "width",
        Figures.place(SIDE),
        "height",
        Figures.place(height),
        "preserveAspectRatio",
        "none");
    labels(html, rows, height, true);
    labels(html, columns, SIDE, false);
    html.close().close();
  }

  /** Every label where there is room, else the numbers of some. */
  private void labels(Html html, List<String> labels, double length, boolean down) {
    double pitch = length / labels.size();
    boolean all = pitch >= ROOM;
    int every = all ? 1 : every((down ? ROOM : WIDE) / pitch);
    html.open("g", "aria-hidden", "true");
    for (int i = every - 1; i < labels.size(); i += every) {
      double at = (i + 0.5) * pitch;
      String text = all ? shown(labels.get(i)) : Integer.toString(i + 1);
      if (down) {
        html.element(
            "text",
            text,
            "x",
            Figures.place(LEFT - 5),
            "y",
            Figures.place(ABOVE + at + 4),
            "text-anchor",
            "end");
      } else if (all) {
        String place =
            "translate(%s %s) rotate(-90)"
                .formatted(Figures.place(LEFT + at + 4), Figures.place(ABOVE + height + 6));
        html.element("text", text, "transform", place, "text-anchor", "end");
      } else {
        html.element(
            "text",
            text,
            "x",
            Figures.place(LEFT + at),
            "y",
            Figures.place(ABOVE + height + 15),
            "text-anchor",
            "middle");
      }
    }
    html.close();
  }

  /** The next larger one of 5, 10, 20, 50 and so on. */
  private static int every(double least) {
    for (int power = 1; ; power *= 10) {
      for (int times : new int[] {5, 10, 20}) {
        if (times * power >= least) {
          return times * power;
        }
      }
    }
  }

  private static String shown(String label) {
    String seen = label.replace('\n', '⏎').replace(' ', '␣').replace('\t', '⇥');
    return seen.codePointCount(0, seen.length()) <= 6
        ? seen
        : seen.substring(0, seen.offsetByCodePoints(0, 5)) + "…";
  }

  /** What the colours mean. */
  static void legend(Html html, Colours colours, String low, String high) {
    byte[][] pixels = {new byte[Colours.LEVELS]};
    for (int i = 0; i < Colours.LEVELS; i++) {
      pixels[0][i] = (byte) i;
    }
    html.open("p", "class", "colours").element("span", low);
    html.empty("img", "alt", "to", "src", Png.address(pixels, colours.palette));
    html.element("span", high).close();
  }
}
