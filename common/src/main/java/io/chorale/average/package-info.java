/** What workers send after a round, and what becomes of it: codecs, weighted mean, outer step. */
package io.chorale.average;
