/** What becomes of the workers' parameters after a round: their weighted mean, the outer step. */
package io.chorale.average;
