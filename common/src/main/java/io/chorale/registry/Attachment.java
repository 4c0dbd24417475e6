package io.chorale.registry;

/**
 * A further file that a commit names, so that it comes into force with the commit and not before:
 * what a retraining has read, say, with the version that it has made. Written before the commit
 * under a name that no other file has, and never changed.
 *
 * @param path in the directory of the model
 */
public record Attachment(String path, long bytes, String sha256) {}
