/** How well a model predicts text that it has not seen. */
package io.chorale.evaluate;
