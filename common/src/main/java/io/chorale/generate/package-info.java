/** Text from a trained model, token by token. */
package io.chorale.generate;
