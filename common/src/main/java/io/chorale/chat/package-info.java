/** Chat templates: conversations as the text, and the ids, that a model learns from. */
package io.chorale.chat;
