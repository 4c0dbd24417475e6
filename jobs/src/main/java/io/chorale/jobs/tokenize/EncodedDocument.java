package io.chorale.jobs.tokenize;

import io.chorale.data.DocumentHash;
import java.io.Serializable;

/**
 * A document as token ids.
 *
 * @param bytes of the text, in UTF-8
 * @param ids with the end-of-text id
 */
record EncodedDocument(int file, long offset, long bytes, DocumentHash hash, int[] ids)
    implements Serializable {}
