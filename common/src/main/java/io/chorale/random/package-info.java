/** The one deterministic source of random numbers. */
package io.chorale.random;
