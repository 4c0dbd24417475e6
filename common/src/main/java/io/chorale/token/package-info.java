/** Text to ids and back: tokenizers, their training from counts, and {@code tokenizer.json}. */
package io.chorale.token;
