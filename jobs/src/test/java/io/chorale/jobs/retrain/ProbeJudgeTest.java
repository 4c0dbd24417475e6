package io.chorale.jobs.retrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an answer without sense is, and what is none. */
class ProbeJudgeTest {
  private static final List<String> PROSE =
      List.of(
          "the river runs through the old valley and past the mill",
          "a stone bridge was built there before anybody could remember",
          "in spring its water is cold, brown and very fast");

  private static List<String> judged(boolean writes, List<String> expected, String... answers) {
    return judged(List.of(), writes, expected, answers);
  }

  private static List<String> judged(
      List<String> used, boolean writes, List<String> expected, String... answers) {
    return new ProbeJudge(new Probe(List.of(), expected), writes, used).faults(List.of(answers));
  }

  private static void assertFault(String fault, List<String> faults) {
    assertEquals(1, faults.size(), faults.toString());
    assertTrue(faults.get(0).contains(fault), faults.get(0));
  }

  @Test
  void textsThatRepeatOnePieceAreFound() {
    String[] repeated =
        Collections.nCopies(3, "[\"" + "the ".repeat(30) + "\"]").toArray(String[]::new);
    assertFault("one piece over and over: [\"the the", judged(true, PROSE, repeated));
    assertFault("is empty", judged(true, PROSE, "[\"\"]", "[\" \"]"));
  }

  /** Tunes deflate to far less than prose does, and so do those that a model of them writes. */
  @Test
  void textsThatRepeatAsHeldOutTextDoesAreNot() {
    List<String> tunes = List.of("|: ABAB cdcd :|".repeat(8), "|: GEGE cBcB :|".repeat(8));
    assertEquals(List.of(), judged(true, tunes, "[\"" + "|: ABcd cdcd :|".repeat(8) + "\"]"));
    assertEquals(List.of(), judged(true, PROSE, "[\"rvier snote thl oav elydri tn e\"]"));
    assertEquals(List.of(), judged(true, List.of("", ""), "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]"));
    assertEquals(List.of(), judged(true, PROSE));
  }

  @Test
  void oneAnswerForAllRowsIsFound() {
    List<String> labels = List.of("[0]", "[1]", "[0]");
    String same = "[\"good\",{\"good\":0.7,\"bad\":0.3}]";
    String other = "[\"good\",{\"good\":0.71,\"bad\":0.29}]";
    assertFault("all the same: [\"good\"", judged(false, labels, same, same, same));
    assertEquals(List.of(), judged(false, labels, same, other, same));
    assertEquals(List.of(), judged(false, List.of("[1]", "[1]", "[1]"), same, same, same));
    // Rows without targets differ anyway.
    assertFault("all the same", judged(false, List.of("", "", ""), "[3.25]", "[3.25]", "[3.25]"));
    assertEquals(List.of(), judged(false, List.of("", ""), "[10000.25]", "[10000.26]"));
  }

  /** As of a tag that is rare. */
  @Test
  void aCandidateMayBeAsDullAsTheModelInUse() {
    List<String> tags = List.of("[0, 3]", "[3]");
    String[] dull = {"[[\"O\",\"O\"]]", "[[\"O\"]]"};
    assertEquals(List.of(), judged(List.of(dull), false, tags, dull));
    assertFault("all the same", judged(List.of(dull[0], "[[\"B\"]]"), false, tags, dull));
  }

  @Test
  void oneTagForAllStepsIsFound() {
    List<String> tags = List.of("[0, 3]", "[3]");
    assertFault("all the same", judged(false, tags, "[[\"O\",\"O\"]]", "[[\"O\",\"O\",\"O\"]]"));
    assertEquals(List.of(), judged(false, tags, "[[\"O\",\"B\"]]", "[[\"O\",\"O\",\"O\"]]"));
  }

  @Test
  void whatIsNoNumberIsFound() {
    List<String> labels = List.of("[0]", "[1]");
    assertFault("is no number", judged(false, labels, "[\"good\",{\"good\":NaN}]", "[1.0]"));
    assertEquals(List.of(), judged(false, labels, "[\"NaN\"]", "[\"good\"]"), "a label");
    assertFault("is no number", judged(false, labels, "[[0.5,-Infinity]]", "[[1.0,2.0]]"));
  }
}
