/** Measures of a model on data that it was not trained on. */
package io.chorale.evaluate;
