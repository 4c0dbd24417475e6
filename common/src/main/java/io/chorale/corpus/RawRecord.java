package io.chorale.corpus;

import java.util.Map;

/**
 * A record as its file has it.
 *
 * @param file index of its file
 * @param offset its place in the file
 * @param length its length as found
 * @param bytes of which an excerpt is made where it is rejected as a whole; not copied
 * @param from the first of them
 * @param count how many there are
 * @param values by the names of the fields
 */
record RawRecord(
    int file,
    long offset,
    long length,
    byte[] bytes,
    int from,
    int count,
    Map<String, Raw> values) {

  Raw value(String field) {
    return values.getOrDefault(field, Raw.NOTHING);
  }

  /** What is set aside of it. */
  Rejection rejected(Rejection.Reason reason, String found) {
    return Rejection.of(file, offset, length, reason, bytes, from, count).because(found);
  }
}
