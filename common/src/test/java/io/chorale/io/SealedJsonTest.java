package io.chorale.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A format whose version 1 was a name, 2 a first and a last one, and 3 has a weight, too. */
class SealedJsonTest {
  private record One(String name) {}

  private record Two(String first, String last) {}

  private record Three(String first, String last, double weight) {}

  private static final SealedJson THREE =
      new SealedJson(
          "tests", 1, 3, List.of(SealedJsonTest::split, SealedJsonTest::weigh), "write it again");

  private static ObjectNode split(ObjectNode old) {
    String[] parts = old.path("name").asText().split(" ", 2);
    old.remove("name");
    return parts.length < 2 ? old : old.put("first", parts[0]).put("last", parts[1]);
  }

  private static ObjectNode weigh(ObjectNode old) {
    return old.put("weight", 1.5);
  }

  private static byte[] one(String name) {
    return new SealedJson("tests", 1, "").write(new One(name));
  }

  @Test
  void whatIsWrittenIsOfTheNewestVersionAndIsRead() {
    Three value = new Three("Ada", "Lovelace", 0.1);
    byte[] bytes = THREE.write(value);
    assertTrue(new String(bytes, UTF_8).contains("\"version\" : 3"));
    assertEquals(value, THREE.read(bytes, "x", Three.class));
    assertArrayEquals(bytes, THREE.write(value));
  }

  @Test
  void olderVersionsAreLiftedOneByOne() {
    Three lifted = new Three("Ada", "Lovelace", 1.5);
    assertEquals(lifted, THREE.read(one("Ada Lovelace"), "x", Three.class));
    byte[] two = new SealedJson("tests", 2, "").write(new Two("Ada", "Lovelace"));
    assertEquals(lifted, THREE.read(two, "x", Three.class));
    SealedJson noOne =
        new SealedJson("tests", 2, 3, List.of(SealedJsonTest::weigh), "write it again");
    assertEquals(lifted, noOne.read(two, "x", Three.class));
  }

  @Test
  void tooOldTooNewAndCorruptAreThreeErrors() {
    SealedJson two = new SealedJson("tests", 2, 2, List.of(), "write it again");
    assertEquals(
        "Cannot read x: its version is 3, expected 2. It was written by a newer Chorale: use that"
            + " one.",
        refusal(two, THREE.write(new Three("a", "b", 1))));
    assertEquals(
        "Cannot read x: its version is 1, expected 2. It was written by an older Chorale: write it"
            + " again.",
        refusal(two, one("a b")));
    SealedJson four = new SealedJson("tests", 4, "");
    assertTrue(
        refusal(THREE, four.write(new One("a"))).contains("its version is 4, expected 1 to 3."));
    assertTrue(
        refusal(THREE, changed(one("Ada Lovelace"), "Ada", "Eva"))
            .contains("its checksum does not fit its contents"));
    assertTrue(refusal(THREE, "{}".getBytes(UTF_8)).contains("it is no tests"));
    assertTrue(
        refusal(THREE, new SealedJson("other", 1, "").write(new One("a"))).contains("no tests"));
  }

  @Test
  void whatAnUpgradeCannotLiftIsDamaged() {
    assertTrue(refusal(THREE, one("Plato")).contains("it is not such JSON"));
    record More(String name, int age) {}
    byte[] more = new SealedJson("tests", 1, "").write(new More("a b", 3));
    assertTrue(refusal(THREE, more).contains("it is not such JSON"));
  }

  @Test
  void aVersionWithoutItsUpgradeIsNoFormat() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new SealedJson("tests", 1, 3, List.of(SealedJsonTest::split), ""));
  }

  /** As of a Java that spells doubles with more digits than are needed: before 19, some. */
  @Test
  void numbersCountAsTheyAreSpelt() {
    String spelt =
        "{\"format\":\"tests\",\"version\":3,\"first\":\"a\",\"last\":\"b\",\"weight\":1.0000000000000000E23";
    String sealed = spelt + ",\"crc32c\":\"" + Checksums.crc32c((spelt + "}").getBytes(UTF_8));
    byte[] bytes = (sealed + "\"}").getBytes(UTF_8);
    assertEquals(new Three("a", "b", 1e23), THREE.read(bytes, "x", Three.class));
    byte[] indented = changed(bytes, ",", " ,\n ");
    assertEquals(new Three("a", "b", 1e23), THREE.read(indented, "x", Three.class));
    assertTrue(refusal(THREE, changed(bytes, "0E23", "E23")).contains("its checksum"));
  }

  @Test
  void aChecksumInsideIsContents() {
    record Inner(String crc32c) {}
    record Outer(Inner inner) {}
    SealedJson json = new SealedJson("tests", 1, "");
    byte[] bytes = json.write(new Outer(new Inner("00000000")));
    assertEquals("00000000", json.read(bytes, "x", Outer.class).inner().crc32c());
    assertTrue(
        assertThrows(
                ChoraleException.class,
                () -> json.read(changed(bytes, "00000000", "00000001"), "x", Outer.class))
            .getMessage()
            .contains("its checksum"));
  }

  private static byte[] changed(byte[] bytes, String from, String to) {
    String text = new String(bytes, UTF_8);
    assertTrue(text.contains(from));
    return text.replace(from, to).getBytes(UTF_8);
  }

  private static String refusal(SealedJson json, byte[] bytes) {
    return assertThrows(ChoraleException.class, () -> json.read(bytes, "x", Three.class))
        .getMessage();
  }
}
