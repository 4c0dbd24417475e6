package io.chorale.jobs.tokenize;

import io.chorale.data.DocumentHash;
import java.io.Serializable;

/**
 * What a dataset keeps of a document.
 *
 * @param hash of its text as read
 * @param signature its bytes; null where it has none
 */
record KeptDocument(DocumentHash hash, byte[] signature) implements Serializable {}
