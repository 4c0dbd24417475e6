package io.chorale.registry;

/**
 * The right to work on a model alone, as a commit has given it.
 *
 * <p>Its token is the number of that commit, so a later lease has a higher one. Whoever takes it
 * over commits; so the commit of a holder that was not asked has a stale base, and afterwards an
 * older token: there is no moment between checking the token and committing.
 *
 * @param token the number of the commit that gave it
 * @param owner for people: user, machine and process
 * @param taken in ISO 8601, by the owner's clock
 * @param seconds how long it holds without a sign of life
 */
public record Lease(long token, String owner, String taken, int seconds) {}
