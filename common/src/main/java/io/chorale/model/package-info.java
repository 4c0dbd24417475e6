/** Sequence models: their parameters, how these begin, and what they compute. */
package io.chorale.model;
