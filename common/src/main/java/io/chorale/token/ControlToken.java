package io.chorale.token;

/**
 * A control token, which a template may spell and an ordinary text cannot.
 *
 * @param takesBefore whether it takes the white space before it along
 * @param takesBehind whether it takes the white space behind it along
 */
public record ControlToken(String spelled, int id, boolean takesBefore, boolean takesBehind) {}
