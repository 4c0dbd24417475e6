package io.chorale.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens a page in a real Chromium, where one is installed. */
class BrowserTest {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final int SECONDS = 120;

  /** A window is never narrower than 500 pixels; a frame in it may be. It hears what is found. */
  private static final String FRAME =
      """
      <!DOCTYPE html><html><body style="margin:0"><script>
      addEventListener("message", function (e) { Object.assign(document.documentElement.dataset, e.data); });
      </script><iframe src="%s" style="width:%dpx;height:900px;border:0"></iframe></body></html>
      """;

  /** Tells at the end of the page what stands where. */
  private static final String PROBE =
      """
      <script>
      window.addEventListener("load", function () {
        var root = document.documentElement;
        var faults = [];
        document.querySelectorAll("details").forEach(function (d) { d.open = true; });
        if (root.scrollWidth > window.innerWidth) {
          document.querySelectorAll("body *").forEach(function (e) {
            if (e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest(".scroll, pre, .unseen")) {
              faults.push("wide " + e.tagName + " " + e.className);
            }
          });
          faults.push("page " + root.scrollWidth);
        }
        document.querySelectorAll("svg").forEach(function (svg) {
          var frame = svg.getBoundingClientRect();
          var texts = Array.from(svg.querySelectorAll("text"));
          var boxes = texts.map(function (t) { return t.getBoundingClientRect(); });
          boxes.forEach(function (a, i) {
            if (a.left < frame.left - 2 || a.right > frame.right + 2) { faults.push("cut " + texts[i].textContent); }
            boxes.slice(0, i).forEach(function (b, j) {
              var across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              var down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              if (across > 1 && down > 3) { faults.push("over " + texts[i].textContent + " and " + texts[j].textContent); }
            });
          });
        });
        var chart = document.querySelector("figure.chart");
        var plot = chart.querySelector("svg.lines");
        plot.focus();
        plot.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
        window.parent.postMessage({
          readout: chart.querySelector(".readout").textContent,
          focused: document.activeElement === plot,
          width: window.innerWidth,
          ground: getComputedStyle(document.body).backgroundColor,
          faults: faults.slice(0, 20).join("; ")
        }, "*");
      });
      </script></body>
      """;

  @TempDir Path directory;

  private static Optional<String> chromium() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /** What the browser made of the page, and what it said meanwhile. */
  private record Opened(String dom, String said) {
    String told(String name) {
      Matcher found = Pattern.compile("<html[^>]*data-" + name + "=\"([^\"]*)\"").matcher(dom);
      assertTrue(
          found.find(), name + " in " + dom.substring(0, Math.min(300, dom.length())) + said);
      return found.group(1);
    }
  }

  private Opened open(String browser, Path page, int width, boolean dark) throws Exception {
    Path out = directory.resolve("dom");
    Path err = directory.resolve("said");
    List<String> command =
        new ArrayList<>(
            List.of(
                browser,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--enable-logging=stderr",
                "--user-data-dir=" + directory.resolve("profile"),
                "--window-size=1700,1000",
                "--virtual-time-budget=3000"));
    if (dark) {
      command.add("--blink-settings=preferredColorScheme=0");
    }
    Path frame = directory.resolve("frame.html");
    Files.writeString(frame, FRAME.formatted(page.toUri(), width));
    command.addAll(List.of("--dump-dom", frame.toUri().toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), "the browser did not end");
    } finally {
      process.destroyForcibly();
    }
    return new Opened(Files.readString(out), Files.readString(err));
  }

  private Path probed(String name, String page) throws Exception {
    return Files.writeString(directory.resolve(name + ".html"), page.replace("</body>", PROBE));
  }

  @Test
  void aBrowserShowsThePages() throws Exception {
    Optional<String> browser = chromium();
    if (browser.isEmpty()) {
      System.err.println(
          "SKIPPED: no Chromium is installed, so no page is opened in a browser. apt-get install chromium");
    }
    Assumptions.assumeTrue(browser.isPresent(), "no Chromium is installed: " + NAMES);
    Path lstm = Runs.copy("lstm", directory.resolve("a-recurrent-network"));
    Path transformer = Runs.copy("transformer", directory.resolve("transformer"));
    Runs.write(lstm, Runs.rounds(45));
    Runs.write(transformer, Runs.rounds(3000));
    List<Path> pages = new ArrayList<>();
    for (List<Path> runs : List.of(List.of(transformer), List.of(lstm, transformer))) {
      String text = Runs.page(runs, "the quick brown fox jumps", "a".repeat(40));
      pages.add(probed("page-" + runs.size(), text));
    }
    Path dataset = directory.resolve("dataset");
    byte[] tokenizer = Datasets.tokenizer(List.of("the", "w".repeat(200), "a"));
    List<String> labels = List.of("no", "l".repeat(100), "yes");
    Datasets.write(
        dataset,
        Datasets.schema(tokenizer, 5, labels),
        tokenizer,
        List.of(Datasets.rows(200, 5, labels.size(), 3)));
    Datasets.reject(
        dataset, 0, "{\"reason\":\"nul\",\"excerpt\":\"%s\"}\n".formatted("\\\\x00".repeat(80)));
    pages.add(probed("page-of-data", Datasets.page(dataset)));
    String light = "";
    for (Path shown : pages) {
      for (int width : new int[] {1280, 400}) {
        Opened opened = open(browser.get(), shown, width, false);
        assertEquals("", opened.told("faults"), shown + " at " + width);
        assertEquals(Integer.toString(width), opened.told("width"));
        assertEquals("true", opened.told("focused"));
        assertTrue(opened.told("readout").contains("·"), opened.told("readout"));
        assertEquals(
            List.of(), opened.said().lines().filter(line -> line.contains("CONSOLE")).toList());
        light = opened.told("ground");
      }
    }
    for (Path shown : pages.subList(1, pages.size())) {
      Opened dark = open(browser.get(), shown, 1600, true);
      assertEquals("", dark.told("faults"));
      assertNotEquals(light, dark.told("ground"));
    }
  }
}
